"""`avops export` and `avops import`, as commands."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.cli.screens import avops
from tests.unit.bundle.conftest import FILES, tree, write
from tests.unit.bundle.exports import streamlit_files, zipped

from avops import wiring

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.chdir(write(tmp_path / "home", FILES))
    return tmp_path / "home"


@pytest.fixture
def away(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, with a bundle of the other beside it."""
    assert avops("export", "../b.zip") == 0
    monkeypatch.chdir(write(tmp_path / "away", {"avops.yaml": "name: Away\n"}))
    return tmp_path / "away"


def test_export_says_what_went_in_and_what_did_not(home, capsys):
    write(home, {"rooms.csv": "room\nA\n"})
    assert avops("export", "../b.zip", "--only", "agents,recipes") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"Exported 1 agent, 2 recipes, 1 test to ../b.zip ({(home.parent / 'b.zip').stat().st_size:,} bytes)",
        "left out:",
        "  avops.yaml            the settings and roles of this project",
        "  kb/zoom/black.md      not chosen by --only",
        "  rooms.csv             the rooms of this site, with their addresses",
        "  sops/look.md          not chosen by --only",
        "  tools/slack.yaml      not chosen by --only",
        "  workflows/after.yaml  not chosen by --only",
        "  workflows/round.yaml  not chosen by --only",
        "not in the bundle, and referred to:",
        "  tool 'slack'        by agents/keeper.yaml",
        "  tool 'slack'        by recipes/look.test.yaml",
        "  sop 'sops/look.md'  by recipes/look.yaml",
        "  tool 'slack'        by recipes/look.yaml",
        "  tool 'slack'        by recipes/twice/look-twice.yaml",
    ]


