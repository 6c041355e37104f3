"""Out of a project and into another: what goes in, what stays out, what becomes of names that are taken."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.bundle.conftest import FILES, exported, merged, tree, write
from tests.unit.bundle.exports import zipped

from avops.bundle.archive import read_archive, write_archive
from avops.bundle.existing import Existing
from avops.bundle.incoming import read_bundle, source_of
from avops.bundle.packing import Wanted, bundle_bytes, pack
from avops.bundle.parts import make_part
from avops.bundle.placing import Write, place
from avops.bundle.references import references
from avops.errors import AvopsError, DocumentError, FindingsError, NotFoundError, StorageError, UsageError
from avops.project.editing import render
from avops.project.project import Project

DOCUMENTS = {path: text.encode() for path, text in FILES.items() if path != "avops.yaml"}


def opened(data: bytes) -> dict[str, bytes]:
    return dict(read_archive(data, "b.zip").files)


def fates(found) -> dict[str, str]:
    return {item.entry: item.fate for item in found.items}


# Export.


def test_a_bundle_holds_the_documents_as_they_are_and_a_manifest(home):
    files = opened(exported(home))
    manifest = json.loads(files.pop("manifest.json"))
    assert files == DOCUMENTS
    assert manifest["format"] == "avops-bundle"
    assert manifest["project"] == "Home"
    assert manifest["counts"] == {"agents": 1, "kb": 1, "recipes": 2, "sops": 1, "tests": 1, "tools": 1, "workflows": 2}
    assert [entry["path"] for entry in manifest["files"]] == sorted(DOCUMENTS)
    assert {entry["name"] for entry in manifest["files"] if entry["kind"] == "workflow"} == {"Round", "After"}


def test_the_same_project_gives_the_same_bytes(home, tmp_path):
    other = tmp_path / "elsewhere" / "checkout"
    old = os.umask(0o077)
    try:
        write(other, dict(reversed(FILES.items())))
    finally:
        os.umask(old)
    for path in other.rglob("*"):
        os.utime(path, (0, 0))
    (other / "recipes/look.yaml").chmod(0o755)
    assert exported(home) == exported(other)


def test_what_stays_out_is_told(home):
    write(
        home,
        {
            ".env": "SLACK_TOKEN=xoxb-1\n",
            ".avops/avops.db": "x",
            "rooms.csv": "room\nA\n",
            "tools/inventory.py": "x",
            "kb/plan.pdf": "x",
            "recipes/old.yaml.bak": "x",
            "recipes/notes.txt": "x",
            "kb/.hidden.md": "x",
        },
    )
    (home / "kb/link.md").symlink_to(home / ".env")
    packed = pack(home, Wanted())
    assert {part.path for part in packed.parts} == set(DOCUMENTS)
    told = {each.path: each.reason for each in packed.left_out}
    assert set(told) == {".env", ".avops", "avops.yaml", "rooms.csv", "tools/inventory.py", "kb/plan.pdf", "recipes/notes.txt"}
    assert told[".env"] == "secrets"
    assert b"xoxb" not in exported(home)


def test_kinds_can_be_chosen(home):
    packed = pack(home, Wanted(only=["agents", "recipes,kb"]))
    assert {part.kind for part in packed.parts} == {"agent", "recipe", "test", "kb"}
    assert [each.path for each in packed.left_out] == [
        "avops.yaml",
        "sops/look.md",
        "tools/slack.yaml",
        "workflows/after.yaml",
        "workflows/round.yaml",
    ]
    assert ("tool", "slack") in {(kind, name) for _, kind, name in packed.outside}
    assert ("sop", "sops/look.md") in {(kind, name) for _, kind, name in packed.outside}
    with pytest.raises(UsageError, match=r"does not know 'recipe', expected one of agents, kb, recipes, sops, tools, workflows") as caught:
        pack(home, Wanted(only=["recipe"]))
    assert caught.value.hint == "did you mean 'recipes'?"


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("look", {"recipes/look.yaml", "recipes/look.test.yaml"}),
        ("recipe:LOOK", {"recipes/look.yaml", "recipes/look.test.yaml"}),
        ("Look Twice", {"recipes/twice/look-twice.yaml"}),
        ("look-twice", {"recipes/twice/look-twice.yaml"}),
        ("kb/zoom/black.md", {"kb/zoom/black.md"}),
        ("workflows:round", {"workflows/round.yaml"}),
    ],
)
def test_names_can_be_chosen(home, name, paths):
    (home / "sops/look.md").unlink()
    assert {part.path for part in pack(home, Wanted(names=[name])).parts} == paths


def test_a_name_can_bring_what_it_needs(home):
    packed = pack(home, Wanted(names=["After"], needs=True))
    assert {part.path for part in packed.parts} == set(DOCUMENTS) - {"kb/zoom/black.md"}
    assert packed.outside == ()


def test_names_that_are_none_or_several(home):
    with pytest.raises(NotFoundError, match=r"nothing to export is called 'Rond'") as caught:
        pack(home, Wanted(names=["Rond"]))
    assert caught.value.hint == "did you mean 'Round'?"
    write(home, {"agents/look-too.yaml": "name: Look\n"})
    with pytest.raises(UsageError, match=r"names several: 'agents/look-too.yaml', 'recipes/look.yaml'"):
        pack(home, Wanted(names=["look"]))


def test_a_broken_document_is_refused_with_its_place_unless_it_is_left_out(home):
    write(home, {"agents/bad.yaml": "name: Bad\ntols: {}\n"})
    with pytest.raises(DocumentError, match=r"agents/bad.yaml:2:1"):
        pack(home, Wanted())
    assert pack(home, Wanted(only=["recipes"])).parts
    assert pack(home, Wanted(names=["Keeper"])).parts


def test_names_that_count_as_one_are_refused(home):
    write(home, {"agents/other.yaml": "name: KEEPER\n"})
    with pytest.raises(FindingsError, match=r"have names that count as one"):
        pack(home, Wanted())


def test_names_in_other_letters_are_no_clash(home, take):
    write(home, {"agents/one.yaml": "name: 会議室\n", "agents/two.yaml": "name: 大会議室\n"})
    assert len(take(exported(home), "rename").items) == len(DOCUMENTS) + 2


def test_there_must_be_something_to_export(away):
    with pytest.raises(FindingsError, match=r"nothing to export"):
        exported(away)


# Import.


def test_what_went_out_comes_in_with_workflows_switched_off(home, away, take):
    found = take(exported(home))
    now = tree(away)
    assert found.disabled == ("Round",)
    assert now.pop("workflows/round.yaml") == FILES["workflows/round.yaml"].encode() + b"enabled: false\n"
    assert now == {"avops.yaml": b"name: Away\n"} | {path: data for path, data in DOCUMENTS.items() if path != "workflows/round.yaml"}
    assert set(fates(found).values()) == {"created"}
    assert found.missing == ()


@pytest.mark.parametrize(
    "text",
    [
        "{name: W, agent: A, recipe: R, enabled: true}\n",
        "name: W\nagent: A\nrecipe: R\nenabled:   true   # now",
        "name: W\r\nagent: A\r\nrecipe: R\r\n",
        "\ufeff---\nname: W\nagent: A\nrecipe: R\n...\n",
        "inputs: {on: &yes true}\nname: W\nagent: A\nrecipe: R\nenabled: *yes\n",
        "name: W\nagent: A\nrecipe: R\ndescription: |\n  enabled: true\n",
        '"enabled": true\nname: W\nagent: A\nrecipe: R\n',
    ],
)
def test_a_workflow_is_switched_off_however_it_is_written(home, away, take, text):
    write(home, {"workflows/w.yaml": text, "agents/a.yaml": "name: A\n", "recipes/r.yaml": "name: R\n"})
    found = take(exported(home))
    assert "W" in found.disabled
    before = make_part("workflows/w.yaml", text.encode()).data
    assert make_part("workflows/w.yaml", (away / "workflows/w.yaml").read_bytes()).data == {**before, "enabled": False}


def test_texts_whose_paths_differ_in_blanks_only_are_two(home, away, take):
    write(home, {"sops/a b.md": "one\n", "sops/a  b.md": "two\n"})
    take(exported(home))
    assert (away / "sops/a b.md").read_text() == "one\n"
    assert (away / "sops/a  b.md").read_text() == "two\n"


def test_taking_it_in_again_changes_nothing(home, away, take):
    data = exported(home)
    take(data)
    before = tree(away)
    for merge in ("skip", "overwrite", "rename"):
        found = take(data, merge)
        assert set(fates(found).values()) == {"same"}
        assert found.writes == ()
        assert tree(away) == before


def test_skip_keeps_what_is_there(home, away, take):
    write(away, {"recipes/mine.yaml": "name: LOOK\n", "workflows/round.yaml": "name: Another\n"})
    before = tree(away)
    found = take(exported(home))
    assert {path: fate for path, fate in fates(found).items() if fate == "skipped"} == dict.fromkeys(
        ["recipes/look.yaml", "recipes/look.test.yaml", "workflows/round.yaml"], "skipped"
    )
    items = {item.entry: item for item in found.items}
    assert items["recipes/look.yaml"].conflict == "recipes/mine.yaml"
    assert items["workflows/round.yaml"].reason == "another file lies in its place"
    assert before.items() <= tree(away).items()
    assert [(each.kind, each.name, each.entry) for each in found.missing] == [("workflow", "round", "workflows/after.yaml")]


def test_overwrite_replaces_in_place_and_keeps_the_old(home, away, take):
    mine = "name: LOOK\n"
    write(away, {"recipes/mine.yaml": mine, "recipes/mine.yaml.bak": "older", "sops/look.md": "old\n"})
    (away / "recipes/mine.yaml").chmod(0o640)
    found = take(exported(home), "overwrite")
    items = {item.entry: item for item in found.items}
    assert items["recipes/look.yaml"].backup == "recipes/mine.yaml.2.bak"
    assert (away / "recipes/mine.yaml").read_bytes() == DOCUMENTS["recipes/look.yaml"]
    assert (away / "recipes/mine.yaml").stat().st_mode & 0o777 == 0o640
    assert (away / "recipes/mine.yaml.2.bak").read_text() == mine
    assert (away / "recipes/mine.yaml.bak").read_text() == "older"
    assert (away / "recipes/mine.test.yaml").read_bytes() == DOCUMENTS["recipes/look.test.yaml"]
    assert (away / "sops/look.md.bak").read_text() == "old\n"
    assert not (away / "recipes/look.yaml").exists()


def test_overwrite_does_not_touch_something_else(home, away):
    write(away, {"workflows/round.yaml": "name: Another\n"})
    with pytest.raises(FindingsError, match=r"would lie in 'workflows/round.yaml', which is something else"):
        merged(away, exported(home), "overwrite")


def test_rename_keeps_both_and_rewrites_what_the_bundle_says(home, away, take):
    write(away, {"tools/slack.yaml": FILES["tools/slack.yaml"].replace("slack.com", "chat.example")})
    before = tree(away)
    found = take(exported(home), "rename")
    now = tree(away)
    assert before.items() <= now.items()
    assert b"name: slack-2\n" in now["tools/slack-2.yaml"]
    assert now["agents/keeper.yaml"] == FILES["agents/keeper.yaml"].replace("{slack:", "{slack-2:").encode()
    recipe = now["recipes/look.yaml"].decode()
    assert recipe == FILES["recipes/look.yaml"].replace("slack.auth", "slack-2.auth").replace("{slack:", "{slack-2:")
    assert now["recipes/twice/look-twice.yaml"].decode() == FILES["recipes/twice/look-twice.yaml"].replace("slack.", "slack-2.")
    assert now["recipes/look.test.yaml"].decode() == FILES["recipes/look.test.yaml"].replace("slack.", "slack-2.")
    rewritten = {item.entry: item.rewritten for item in found.items}
    assert rewritten["agents/keeper.yaml"] == ("tool slack to slack-2",)
    assert found.missing == ()


def test_rename_goes_through_all_kinds_of_references(home, away, take):
    other = {path: text.replace("name: ", "description: mine\nname: ", 1) for path, text in FILES.items() if "test" not in path}
    other |= {path: f"mine {text}" for path, text in FILES.items() if path.endswith(".md")}
    other["recipes/look-2.yaml"] = "name: Look 3\n"
    write(away, {path: text for path, text in other.items() if path != "avops.yaml"})
    before = tree(away)
    found = take(exported(home), "rename")
    now = tree(away)
    assert before.items() <= now.items()
    names = {item.name: (item.new_name, item.path) for item in found.items if item.kind != "test"}
    assert names["Keeper"] == ("Keeper 2", "agents/keeper-2.yaml")
    assert names["Look"] == ("Look 4", "recipes/look-4.yaml")
    assert names["sops/look.md"] == ("sops/look-2.md", "sops/look-2.md")
    assert names["kb/zoom/black.md"] == ("kb/zoom/black-2.md", "kb/zoom/black-2.md")
    agent = make_part("agents/keeper-2.yaml", now["agents/keeper-2.yaml"]).data
    assert agent == {"name": "Keeper 2", "tools": {"slack-2": ["post_message"]}, "recipes": ["Look 4", "Look Twice 2"]}
    recipe = make_part("recipes/look-4.yaml", now["recipes/look-4.yaml"]).data
    assert recipe["sop"]["file"] == "sops/look-2.md"
    assert recipe["verify"][0]["source"] == "sops/look-2.md:3"
    workflow = make_part("workflows/after-2.yaml", now["workflows/after-2.yaml"]).data
    assert workflow["trigger"] == {"after": "Round 2"}
    assert workflow["stages"][1]["agents"] == dict.fromkeys(["intake", "plan", "act", "verify"], "Keeper 2")
    test = make_part("recipes/look-4.test.yaml", now["recipes/look-4.test.yaml"]).data
    assert test["agent"] == "Keeper 2"
    assert now["agents/keeper-2.yaml"].startswith(b"# who\n")
    assert b"# only this" in now["agents/keeper-2.yaml"]


def test_rename_also_renames_what_is_the_same_but_means_something_renamed(home, away, take):
    write(away, {"agents/keeper.yaml": "name: Keeper\ndescription: mine\n", "workflows/round.yaml": FILES["workflows/round.yaml"]})
    found = take(exported(home), "rename")
    items = {item.entry: item for item in found.items}
    assert items["workflows/round.yaml"].new_name == "Round 2"
    assert items["workflows/round.yaml"].reason == "refers to 'Keeper', which was renamed"
    assert b"agent: Keeper 2\n" in tree(away)["workflows/round-2.yaml"]


def test_a_recipe_that_the_project_has_keeps_its_own_tests(home, away, take):
    write(
        away,
        {"recipes/look.yaml": FILES["recipes/look.yaml"], "recipes/look.test.yaml": "tests: [{name: Mine, expect: {status: failed}}]\n"},
    )
    assert fates(take(exported(home)))["recipes/look.test.yaml"] == "skipped"


def test_a_test_that_names_its_recipe_follows_the_new_name(home, away, take):
    write(home, {"recipes/more.test.yaml": "recipe: look\ntests: [{name: M, expect: {status: success}}]\n"})
    write(away, {"recipes/look.yaml": "name: Look\n"})
    take(exported(home), "rename")
    assert tree(away)["recipes/more-2.test.yaml"].startswith(b"recipe: Look 2\n")


# What is refused.


def changed(home, change) -> bytes:
    files = opened(exported(home))
    change(files)
    return write_archive(files)


def test_a_file_that_was_changed_is_refused(home):
    def change(files):
        files["agents/keeper.yaml"] += b"\n"

    with pytest.raises(FindingsError, match=r"'agents/keeper.yaml' is not what the manifest says"):
        read_bundle(read_archive(changed(home, change), "b.zip"))


def test_a_missing_and_an_extra_file_are_refused(home):
    data = changed(home, lambda files: files.pop("agents/keeper.yaml"))
    with pytest.raises(FindingsError, match=r"'agents/keeper.yaml' is missing"):
        read_bundle(read_archive(data, "b.zip"))
    data = changed(home, lambda files: files.update({"agents/more.yaml": b"name: More\n"}))
    with pytest.raises(FindingsError, match=r"'agents/more.yaml' is in the bundle and not in its manifest"):
        read_bundle(read_archive(data, "b.zip"))


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        ({"format": "avops-bundle", "format_version": 2, "files": []}, "reads up to 1"),
        ({"format": "avops-bundle", "format_version": True, "files": []}, "no 'format_version'"),
        ({"format": "avops-bundle", "format_version": 1}, "lists no files"),
        ({"format": "avops-bundle", "format_version": 1, "files": [{"path": 1}]}, "without a path"),
        ({"package": "something-else"}, "the manifest of 'something-else'"),
        ({}, "does not say what it is of"),
        ([], "no mapping"),
    ],
)
def test_a_manifest_that_is_not_right_is_refused(manifest, why):
    archive = read_archive(zipped({"manifest.json": json.dumps(manifest).encode(), "agents/a.yaml": b"name: A\n"}), "b.zip")
    with pytest.raises(FindingsError, match=why):
        read_bundle(archive)


def test_settings_and_code_are_refused_even_when_the_manifest_lists_them(home):
    import hashlib

    files = {"avops.yaml": b"mock: false\n"}
    entry = {"path": "avops.yaml", "size": 12, "sha256": hashlib.sha256(files["avops.yaml"]).hexdigest()}
    files["manifest.json"] = json.dumps({"format": "avops-bundle", "format_version": 1, "files": [entry]}).encode()
    with pytest.raises(FindingsError, match=r"'avops.yaml' belongs in no bundle"):
        read_bundle(read_archive(zipped(files), "b.zip"))


def test_all_mistakes_of_all_documents_are_told_with_their_places():
    data = zipped(
        {"agents/a.yaml": b"nam: A\n", "recipes/b.yaml": b"name: B\nact: [{toll: x}]\n", "sops/c.md": b"\xff\xfe", "tools/d.yaml": b"{{"}
    )
    with pytest.raises(DocumentError) as caught:
        read_bundle(read_archive(data, "b.zip"))
    assert {found.path for found in caught.value.diagnostics} == {"agents/a.yaml", "recipes/b.yaml", "sops/c.md", "tools/d.yaml"}
    assert ("recipes/b.yaml", 2) in {(found.path, found.line) for found in caught.value.diagnostics}


def test_a_plain_archive_of_the_folders_is_taken_and_said_to_be_one(away):
    archive = read_archive(zipped({"agents/a.yaml": b"name: A\n", "README.md": b"hello", "avops.yaml": b"name: X\n"}), "b.zip")
    found = read_bundle(archive)
    assert (found.source, [part.name for part in found.parts], found.ignored) == ("folders", ["A"], ("README.md", "avops.yaml"))
    assert "no manifest" in found.warnings[0]


def test_an_archive_of_something_else_is_refused():
    with pytest.raises(FindingsError, match=r"this archive is no bundle"):
        source_of(read_archive(zipped({"photos/a.jpg": b"x"}), "b.zip"))


def test_a_project_with_two_of_a_name_is_told(home, away):
    write(away, {"agents/a.yaml": "name: Keeper\n", "agents/b.yaml": "name: keeper\n"})
    with pytest.raises(FindingsError, match=r"has several agents called 'Keeper': 'agents/a.yaml' and 'agents/b.yaml'"):
        merged(away, exported(home))


# All or nothing.


def test_a_folder_that_cannot_be_made_stops_everything(home, away):
    write(away, {"workflows": "I am a file\n"})
    before = tree(away)
    found = merged(away, exported(home))
    with pytest.raises(StorageError, match=r"nothing was imported"):
        place(away, found.writes)
    assert tree(away) == before
    assert sorted(path.name for path in away.iterdir()) == ["avops.yaml", "workflows"]


@pytest.mark.parametrize("folder", ["agents", "workflows"])
def test_a_link_out_of_the_project_is_not_followed(home, away, tmp_path, folder):
    outside = tmp_path / "outside"
    outside.mkdir()
    (away / folder).symlink_to(outside)
    with pytest.raises(StorageError, match=r"outside the project"):
        place(away, merged(away, exported(home)).writes)
    assert tree(away) == {"avops.yaml": b"name: Away\n"}
    assert list(outside.iterdir()) == []


def test_a_link_is_not_overwritten(away):
    write(away, {"kept/a.yaml": "name: A\n"})
    (away / "agents").mkdir()
    (away / "agents/a.yaml").symlink_to(away / "kept/a.yaml")
    found = merged(away, zipped({"agents/a.yaml": b"name: A\ndomain: x\n"}), "overwrite")
    with pytest.raises(StorageError, match=r"is a link"):
        place(away, found.writes)
    assert tree(away / "kept") == {"a.yaml": b"name: A\n"}


def test_a_late_failure_takes_back_what_was_done(home, away):
    write(away, {"agents/keeper.yaml": "name: Keeper\n"})
    before = tree(away)
    found = merged(away, exported(home), "overwrite")
    write(away, {"workflows/round.yaml": "name: Somebody was quicker\n"})
    with pytest.raises(StorageError, match=r"'workflows/round.yaml' cannot be written: there is a file of this name now"):
        place(away, found.writes)
    assert tree(away) == before | {"workflows/round.yaml": b"name: Somebody was quicker\n"}


def test_a_file_that_changed_meanwhile_is_not_overwritten(home, away):
    write(away, {"workflows/round.yaml": "name: Round\n"})
    found = merged(away, exported(home), "overwrite")
    write(away, {"workflows/round.yaml": "name: Round\ndescription: newer\n"})
    before = tree(away)
    with pytest.raises(StorageError, match=r"changed by somebody else"):
        place(away, found.writes)
    assert tree(away) == before


def test_a_full_disk_leaves_everything_as_it_was(away):
    program = (
        "import resource, signal, sys; from pathlib import Path; from avops.bundle.placing import Write, place\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "place(Path(sys.argv[1]), [Write(path='agents/a.yaml', content=b'small'), Write(path='kb/b.md', content=b'x' * 9000)])\n"
    )
    before = tree(away)
    done = subprocess.run([sys.executable, "-c", program, str(away)], capture_output=True, text=True, check=False)
    assert "'kb/b.md' cannot be written" in done.stderr
    assert tree(away) == before
    assert sorted(path.name for path in away.iterdir()) == ["avops.yaml"]


def test_new_files_have_the_rights_of_new_files(away):
    old = os.umask(0o027)
    try:
        place(away, [Write(path="agents/a.yaml", content=b"x")])
    finally:
        os.umask(old)
    assert (away / "agents/a.yaml").stat().st_mode & 0o777 == 0o640


# For any project.

words = (
    st.text(st.characters(categories=["L", "N", "Pd"], include_characters=" '\"#:&*_."), min_size=1, max_size=20)
    .map(str.strip)
    .filter(lambda text: bool(text) and text.isprintable())
)
agents = st.lists(words, min_size=1, max_size=4, unique_by=lambda name: " ".join(name.casefold().split()))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(agents, words, st.sampled_from(["", "# a comment\n", "\r\n", "\ufeff"]))
def test_export_and_import_give_the_same_documents(tmp_path_factory, names, recipe, start):
    folder = tmp_path_factory.mktemp("any")
    files = {f"agents/{number}.yaml": f"{start}name: {render(name)}\nrecipes: [{render(recipe)}]\n" for number, name in enumerate(names)}
    files["recipes/r.yaml"] = f"{start}name: {render(recipe)}\n"
    files["sops/s.md"] = f"{start}{recipe}\n"
    home, away = write(folder / "home", files), write(folder / "away", {"avops.yaml": ""})
    try:
        data = exported(home)
    except FindingsError:
        return  # names that count as one
    place(away, merged(away, data).writes)
    now = tree(away)
    now.pop("avops.yaml")
    assert now == tree(home)
    assert bundle_bytes(pack(away, Wanted()).parts, project="Home", version="1.2.3") == data
    # A second one beside it, with everything different but the names: nothing that was there is touched.
    for path in files:
        (away / path).write_bytes((away / path).read_bytes() + b"\n# mine\n")
    before = tree(away)
    found = merged(away, data, "rename")
    place(away, found.writes)
    assert before.items() <= tree(away).items()
    present = {part.key for item in found.items for part in [make_part(item.path, (away / item.path).read_bytes())]}
    for item in found.items:
        part = make_part(item.path, (away / item.path).read_bytes())
        assert item.fate == "renamed"
        assert all(reference.key in present for reference in references(part))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_mangled_bundle_is_taken_whole_or_not_at_all(home, away, data):
    whole = exported(home)
    changes = data.draw(st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=4))
    mangled = bytearray(whole)
    for at, value in changes:
        mangled[at] = value
    before = tree(away)
    try:
        found = merged(away, bytes(mangled))
    except AvopsError:
        assert tree(away) == before
        return
    assert {write.path for write in found.writes} == set(DOCUMENTS)
    assert Existing(Project(away)).files == {}
