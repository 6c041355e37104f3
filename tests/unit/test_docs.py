"""The pages are one book: links and anchors lead somewhere, every page can be found, and every command line that a page shows is one."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from avops.cli.help_pages import pages
from avops.cli.main import app, with_bare_mock
from avops.cli.table import COMMANDS
from avops.project.documents import Kind, load_document
from avops.project.rooms import KNOWN_COLUMNS
from avops.project.schema import document_schema

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
GENERATED = {"cli.md", "keys.md", "rules.md"}
"""Pages that are written from the code, and checked elsewhere; their links are looked at here all the same."""

FENCE = re.compile(r"^ *```([^\n]*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)
NOUNS = ("agent", "recipe", "tool", "workflow")
FILLED_IN = {"COMMAND", "NOUN", "TOPIC"}
"""Words in capitals that stand where a command's name would."""


def prose(path: Path) -> str:
    """The page without its fenced blocks."""
    return FENCE.sub("", path.read_text(encoding="utf-8"))


@cache
def anchors(path: Path) -> frozenset[str]:
    """What can stand behind `#` in a link to this page: its headings as GitHub and GitLab write them."""
    found: list[str] = []
    for heading in HEADING.findall(prose(path)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        found.append(f"{slug}-{found.count(slug)}" if slug in found else slug)
    return frozenset(found)


def links(path: Path) -> list[tuple[str, str]]:
    """The links of a page to files of the project, each as path (empty: this page) and anchor."""
    targets = LINK.findall(CODE.sub("", prose(path)))
    inside = [target for target in targets if not re.match(r"[a-z]+:", target)]
    return [(target.partition("#")[0], target.partition("#")[2]) for target in inside]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    dead = []
    for target, anchor in links(path):
        aim = (path.parent / target).resolve() if target else path
        if not aim.exists() or not aim.is_relative_to(ROOT) or (anchor and anchor not in anchors(aim)):
            dead.append(f"{target}#{anchor}" if anchor else target)
    assert dead == []


def test_every_page_is_reached_from_the_readme_and_by_avops_help() -> None:
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        ahead += [(page.parent / target).resolve() for target, _ in links(page) if target]
    written = set(DOCS.rglob("*.md"))
    assert written - reached == set()
    assert {f"docs/{topic}.md" for topic in pages()} == {page.relative_to(ROOT).as_posix() for page in written}


def test_the_pages_of_the_first_level_stand_in_the_readme() -> None:
    named = {(ROOT / target).resolve() for target, _ in links(ROOT / "README.md")}
    assert set(DOCS.glob("*.md")) - named == set()


def sub_commands(name: str) -> list[str]:
    """The full names of a command's sub-commands, or the command itself if it has none."""
    command = typer.main.get_command(import_module(COMMANDS[name][0]).app)
    return [f"{name} {sub}" for sub in getattr(command, "commands", {})] or [name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_place_in_a_page(name: str) -> None:
    told = "\n".join(page.read_text(encoding="utf-8") for page in DOCS.rglob("*.md") if page.name not in GENERATED)
    told += "\n".join(told.replace("avops NOUN", f"avops {noun}") for noun in NOUNS)
    told = " ".join(told.split())
    assert [each for each in sub_commands(name) if not re.search(rf"\bavops {each}\b", told)] == []


def fenced_lines(path: Path) -> list[str]:
    """The command lines in the fenced blocks of a page, without the remark behind them.

    In a session (`console`, or a block in which a line begins with `$ `) those are the lines after `$ `, elsewhere all
    that begin with `avops `. Two blanks and more end a command: what follows says what it does.
    """
    found = []
    for kind, block in FENCE.findall(path.read_text(encoding="utf-8")):
        lines = block.splitlines()
        shown = [line[2:] for line in lines if line.startswith("$ ")]
        if not shown and kind.strip() in ("", "sh", "console"):
            shown = [line.strip() for line in lines]
        found += [re.split(r" {2,}| #| [|>] | <<", line)[0] for line in shown if re.match(r"avops(?: |$)", line)]
    return found


def inline_commands(path: Path) -> list[str]:
    """What stands in backquotes in the prose and begins with `avops `, up to an ellipsis or a choice."""
    spans = (" ".join(code.split()) for code in CODE.findall(prose(path)))
    return [re.split(r"\s*['\"]?[…|]", span)[0] for span in spans if span.startswith("avops ")]


def walk(words: list[str]) -> tuple[str, Any, list[str]]:
    """The command that the words name, under its full name, and the words behind; LookupError for a name that none has."""
    command: Any = typer.main.get_command(app)
    name, rest = "avops", words[1:]
    while getattr(command, "list_commands", None) and rest and not rest[0].startswith("-"):
        word = rest[0]
        if word in FILLED_IN:
            return f"{name} {word}", None, rest[1:]
        names = command.list_commands(None)
        if word not in names:
            raise LookupError(f"'{name}' has no '{word}': {', '.join(names)}")
        command = command.get_command(None, word)
        name, rest = f"{name} {word}", rest[1:]
    return name, command, rest


def mistakes(lines: list[str], *, whole: bool) -> list[str]:
    """What is wrong with command lines: names and options that do not exist; with `whole` also missing and surplus arguments."""
    wrong = []
    for line in lines:
        try:
            words = with_bare_mock(shlex.split(line.replace("[", "").replace("]", ""))[1:])
            name, command, rest = walk(["avops", *words])
        except (LookupError, ValueError) as error:
            wrong.append(f"{line}: {error}")
            continue
        if command is None:
            continue
        known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)} | {"--help", "-h"}
        given = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
        if given - known:
            wrong.append(f"{line}: {name} has no {', '.join(sorted(given - known))}")
        elif whole and not getattr(command, "commands", None) and line != "avops":
            try:
                command.make_context(name, rest)
            except Exception as error:
                wrong.append(f"{line}: {getattr(error, 'message', error)}")
    return wrong


