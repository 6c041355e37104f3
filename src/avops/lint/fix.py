"""`--fix`: what is safe to mend, mended. Comments and every other character stay; done twice it changes nothing more.

A change that is only about form must leave the data as it is; a change that makes a text readable must take findings
away and bring no new one. Anything else is taken back.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from avops.lint import fixers
from avops.lint.edits import Edit, Offsets, apply_edits
from avops.model.diagnostic import Severity
from avops.project.documents import load_document
from avops.project.yaml_mend import quote_template
from avops.project.yaml_source import lines_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from avops.project.documents import Kind, Loaded

_ROUNDS = 50
_TURNS = 4
_BOM = "\ufeff"
FIXABLE = (
    "ambiguous-word",
    "expression-syntax",
    "key-order",
    "missing-schema-line",
    "short-form",
    "wrong-type",
    "yaml-leading-zero",
    "yaml-template",
)
"""The rules for which something can be mended, sometimes."""


def fixed(kind: Kind, text: str, path: str, rules: frozenset[str]) -> str:
    """The text with what these rules find mended, as far as that is safe."""
    mark = _BOM if text.startswith(_BOM) else ""
    text = text.removeprefix(_BOM)
    for _ in range(_TURNS):
        # What one fix makes readable, another can mend.
        before, text = text, _turn(kind, text, path, rules)
        if text == before:
            break
    return mark + text


def _turn(kind: Kind, text: str, path: str, rules: frozenset[str]) -> str:
    if "yaml-template" in rules:
        text = _with_quoted_templates(kind, text, path)
    if kind == "recipe":
        if "short-form" in rules:
            text = _improved(kind, text, path, fixers.short_forms)
        if "wrong-type" in rules:
            text = _improved(kind, text, path, fixers.guardrails_list)
        if "expression-syntax" in rules:
            text = _in_other_words(kind, text, path)
    forms: dict[str, Callable[[str], list[Edit]]] = {
        "ambiguous-word": fixers.quotes,
        "yaml-leading-zero": fixers.zero_quotes,
        "key-order": lambda now: fixers.key_order(now, kind),
        "missing-schema-line": lambda now: fixers.schema_line(now, kind, path),
    }
    for rule, find in forms.items():
        if rule in rules:
            text = _reformed(kind, text, path, find(text))
    return text


def _reformed(kind: Kind, text: str, path: str, edits: list[Edit]) -> str:
    """The text with edits that leave its data alone; those that do not are left out."""
    before = load_document(kind, text, path)
    if before.data is None or not edits:
        return text
    every = apply_edits(text, edits)
    if _same(load_document(kind, every, path).data, before.data):
        return every
    good = [edit for edit in edits if _same(load_document(kind, apply_edits(text, [edit]), path).data, before.data)]
    some = apply_edits(text, good)
    return some if _same(load_document(kind, some, path).data, before.data) else text


def _improved(kind: Kind, text: str, path: str, find: Callable[[str, object], list[Edit]]) -> str:
    """The text with edits that take findings away and bring no new ones."""
    before = load_document(kind, text, path)
    edits = find(text, before.data)
    every = apply_edits(text, edits)
    if edits and _is_better(before, load_document(kind, every, path)):
        return every
    for edit in sorted(edits, reverse=True):
        changed = apply_edits(text, [edit])
        after = load_document(kind, changed, path)
        if _is_better(before, after):
            text, before = changed, after
    return text


def _in_other_words(kind: Kind, text: str, path: str) -> str:
    """Checks in words become confirmations; a step whose other keys only a check takes stays as it is."""
    before = load_document(kind, text, path)
    for edit in sorted(fixers.checks_in_words(text, before.data), reverse=True):
        changed = apply_edits(text, [edit])
        if not _found(load_document(kind, changed, path)) - _found(before):
            text = changed
    return text


def _with_quoted_templates(kind: Kind, text: str, path: str) -> str:
    """Quotes around values that begin with `{{`, one line after the other."""
    for _ in range(_ROUNDS):
        now = load_document(kind, text, path)
        told = next((each for each in now.diagnostics if each.rule == "yaml-template"), None)
        if told is None or now.data is not None:
            return text
        line = lines_of(text)[told.line - 1]
        mended = quote_template(line, told.column - 1)
        if mended == line:
            return text
        start = Offsets(text).line_start(told.line)
        changed = apply_edits(text, [Edit(start, start + len(line), mended)])
        after = load_document(kind, changed, path)
        if any(each.rule.startswith("yaml-") and each.line <= told.line for each in after.diagnostics):
            return text
        text = changed
    return text


def _found(loaded: Loaded[Any]) -> Counter[tuple[str, str]]:
    """The errors; a warning may come to light when the error on its line is gone."""
    return Counter((each.rule, each.message) for each in loaded.diagnostics if each.severity is Severity.ERROR)


def _is_better(before: Loaded[Any], after: Loaded[Any]) -> bool:
    was, now = _found(before), _found(after)
    return not now - was and bool(was - now)


def _same(one: object, other: object) -> bool:
    """Equal in values and types: 1 is not true, and not 1.0; mappings in any order."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other or (one != one and other != other)  # noqa: PLR0124 - only what is no number differs from itself
