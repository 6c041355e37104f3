"""A project's folder: found, listed, and its documents by name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avops.errors import AvopsError, DocumentError, NotFoundError, StorageError
from avops.project.names import slug
from avops.project.project import Project, find_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    write(project / "avops.yaml", "timezone: Europe/Berlin\n")
    write(project / "recipes" / "display-fix.yaml", "name: Display Fix\nact: [{manual: Look}]\n")
    write(project / "recipes" / "audio.yml", "# the audio one\nname: 'Audio Check'\n")
    write(project / "recipes" / "deep" / "lamp.yaml", "{name: Lamp}\n")
    write(project / "recipes" / "broken.yaml", "name: Broken One\nact: [\n")
    write(project / "recipes" / "nameless.yaml", "act: [\n")
    write(project / "recipes" / ".hidden.yaml", "name: Hidden\n")
    write(project / "recipes" / ".git" / "x.yaml", "name: Hidden\n")
    write(project / "recipes" / "display-fix.test.yaml", "recipe: Display Fix\n")
    write(project / "recipes" / "notes.txt", "name: Notes\n")
    return project


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_a_project_is_found_upwards(root: Path) -> None:
    assert find_project(root / "recipes" / "deep").root == root
    assert find_project(root).settings.required().timezone == "Europe/Berlin"


def test_no_project_is_said_with_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(AvopsError, match=r"no 'avops\.yaml' in") as caught:
        find_project(tmp_path)
    assert caught.value.hint == "`avops init` makes one"


def test_documents_are_listed_sorted_without_what_is_none(root: Path) -> None:
    assert [entry.relative for entry in Project(root).recipes.entries] == [
        "recipes/audio.yml",
        "recipes/broken.yaml",
        "recipes/deep/lamp.yaml",
        "recipes/display-fix.yaml",
        "recipes/nameless.yaml",
    ]
    assert Project(root).workflows.entries == ()


def test_links_that_leave_the_project_are_left_out(root: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside.yaml", "name: Outside\n")
    write(tmp_path / "elsewhere" / "agent.yaml", "name: Elsewhere\n")
    (root / "recipes" / "outside.yaml").symlink_to(tmp_path / "outside.yaml")
    (root / "recipes" / "inside.yaml").symlink_to(root / "recipes" / "audio.yml")
    (root / "recipes" / "gone.yaml").symlink_to(root / "nothing.yaml")
    (root / "recipes" / "loop.yaml").symlink_to(root / "recipes" / "loop.yaml")
    (root / "recipes" / "folder").symlink_to(tmp_path / "elsewhere")
    (root / "agents").symlink_to(tmp_path / "elsewhere")
    names = [entry.file.name for entry in Project(root).recipes.entries]
    assert "inside.yaml" in names
    assert {"outside.yaml", "gone.yaml", "loop.yaml", "agent.yaml"} & set(names) == set()
    assert Project(root).agents.entries == ()


@pytest.mark.parametrize(
    "word", ["Display Fix", "display fix", "DISPLAY  FIX", "display-fix", "display_fix", "display-fix.yaml", "recipes/display-fix.yaml"]
)
def test_a_recipe_is_found(root: Path, word: str) -> None:
    assert Project(root).recipes.find(word).required().name == "Display Fix"


def test_names_that_need_the_reader_are_found(root: Path) -> None:
    recipes = Project(root).recipes
    assert recipes.find("audio check").path == "recipes/audio.yml"
    assert recipes.find("lamp").required().name == "Lamp"
    assert dict(recipes.names)["nameless"].relative == "recipes/nameless.yaml"


def test_a_name_in_a_file_wins_over_a_file_name(root: Path) -> None:
    write(root / "recipes" / "audio-check.yaml", "name: Something Else\n")
    recipes = Project(root).recipes
    assert recipes.find("Audio Check").path == "recipes/audio.yml"
    assert recipes.find("audio-check").path == "recipes/audio-check.yaml"


def test_a_broken_file_is_found_and_is_in_nobodys_way(root: Path) -> None:
    recipes = Project(root).recipes
    assert recipes.find("Display Fix").value is not None
    broken = recipes.find("broken one")
    assert broken.value is None
    assert broken.diagnostics[0].path == "recipes/broken.yaml"
    with pytest.raises(DocumentError):
        broken.required()
    assert len(list(recipes)) == 5


def test_a_name_that_nothing_has(root: Path) -> None:
    with pytest.raises(NotFoundError, match="no recipe is called 'display fxi'") as caught:
        Project(root).recipes.find("display fxi")
    assert caught.value.hint == "did you mean 'Display Fix'? `avops recipe list` shows all"
    with pytest.raises(NotFoundError) as none:
        Project(root).workflows.find("x")
    assert none.value.hint == "`avops workflow new` makes one"


def test_two_documents_of_one_name_are_refused(root: Path) -> None:
    write(root / "recipes" / "again.yaml", 'name: "display FIX"\n')
    with pytest.raises(AvopsError, match=r"2 recipes are called 'Display Fix': 'recipes/again\.yaml', 'recipes/display-fix\.yaml'"):
        Project(root).recipes.find("Display Fix")
    assert Project(root).recipes.find("recipes/again.yaml").required().name == "display FIX"


def test_words_that_are_no_names(root: Path) -> None:
    write(root / "recipes" / "true.yaml", "name: true\n")
    assert dict(Project(root).recipes.names)["true"].relative == "recipes/true.yaml"


def test_a_file_that_cannot_be_read(root: Path) -> None:
    recipes = Project(root).recipes
    entry = recipes.entry("display-fix")
    entry.file.unlink()
    os.mkdir(entry.file)
    with pytest.raises(StorageError, match=r"'recipes/display-fix\.yaml' cannot be read: is a directory"):
        recipes.load(entry)


def test_a_file_that_is_too_large_is_a_diagnostic(root: Path) -> None:
    write(root / "recipes" / "large.yaml", "name: Large\n" + "#" * 1024 * 1024)
    (found,) = Project(root).recipes.find("large").diagnostics
    assert found.rule == "yaml-size"


@given(st.text(max_size=130))
def test_a_file_name_stands_for_itself_and_fits_every_file_system(name: str) -> None:
    made = slug(name)
    assert slug(made) == made
    assert 0 < len(made.encode()) <= 180
    assert not set(made) & set(' /\\:*?"<>|.')
    assert not made.startswith("-")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Display Fix", "display-fix"),
        ("  Müller & Söhne (2)", "muller-sohne-2"),
        ("Straße", "strasse"),
        ("日本 2", "日本-2"),
        ("한국", "한국"),
        ("?!", "unnamed"),
        ("../x", "x"),
    ],
)
def test_file_names(root: Path, name: str, file: str) -> None:
    assert slug(name) == file
    assert Project(root).recipes.new_file(name) == root / "recipes" / f"{file}.yaml"


def test_rooms_and_env_are_empty_without_their_files(root: Path) -> None:
    project = Project(root)
    assert len(project.rooms.required()) == 0
    assert project.env == {}
    write(root / "rooms.csv", "room,name\nHQ-1,Board\n")
    write(root / ".env", "A=1\n")
    project = Project(root)
    assert project.rooms.required().find("hq-1").name == "Board"
    assert project.env == {"A": "1"}


def test_a_room_list_outside_the_project_is_refused(root: Path, tmp_path: Path) -> None:
    write(tmp_path / "rooms.csv", "room\nA\n")
    write(root / "avops.yaml", "rooms: ../rooms.csv\n")
    with pytest.raises(StorageError, match="lies outside the project"):
        _ = Project(root).rooms


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("name: Display\n  Fix\nact: []\n", "Display Fix"),
        ("name: Display Fix # first\n", "Display Fix"),
        ("description: |\n  name: Not This\nname: Display Fix\n", "Display Fix"),
        ("# " + "x" * 5000 + "\nname: Display Fix\nact: []\n", "Display Fix"),
        ("name: Display Fix\r\nact: []\r\n", "Display Fix"),
        ("name: Display Fix", "Display Fix"),
        ("name: 5\n", None),
        ("- name: Display Fix\n", None),
        ("", None),
    ],
)
def test_the_name_that_a_file_writes(root: Path, text: str, name: str | None) -> None:
    file = root / "recipes" / "sample.yaml"
    file.write_bytes(text.encode())
    recipes = Project(root).recipes
    assert recipes.name_of(recipes.entry("recipes/sample.yaml")) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("name: Display Fix\nact: []\n", "Display Fix"),
        ("name:  a(b)/c-d.e \t\r\nact: []\n", "a(b)/c-d.e"),
        ("name: two  spaces\nact: []\n", "two  spaces"),
        ("name: a # a comment\nact: []\n", "a"),
        ("name: goes\n  on\nact: []\n", "goes on"),
        ("name: a" + " " * 4000 + "b\nact: []\n", "a" + " " * 4000 + "b"),
    ],
)
def test_a_name_is_the_one_that_yaml_reads(tmp_path: Path, text: str, name: str) -> None:
    write(tmp_path / "avops.yaml", "")
    write(tmp_path / "recipes" / "x.yaml", text)
    recipes = Project(tmp_path).recipes
    assert [own for own, _ in recipes.names] == [name]


def test_a_file_whose_name_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents/support-bot.yaml").write_text("name: [SupportBot\n")
    with pytest.raises(NotFoundError) as caught:
        Project(tmp_path).agents.find("SupportBot")
    assert caught.value.hint == "the name in 'agents/support-bot.yaml' cannot be read: avops lint agents/support-bot.yaml"