def test_export_in_json(home, capsys):
    assert avops("export", "../b.zip", "Round", "--needs", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert {part["path"] for part in told["parts"]} == set(FILES) - {"avops.yaml", "kb/zoom/black.md", "workflows/after.yaml"}
    assert told["outside"] == []
    assert told["size"] == (home.parent / "b.zip").stat().st_size


def test_export_replaces_no_other_file_by_itself(home, capsys):
    assert avops("export", "../b.zip") == 0
    assert avops("export", "../b.zip") == 0
    write(home, {"sops/look.md": "changed\n"})
    assert avops("export", "../b.zip") == 1
    assert "'../b.zip' is there already\nhint: --force replaces it" in capsys.readouterr().err
    assert avops("export", "../b.zip", "--force") == 0


@pytest.mark.parametrize(
    ("path", "text", "place"),
    [
        ("agents/keeper.yaml", "name: Keeper\ninstructions: Use xoxb-1234567890-abcdefgh\n", "agents/keeper.yaml:2:"),
        ("tools/slack.yaml", FILES["tools/slack.yaml"].replace("env:SLACK_TOKEN", "abc123def456"), "tools/slack.yaml:"),
        ("agents/keeper.yaml", "# old password: hunter2x\nname: Keeper\n", "agents/keeper.yaml:1:1"),
        ("sops/look.md", "# Look\n\nLog in. Password: Sommer2024\n", "sops/look.md:3:1"),
        ("kb/zoom/black.md", "-----BEGIN RSA PRIVATE KEY-----\n", "kb/zoom/black.md:1:1"),
        ("sops/look.md", "The key is correct-horse-battery\n", "sops/look.md:1:1"),
    ],
)
def test_export_refuses_a_secret_with_its_place_and_does_not_show_it(home, capsys, path, text, place):
    write(home, {path: text, ".env": "ROOM_PASSWORD=correct-horse-battery\nHOST=black\n"})
    assert avops("export", "../b.zip") == 1
    told = capsys.readouterr()
    assert place in told.err
    assert "secret" in told.err
    for secret in ("xoxb-1234567890", "abc123def456", "hunter2x", "Sommer2024", "correct-horse"):
        assert secret not in told.err + told.out
    assert not (home.parent / "b.zip").exists()


def test_import_of_a_whole_project(away, capsys):
    capsys.readouterr()
    assert avops("import", "../b.zip", "--dry-run", "--json") == 0
    dry = json.loads(capsys.readouterr().out)
    assert list(tree(away)) == ["avops.yaml"]
    assert avops("import", "../b.zip", "--json") == 0
    real = json.loads(capsys.readouterr().out)
    assert {**dry, "dry_run": False, "done": True} == real
    assert real["counts"] == {"created": 9, "overwritten": 0, "renamed": 0, "same": 0, "skipped": 0}
    assert real["disabled"] == ["Round"]
    assert real["trust"] == ["slack: secret env:SLACK_TOKEN to https://slack.com"]
    assert real["project"] == "Home"
    assert {"kind": "workflow", "name": "Round", "fate": "created"}.items() <= real["items"][-1].items()
    assert avops("export", "../c.zip", "--only", "agents,recipes,tools,sops,kb") == 0


def test_the_report_for_people(away, capsys):
    write(
        away,
        {
            "agents/keeper.yaml": "name: Keeper\n",
            "workflows/mine.yaml": "name: Mine\nagent: Keeper\nrecipe: Look\ntrigger: {interval_minutes: 5}\n",
        },
    )
    capsys.readouterr()
    assert avops("import", "../b.zip", "--merge", "overwrite", "--dry-run") == 0
    assert capsys.readouterr().out.splitlines() == [
        "overwritten agent 'Keeper' (agents/keeper.yaml): differs from the one that is there",
        "            the old one is kept as agents/keeper.yaml.bak",
        "created     kb 'kb/zoom/black.md'",
        "created     test 'recipes/look.test.yaml'",
        "created     recipe 'Look' (recipes/look.yaml)",
        "created     recipe 'Look Twice' (recipes/twice/look-twice.yaml)",
        "created     sop 'sops/look.md'",
        "created     tool 'slack' (tools/slack.yaml)",
        "created     workflow 'After' (workflows/after.yaml)",
        "created     workflow 'Round' (workflows/round.yaml)",
        "Would import b.zip: 8 created, 1 overwritten",
        "warning:",
        "  the agent 'Keeper' may do more than before: slack.post_message (record)",
        "  the workflow 'Mine' is switched on and uses the agent 'Keeper', the recipe 'Look', the tool 'slack' of this bundle",
        "not trusted yet (avops trust shows and records it):",
        "  slack: secret env:SLACK_TOKEN to https://slack.com",
        "switched off (avops workflow enable NAME --in-file switches one on):",
        "  Round",
        "Nothing was changed.",
    ]


def test_imported_workflows_stay_off_whatever_was_said_before(away, capsys):
    workspace = wiring.open_workspace()
    wiring.say_enabled(workspace, "round", True, "I like it", now=NOW)
    assert avops("import", "../b.zip") == 0
    capsys.readouterr()
    assert avops("workflow", "list", "--json") == 0
    cards = {card["name"]: card for card in json.loads(capsys.readouterr().out)}
    assert cards["Round"]["enabled"] is False
    assert cards["Round"]["reason"] == "in its file"
    assert avops("workflow", "enable", "Round", "--in-file") == 0
    assert (away / "workflows/round.yaml").read_text() == FILES["workflows/round.yaml"] + "enabled: true\n"


def test_a_failed_import_gives_the_word_back(away, capsys):
    workspace = wiring.open_workspace()
    wiring.say_enabled(workspace, "round", True, "I like it", now=NOW)
    (away / "workflows").symlink_to(away.parent)
    assert avops("import", "../b.zip") == 3
    assert "nothing was imported" in capsys.readouterr().err
    (away / "workflows").unlink()
    write(away, {"workflows/round.yaml": "name: Round\nagent: Keeper\nrecipe: Look\nenabled: false\n"})
    assert avops("workflow", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["enabled"] is True


def test_import_refuses_secrets_broken_documents_and_bad_archives(away, capsys):
    before = tree(away)
    for content, why in (
        ({"agents/a.yaml": b"name: A\ninstructions: xoxb-1234567890-abcdefgh\n"}, "agents/a.yaml:2"),
        ({"agents/a.yaml": b"name: A\nlimit: 1\n"}, "agents/a.yaml:2:1"),
        ({"../a.yaml": b"name: A\n"}, "error: bad.zip: entry '../a.yaml' is refused: its name leads out of the folder"),
        ({"agents/a.yaml": b"name: A\n", "agents/b.yaml": b"name: a\n"}, "names count as one"),
    ):
        (away.parent / "bad.zip").write_bytes(zipped(content))
        assert avops("import", "../bad.zip") == 1
        told = capsys.readouterr().err
        assert why in told
        assert "xoxb" not in told
        assert tree(away) == before


def test_wrong_usage(away, capsys):
    assert avops("import", "../none.zip") == 2
    assert avops("import", "../b.zip", "--merge", "renam") == 2
    assert "expected one of overwrite, rename, skip" in capsys.readouterr().err
    assert avops("export", "../x.zip", "--needs") == 2
    assert avops("export", "../x.zip", "--only", "rooms") == 2
    assert not (away.parent / "x.zip").exists()


def test_the_export_of_the_streamlit_app(away, capsys):
    (away.parent / "s.zip").write_bytes(zipped(streamlit_files()))
    assert avops("import", "../s.zip") == 0
    told = capsys.readouterr().out
    assert "Imported s.zip (AV-AIops Streamlit app): 12 created" in told
    assert "not imported as it was:" in told
    assert "  recipes/lamp_hours.yaml:8: 'max_cost_usd' has no place here: 2" in told
    assert "xoxb" not in told
    assert avops("recipe", "list") == 0


def test_an_import_says_what_agents_may_do_more_and_what_is_called_milder(tmp_path, home, capsys):
    tool = (
        "name: lift\nkind: http\nbase_url: https://lift.example\nactions:\n  look: {effect: read, request: {path: /}}\n"
        "  drop: {effect: destructive, request: {path: /, method: POST}}\n  stop: {effect: write, request: {path: /s, method: POST}}\n"
    )
    agent = "name: Porter\ntools: {lift: [look, stop]}\napprovals: {write: Lead}\n"
    write(home, {"tools/lift.yaml": tool, "agents/porter.yaml": agent})
    taken = {
        "tools/lift.yaml": tool.replace("stop: {effect: write", "stop: {effect: read").encode(),
        "agents/porter.yaml": b"name: Porter\ntools: {lift: '*'}\n",
    }
    (tmp_path / "b.zip").write_bytes(zipped(taken))
    assert avops("import", "../b.zip", "--dry-run", "--json") == 0
    assert "may do more" not in capsys.readouterr().out  # what is skipped changes nothing
    assert avops("import", "../b.zip", "--merge", "overwrite", "--dry-run", "--json") == 0
    warnings = json.loads(capsys.readouterr().out)["warnings"]
    assert "the agent 'Porter' may do more than before: lift.drop (destructive)" in warnings
    assert "the agent 'Porter' is bound less than before: what is write needs no approval of Lead any more" in warnings
    assert "'lift.stop' was write, and is called read now: approvals follow from it" in warnings
