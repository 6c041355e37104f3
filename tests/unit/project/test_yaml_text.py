"""Values, bounds and refusals of the YAML reader."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

from avops.errors import DocumentError
from avops.model.diagnostic import Diagnostic, Severity
from avops.project.yaml_source import MAX_DEPTH, MAX_NODES
from avops.project.yaml_text import read_yaml

EMPTY: list[Diagnostic] = []


def refusal(text: str | bytes) -> Diagnostic:
    with pytest.raises(DocumentError) as caught:
        read_yaml(text, path="x.yaml")
    assert len(caught.value.diagnostics) == 1
    return caught.value.diagnostics[0]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("no", "no"),
        ("y", "y"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("2026-11-22", "2026-11-22"),
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("tRUE", "tRUE"),
        ("false", False),
        ("null", None),
        ("Null", None),
        ("~", None),
        ("", None),
        ("nULL", "nULL"),
        ("0", 0),
        ("-0", 0),
        ("+12", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("-0x1f", "-0x1f"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-1.5E-3", -0.0015),
        ("1e", "1e"),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        (".", "."),
        ("-", [None]),
        ("+", "+"),
        ("007", "007"),
        ("-08", "-08"),
        ("00.5", "00.5"),
        ("192.168.0.1", "192.168.0.1"),
        ("1 2", "1 2"),
        ("'5'", "5"),
        ('"true"', "true"),
        ("٣", "٣"),
        ("<= 600", "<= 600"),
        ("9" * 300, int("9" * 300)),
        ("a\n b", "a b"),
        ("|\n  a\n  b\n", "a\nb\n"),
        (">-\n  a\n  b\n", "a b"),
    ],
)
def test_core_schema_values(written: str, value: object) -> None:
    text = f"key: {written}\n" if written != "-" else "key:\n  -\n"
    read = read_yaml(text)
    assert isinstance(read, dict)
    assert read == {"key": value}
    assert type(read["key"]) is type(value)


def test_not_a_number_is_read() -> None:
    read = read_yaml("[.nan, .NaN]")
    assert isinstance(read, list)
    assert all(isinstance(each, float) and math.isnan(each) for each in read)


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", b"", b"\xef\xbb\xbf"])
def test_nothing_written_is_none(text: str | bytes) -> None:
    assert read_yaml(text) is None


def test_keys_are_text_whatever_they_look_like() -> None:
    assert read_yaml("1: a\non: b\nnull: c\n007: d") == {"1": "a", "on": "b", "null": "c", "007": "d"}


def test_bytes_with_a_byte_order_mark() -> None:
    assert read_yaml("\ufeffname: Müller".encode()) == {"name": "Müller"}


def test_one_document_may_have_its_marks() -> None:
    assert read_yaml("%YAML 1.2\n---\na: 1\n...\n") == {"a": 1}


def test_an_alias_gives_what_it_names() -> None:
    assert read_yaml("a: &x {b: [1, 2]}\nc: *x\nd: &y text\ne: *y\n&k key: *k") == {
        "a": {"b": [1, 2]},
        "c": {"b": [1, 2]},
        "d": "text",
        "e": "text",
        "key": "key",
    }


@pytest.mark.parametrize("written", ["007", "-08", "+00", "00.5", "01e4"])
def test_a_leading_zero_is_kept_and_warned_of(written: str) -> None:
    warnings = list(EMPTY)
    assert read_yaml(f"a:\n  - {written}", path="x.yaml", warnings=warnings) == {"a": [written]}
    (warning,) = warnings
    assert (warning.severity, warning.path, warning.line, warning.column, warning.end_column) == (
        Severity.WARNING,
        "x.yaml",
        2,
        5,
        5 + len(written),
    )
    assert f"'{written}'" in warning.message


def test_quoted_text_is_not_warned_of() -> None:
    warnings = list(EMPTY)
    read_yaml("a: '007'\nb: 0\nc: 0.5\nd: 0x07\n007: e", warnings=warnings)
    assert warnings == []


@pytest.mark.parametrize(
    ("text", "rule", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", "yaml-duplicate", 3, 1),
        ("a: {b: 1, 'b': 2}", "yaml-duplicate", 1, 11),
        ("a: !!str 1", "yaml-tag", 1, 4),
        ("a: !thing {b: 1}", "yaml-tag", 1, 4),
        ("a: ! 5", "yaml-tag", 1, 4),
        ("a: &x ! 5", "yaml-tag", 1, 7),
        ("!!str a: 1", "yaml-tag", 1, 1),
        ("a: 1\n---\nb: 2\n", "yaml-document", 2, 1),
        ("<<: {a: 1}", "yaml-merge", 1, 1),
        ("a: &x {b: 1}\nc: {<<: *x}", "yaml-merge", 2, 5),
        ("? [a]\n: 1", "yaml-key", 1, 3),
        ("? {a: 1}\n: 1", "yaml-key", 1, 3),
        ("a: &x b\n*x : 1", "yaml-key", 2, 1),
        ("'': 1", "yaml-key", 1, 1),
        ("a: *b", "yaml-alias", 1, 4),
        ("a: &a [*a]", "yaml-alias", 1, 8),
        ("a: &a {b: *a}", "yaml-alias", 1, 11),
        ("a: 1e999", "yaml-number", 1, 4),
        ("a: " + "9" * 301, "yaml-number", 1, 4),
        ("a: 0x" + "f" * 301, "yaml-number", 1, 4),
        ("a: 1\nb: \x1b[31m", "yaml-character", 2, 4),
        ("a: \x00", "yaml-character", 1, 4),
        ("a: 1\n\ufeffb: 2", "yaml-character", 2, 1),
        ("a: \ud800", "yaml-character", 1, 4),
        (b"a: 1\nb\xc3\xbc: \xff", "yaml-encoding", 2, 5),
        ("a: 1".encode("utf-16"), "yaml-encoding", 1, 1),
        ("a: 1".encode("utf-16-le"), "yaml-encoding", 1, 1),
        ("a: 1".encode("utf-32"), "yaml-encoding", 1, 1),
        ("#" * (1024 * 1024 + 1), "yaml-size", 1, 1),
        ("%TAG ! a\n" * 9, "yaml-directive", 1, 1),
    ],
)
def test_refusals(text: str | bytes, rule: str, line: int, column: int) -> None:
    found = refusal(text)
    assert (found.rule, found.line, found.column, found.severity, found.path) == (rule, line, column, Severity.ERROR, "x.yaml")


def test_the_largest_document_is_read() -> None:
    read = read_yaml("[" + "a," * (MAX_NODES - 1) + "]")
    assert isinstance(read, list)
    assert len(read) == MAX_NODES - 1
    assert refusal("[" + "a," * MAX_NODES + "]").rule == "yaml-size"
    entries = MAX_NODES // 2 - 1
    assert isinstance(read_yaml("".join(f"k{number}: v\n" for number in range(entries))), dict)
    assert refusal("".join(f"k{number}: v\n" for number in range(entries + 1))).rule == "yaml-size"


def test_the_deepest_document_is_read() -> None:
    read_yaml("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert refusal("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)).rule == "yaml-depth"


def test_depth_counts_through_aliases() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{number}: &a{number} [*a{number - 1}]" for number in range(1, MAX_DEPTH - 1)]
    read_yaml("\n".join(lines))
    assert refusal("\n".join([*lines, f"b: [*a{MAX_DEPTH - 2}]"])).rule == "yaml-depth"


def test_nodes_count_through_aliases() -> None:
    lines = ["a: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 10)}]" for number in range(1, 8)]
    assert refusal("\n".join(lines)).rule == "yaml-size"
    keyed = ["a: &a0 {k: x}"] + [f"a{number}: &a{number} {{k: *a{number - 1}, l: *a{number - 1}}}" for number in range(1, 20)]
    assert refusal("\n".join(keyed)).rule == "yaml-size"


HOSTILE = [
    "'[' * 200000",
    "'- ' * 100000",
    "'{a: ' * 200000",
    "'? ' * 100000",
    "'[? ' * 50000",
    "'&a ' * 100000",
    "'!a ' * 100000",
    "'a: ' * 100000",
    "'%TAG ! a' + chr(10) + '%A B' * 100",
    "('%TAG !' + 'a! b' + chr(10)) * 60000",
    "'\"' * 100000",
    "'a: \\'' * 100000",
    "'a:' + chr(10) * 900000",
    "'- a' + chr(10) + '---' + chr(10) * 5",
    "'[' + 'a,' * 500000",
    "'9' * 900000",
    "'0x' + 'f' * 900000",
    "'&a [*a, *a]'",
    "'a: |' + chr(10) + ' x' * 400000",
    "'#' * 1000000",
    "chr(9) * 100000",
    "'{' * 200000",
    "'{{' * 100000 + '}}' * 100000",
    "'a: {{ x' * 1000",
    "'*a' * 100000",
    "': ' * 100000",
    "('a: [' + chr(10)) * 50000",
    "'a: \"' + ('b' + chr(10)) * 200000",
    "('x' + chr(10)) * 200000 + 'a: b: c'",
    "'a' + ' ' * 500000 + ': b: c'",
    "'a: b' + ' ' * 500000 + ': c'",
    "'a: [' + ' ' * 500000",
    "('  x' + chr(10)) * 100000 + ' y: [z'",
    "('a: b' + chr(10)) * 90000 + ' c: d'",
    "'a: ' + '{{' * 200000 + chr(10) + 'b'",
    "'a: ' + '\"' * 200001 + ' ' * 200000 + 'b'",
]


def test_hostile_texts_neither_crash_nor_hang() -> None:
    """In a process of its own, since a crash of the C parser would take the tests with it."""
    program = "\n".join(
        [
            "from avops.errors import DocumentError",
            "from avops.project.yaml_positions import positions",
            "from avops.project.yaml_text import read_yaml",
            "from avops.report.diagnostics import render_diagnostics",
            f"for source in {HOSTILE!r}:",
            "    text = eval(source)",
            "    try:",
            "        read_yaml(text)",
            "    except DocumentError as error:",
            "        render_diagnostics(error.diagnostics)",
            "    positions(text)",
            "    print('done')",
        ]
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout.count("done") == len(HOSTILE)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a:\n- tool: x\n with: {}\nb: 1\n", "line it up: '  with: {}'"),
        ("a:\n  - tool: x\n   with: {}\nb: 1\n", "line it up: '    with: {}'"),
        ("a:\n  -   tool: x\n     with: {}\nb: 1\n", "line it up: '      with: {}'"),
        ("a:\n  b: 1\n c: 2\n", "line it up: '  c: 2'"),
    ],
)
def test_a_line_that_fits_nowhere_is_lined_up_with_the_keys_of_its_entry(text: str, hint: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_yaml(text)
    assert caught.value.hint == hint
