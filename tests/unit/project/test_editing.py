"""Edits of YAML texts: what was not edited stays, byte for byte."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avops.errors import FindingsError, StorageError
from avops.project.editing import YamlText, open_text, render
from avops.project.yaml_text import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
TEXT = """# the head
name:   Morning Check   # kept

trigger: {cron: "0 6 * * 1-5",  timezone: Europe/Berlin}
inputs:
    channel: "#av-ops"   # the channel
    # between
    count: 3
list:
  - one
  # two is next
  - two
note: |
  several
  lines
# the tail
"""


def changed(before: str, after: str) -> list[str]:
    """The lines that went (-) and came (+)."""
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


@pytest.mark.parametrize(
    ("edit", "lines"),
    [
        (lambda text: text.set(("name",), "Evening Check"), ["- name:   Morning Check   # kept", "+ name:   Evening Check   # kept"]),
        (lambda text: text.set(("enabled",), False), ["+ enabled: false"]),
        (
            lambda text: text.set(("inputs", "channel"), "#x"),
            ['-     channel: "#av-ops"   # the channel', '+     channel: "#x"   # the channel'],
        ),
        (lambda text: text.set(("inputs", "more"), [1, "a: b"]), ['+     more: [1, "a: b"]']),
        (
            lambda text: text.set(("trigger", "cron"), "@daily"),
            [
                '- trigger: {cron: "0 6 * * 1-5",  timezone: Europe/Berlin}',
                '+ trigger: {cron: "@daily",  timezone: Europe/Berlin}',
            ],
        ),
        (
            lambda text: text.set(("trigger", "on"), "failed"),
            [
                '- trigger: {cron: "0 6 * * 1-5",  timezone: Europe/Berlin}',
                '+ trigger: {cron: "0 6 * * 1-5",  timezone: Europe/Berlin, on: failed}',
            ],
        ),
        (lambda text: text.rename(("inputs", "count"), "number"), ["-     count: 3", "+     number: 3"]),
        (lambda text: text.delete(("inputs", "count")), ["-     count: 3"]),
        (lambda text: text.delete(("list", 1)), ["-   - two"]),
        (lambda text: text.delete(("note",)), ["- note: |", "-   several", "-   lines"]),
        (lambda text: text.set(("list", 0), "uno"), ["-   - one", "+   - uno"]),
    ],
)
def test_an_edit_changes_its_own_lines_only(edit: Callable[[YamlText], None], lines: list[str]) -> None:
    text = YamlText(TEXT)
    edit(text)
    assert changed(TEXT, text.text) == lines
    assert read_yaml(text.text) == text.data


def test_a_block_becomes_a_value_on_one_line() -> None:
    text = YamlText(TEXT)
    text.set(("inputs",), {"a": 1})
    assert read_yaml(text.text) == {**read_yaml(TEXT), "inputs": {"a": 1}}
    assert "# the tail" in text.text
    assert text.text.startswith("# the head\nname:   Morning Check   # kept\n")


def test_windows_line_ends_and_a_byte_order_mark_stay() -> None:
    before = "\ufeff" + TEXT.replace("\n", "\r\n")
    text = YamlText(before)
    text.set(("name",), "B")
    text.set(("enabled",), False)
    assert text.text == before.replace("Morning Check", "B").replace("# the tail", "enabled: false\r\n# the tail")


def test_a_file_without_a_last_line_end_gets_one_before_the_new_line() -> None:
    text = YamlText("name: A")
    text.set(("enabled",), False)
    assert text.text == "name: A\nenabled: false\n"


def test_what_splicing_cannot_do_ruamel_does() -> None:
    text = YamlText("a: {x: 1, y: 2}  # why\nb:\n# end\n")
    text.delete(("a", "x"))
    text.set(("b",), 5)
    assert read_yaml(text.text) == {"a": {"y": 2}, "b": 5}
    assert "# why" in text.text
    assert "# end" in text.text


def test_what_is_not_there_is_told() -> None:
    text = YamlText(TEXT)
    with pytest.raises(FindingsError, match="has no 'x' there"):
        text.delete(("x",))
    with pytest.raises(FindingsError, match="there is no 'x'"):
        text.set(("x", "y"), 1)
    with pytest.raises(FindingsError, match="has a key 'list' there already"):
        text.rename(("name",), "list")
    with pytest.raises(FindingsError, match="holds no keys"):
        YamlText("- a\n")
    assert text.text == TEXT


def test_a_file_is_opened_and_saved(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"name: A\r\n")
    text = open_text(file, "a.yaml")
    text.set(("name",), "Ü")
    text.save(file)
    assert file.read_bytes() == "name: Ü\r\n".encode()
    file.write_bytes(b"\xff")
    with pytest.raises(StorageError, match=r"'a\.yaml' cannot be read: it is not utf-8"):
        open_text(file, "a.yaml")


DOCUMENTS = [path for folder in ("workflows", "recipes") for path in sorted((ROOT / folder).glob("*.yaml"))]


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if not path.name.endswith(".test.yaml")])
def test_the_starters_files_keep_every_other_line(path: Path) -> None:
    text = open_text(path, path.name)
    before = text.text
    text.set(("name",), "Another Name")
    assert len(changed(before, text.text)) == 2
    text.set(("enabled",), False)
    assert "+ enabled: false" in changed(before, text.text)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b c", "on", "1"]), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(
    value=VALUES,
    path=st.sampled_from([("name",), ("inputs", "count"), ("inputs", "new"), ("trigger", "cron"), ("list", 0), ("note",), ("new",)]),
)
def test_any_value_can_be_set_anywhere(value: object, path: tuple[str | int, ...]) -> None:
    text = YamlText(TEXT)
    text.set(path, value)
    assert read_yaml(text.text) == text.data
    found: object = text.data
    for part in path:
        found = found[part]  # type: ignore[index]  # the path leads through mappings and lists
    assert found == value
    for comment in ("# the head", "# the tail", "# kept"):
        assert comment in text.text or path in (("name",), ("note",))


@settings(max_examples=150, deadline=None)
@given(value=VALUES)
def test_a_rendered_value_reads_back(value: object) -> None:
    assert read_yaml(f"k: {render(value)}\n") == {"k": value}
