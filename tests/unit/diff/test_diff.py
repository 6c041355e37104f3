"""What a change means."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.diff.conftest import FILES, edit, git

from avops.cli.main import run
from avops.wiring.diffing import project_diff

if TYPE_CHECKING:
    from pathlib import Path

    from avops.model.change import RecipeChange


def only_recipe(root: Path) -> RecipeChange:
    (recipe,) = project_diff(root, None).recipes
    return recipe


def test_words_layout_and_comments_mean_nothing(project: Path) -> None:
    edit(project, "recipes/fix.yaml", "name: Fix\n", "# a comment\nname: Fix\ndescription: Another one\nowner: kim\n")
    edit(project, "agents/bot.yaml", "name: Bot\n", "name: Bot\ndescription: Looks\n")
    assert project_diff(project, None).is_empty


def test_an_added_destructive_step_reaches_the_rooms_of_the_workflows_that_run_it(project: Path) -> None:
    edit(project, "recipes/fix.yaml", "verify:\n", "  - {name: Wipe it, tool: screen.wipe, undo: none, why: it is gone}\nverify:\n")
    radius = project_diff(project, None)
    (found,) = radius.irreversible
    assert (found.recipe, found.key, found.call, found.reason) == ("Fix", "act.1", "screen.wipe", "destructive")
    assert (found.workflows, found.rooms) == (("Nightly",), 2)
    assert radius.rooms == ("A", "B")
    recipe, caller = radius.recipes
    assert (caller.name, caller.effects_gained, caller.steps) == ("Round", ("destructive",), ())
    assert recipe.effects_gained == ("destructive",)
    assert [(step.what, step.key, step.effect) for step in recipe.steps] == [("added", "act.1", "destructive")]
    (workflow,) = radius.workflows
    assert (workflow.what, workflow.because) == ("affected", ("the recipe 'Round' changed",))


def test_an_undo_that_is_taken_out_makes_a_write_irreversible(project: Path) -> None:
    edit(project, "recipes/fix.yaml", "undo: {tool: screen.turn}", "undo: none, why: nobody minds")
    radius = project_diff(project, None)
    assert [(each.key, each.reason) for each in radius.irreversible] == [("act.0", "undo: none")]


def test_a_manifest_that_calls_an_action_destructive_changes_the_recipes_that_use_it(project: Path) -> None:
    edit(project, "tools/screen.yaml", "turn: {effect: write", "turn: {effect: destructive")
    radius = project_diff(project, None)
    assert [(each.recipe, each.key) for each in radius.irreversible] == [("Fix", "act.0")]
    assert [(step.effect_before, step.effect) for recipe in radius.recipes for step in recipe.steps] == [("write", "destructive")]
    (agent,) = radius.agents
    assert [(each.action, each.effect) for each in agent.gained] == [("screen.turn", "destructive")]
    (tool,) = radius.tools
    assert [(each.at, each.before, each.after) for each in tool.effects] == [("screen.turn", "write", "destructive")]


def test_a_write_that_is_called_less_is_a_guard_gone(project: Path) -> None:
    edit(project, "tools/screen.yaml", "turn: {effect: write", "turn: {effect: record")
    weaker = {recipe.name: recipe.weaker for recipe in project_diff(project, None).recipes}
    assert weaker["Fix"] == ("'Turn it on' counts as a record now, so it is neither guarded nor taken back",)


def test_another_address_of_a_tool_changes_what_its_recipes_do(project: Path) -> None:
    edit(project, "tools/screen.yaml", "screens.example", "elsewhere.example")
    radius = project_diff(project, None)
    assert [recipe.actions_changed for recipe in radius.recipes] == [("screen.look", "screen.turn")]
    assert [change.at for change in radius.tools[0].fields] == ["base_url"]


def test_guards_that_are_gone_are_named(project: Path) -> None:
    edit(project, "recipes/fix.yaml", ", hold: true", "")
    edit(project, "recipes/fix.yaml", "It is on, reading: {tool: screen.look}, check: reading.power == 'on'", "Ask, confirm: Is it on?")
    assert only_recipe(project).weaker == ("the check 'It is dark' is not held any more", "the check 'It is on' of Verify is gone")


def test_a_step_is_known_again_by_its_id_and_its_name(project: Path) -> None:
    edit(project, "recipes/fix.yaml", "name: Look, tool", "name: Look closely, timeout: 9s, tool")
    edit(
        project, "recipes/fix.yaml", "name: Turn it on, tool: screen.turn", "name: Turn it on, when: seen.power == 'off', tool: screen.turn"
    )
    changed = {step.key: [each.at for each in step.fields] for step in only_recipe(project).steps}
    assert changed == {"intake.0": ["timeout"], "act.0": ["when"]}


def test_inputs_and_a_renamed_recipe(project: Path) -> None:
    edit(project, "recipes/fix.yaml", "level: {type: integer, default: 5}", "level: {type: integer}, who: {default: x}")
    edit(project, "recipes/fix.yaml", "name: Fix\n", "name: Repair\n")
    edit(project, "recipes/round.yaml", "recipe: Fix", "recipe: Repair")
    fix, again = project_diff(project, None).recipes
    assert (fix.name, fix.what) == ("Repair", "changed")
    assert [(each.at, each.before, each.after) for each in fix.inputs] == [
        ("level.required", "false", "true"),
        ("who.required", None, "false"),
        ("who.default", None, "x"),
        ("level.default", "5", None),
    ]
    assert again.name == "Round"


def test_permissions_and_approvals(project: Path) -> None:
    edit(project, "agents/bot.yaml", "tools: {screen: [look, turn]}\napprovals: {destructive: L2}", "tools: {screen: '*'}")
    (agent,) = project_diff(project, None).agents
    assert [(each.action, each.effect) for each in agent.gained] == [("screen.wipe", "destructive")]
    assert agent.weaker == ("what is destructive needs no approval of L2 any more",)


def test_an_action_under_a_star_is_a_permission(project: Path) -> None:
    edit(project, "agents/bot.yaml", "[look, turn]", "'*'")
    git(project, "commit", "-qam", "all")
    edit(project, "tools/screen.yaml", "  look:", "  burn: {effect: destructive, request: {path: /}}\n  look:")
    (agent,) = project_diff(project, "HEAD").agents
    assert [each.action for each in agent.gained] == ["screen.burn"]


def test_documents_that_come_and_go(project: Path) -> None:
    (project / "workflows" / "other.yaml").unlink()
    (project / "agents" / "new.yaml").write_text("name: New\ntools: {screen: [wipe]}\n", encoding="utf-8")
    edit(project, "avops.yaml", "[alice]", "[alice, mallory]")
    edit(project, "rooms.csv", "C,lab,c.example\n", "C,lab,d.example\nD,hq,d.example\n")
    radius = project_diff(project, None)
    assert [(each.name, each.what) for each in radius.agents] == [("New", "added")]
    assert [(each.name, each.what) for each in radius.workflows] == [("Other", "removed")]
    assert [each.at for each in radius.settings] == ["roles.L2"]
    assert [(each.at, each.before, each.after) for each in radius.rooms_list] == [
        ("C", "host c.example", "host d.example"),
        ("D", None, "listed"),
    ]


def test_what_cannot_be_read_is_named(project: Path) -> None:
    edit(project, "recipes/fix.yaml", "act:\n", "act: [\n")
    radius = project_diff(project, None)
    assert radius.unreadable == ("recipes/fix.yaml",)
    assert not radius.is_empty


def test_the_upstream_and_a_named_base(project: Path) -> None:
    edit(project, "recipes/fix.yaml", "'off'", "'dark'")
    git(project, "commit", "-qam", "one")
    assert project_diff(project, "HEAD").is_empty
    assert not project_diff(project, "main").is_empty
    git(project, "switch", "-q", "main")
    edit(project, "agents/bot.yaml", "look, turn", "look")
    git(project, "commit", "-qam", "the main branch goes on")
    git(project, "switch", "-q", "change")
    assert project_diff(project, None).agents == (), "what others did since is not part of the change"


@pytest.mark.parametrize("arguments", [["--format", "xml"], ["--fail-on", "rain"], ["nowhere"], ["--", "--output=x"]])
def test_wrong_usage(project: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", *arguments]) == 2
    assert "hint: " in capsys.readouterr().err


def test_without_git_it_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "avops.yaml").write_text(FILES["avops.yaml"], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run(["diff"]) == 3
    assert "no git repository" in capsys.readouterr().err


def test_the_exit_code_and_the_formats(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "--fail-on", "irreversible"]) == 0
    assert "Nothing has changed in meaning" in capsys.readouterr().out
    edit(project, "recipes/fix.yaml", "verify:\n", "  - {name: 'Wipe <b>it</b> @all', tool: screen.wipe, undo: none, why: x}\nverify:\n")
    assert run(["diff"]) == 0
    assert "1 irreversible action added" in capsys.readouterr().out
    assert run(["diff", "--fail-on", "irreversible", "--format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["format"], data["figures"]["rooms"], data["irreversible"][0]["call"]) == ("avops-diff/1", 2, "screen.wipe")
    assert run(["diff", "--format", "markdown"]) == 0
    markdown = capsys.readouterr().out
    assert "Wipe &lt;b&gt;it&lt;/b&gt;" in markdown
    assert "@all" not in markdown