@pytest.mark.parametrize("path", [page for page in PAGES if page.name not in GENERATED], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_command_lines_of_a_page_are_some(path: Path) -> None:
    assert mistakes(fenced_lines(path), whole=True) + mistakes(inline_commands(path), whole=False) == []


def test_a_wrong_command_line_is_found() -> None:
    lines = ["avops rnus list", "avops runs lst", "avops dash --sinse 7d", "avops run A", "avops runs show 1 2 3"]
    assert len(mistakes(lines, whole=True)) == len(lines)
    assert mistakes(["avops run A", "avops agent", "avops COMMAND --help"], whole=False) == []


def packages_on_the_page() -> dict[str, str]:
    """The packages and modules in the drawing of the house, each with what it says of it."""
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    drawing = next(block for _, block in FENCE.findall(text) if block.startswith("src/avops/"))
    return dict(re.findall(r"^  ([a-z_]+(?:/|\.py)) +(.+)$", drawing, re.MULTILINE))


def test_the_drawing_of_the_house_has_every_package_of_it() -> None:
    source = ROOT / "src" / "avops"
    there = {f"{each.name}/" for each in source.iterdir() if (each / "__init__.py").is_file()}
    there |= {each.name for each in source.glob("*.py") if not each.name.startswith("__")}
    assert set(packages_on_the_page()) == there


def test_the_contract_of_imports_names_every_package() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    named = {name for each in contracts for layer in each["layers"] for name in re.findall(r"avops\.(\w+)", layer)}
    assert {each.rstrip("/").removesuffix(".py") for each in packages_on_the_page()} == named - {"__main__"}


def test_files_that_the_architecture_names_are_there() -> None:
    named = {code for code in CODE.findall(prose(DOCS / "architecture.md")) if re.fullmatch(r"[a-z_/]+\.py", code)}
    assert [code for code in named if not (ROOT / "src" / "avops" / code).is_file()] == []
    assert len(named) > 5


def test_the_page_of_the_keys_is_what_the_types_say() -> None:
    from scripts.keys_docs import TARGET, page

    assert TARGET.read_text(encoding="utf-8") == page(), "write it anew: python scripts/keys_docs.py"


PROJECT_PAGE = (DOCS / "project.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "example", re.findall(r"^```yaml (\w+)\n(.*?)^```", PROJECT_PAGE, re.MULTILINE | re.DOTALL), ids=lambda each: each[0]
)
def test_the_examples_of_files_are_sound(example: tuple[Kind, str]) -> None:
    kind, text = example
    assert load_document(kind, text, "docs/project.md").required()


@pytest.mark.parametrize("kind", ["settings", "agent", "recipe", "workflow"])
def test_the_page_about_files_speaks_of_every_key_at_the_top_of_each(kind: Kind) -> None:
    keys = set(document_schema(kind)["properties"])
    spoken = set(
        re.findall(r"[a-z_]+", " ".join([*CODE.findall(FENCE.sub("", PROJECT_PAGE)), *(text for _, text in FENCE.findall(PROJECT_PAGE))]))
    )
    assert keys - spoken == set()


def test_the_page_about_files_knows_the_columns_of_the_room_list() -> None:
    assert [column for column in KNOWN_COLUMNS if f"`{column}`" not in PROJECT_PAGE] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_yaml_and_json_on_a_page_can_be_read(path: Path) -> None:
    for kind, block in FENCE.findall(path.read_text(encoding="utf-8")):
        if kind.split()[:1] == ["yaml"]:
            list(yaml.safe_load_all(block))
        if kind.strip() == "json":
            json.loads(block)
