"""Following names and keys through a scope, and saying well what is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from avops.expression.errors import ExpressionError, MisuseError
from avops.expression.nodes import Node, Path, path_text
from avops.expression.values import kind_of, plain, with_article

Scope = Mapping[str, object]

MAX_SHOWN = 20
"""Keys that a message lists."""


class Missing:
    """What a guarded lookup gives when there is nothing."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


def walk(node: Path, scope: Scope, guarded: bool) -> object:
    """The value at a path, as a plain type.

    What is missing, or lies beneath null, is MISSING when guarded and else an ExpressionError that names the path and
    the keys that are there.
    """
    name = node.keys[0]
    try:
        value = plain(scope[str(name)])
    except KeyError:
        if guarded:
            return MISSING
        known = tuple(map(str, scope))
        hint = did_you_mean(str(name), known)
        raise ExpressionError(
            f"nothing is named '{name}' here", offset=node.offset, length=len(str(name)), expected=known[:MAX_SHOWN], hint=hint
        ) from None
    except MisuseError as misuse:
        raise misuse.at(node.offset, node.length) from None
    for position in range(1, len(node.keys)):
        try:
            value = member(value, node.keys[position], lambda position=position: path_text(node.keys[:position]), guarded)  # type: ignore[misc]  # mypy reads no default in a lambda
        except MisuseError as misuse:
            start = node.offsets[position]
            end = node.offsets[position + 1] - 1 if position + 1 < len(node.keys) else node.offset + node.length
            raise misuse.at(start, max(end - start, 1)) from None
        if value is MISSING:
            return MISSING
    return value


def member(value: object, key: object, subject: Callable[[], str], guarded: bool) -> object:
    """What a plain `value` holds under a key or an index; `subject` names the value for a message."""
    if isinstance(value, dict) and type(key) is str:
        try:
            return plain(value[key])
        except KeyError:
            if guarded:
                return MISSING
            raise no_key(key, value, subject()) from None
    if isinstance(value, list) and type(key) is int:
        if -len(value) <= key < len(value):
            return plain(value[key])
        if guarded:
            return MISSING
        raise MisuseError(f"'{subject()}' has {len(value)} items, there is no [{key}]")
    if value is None:
        if guarded:
            return MISSING
        path = f"{subject()}.{key}" if type(key) is str else f"{subject()}[{key}]"
        hint = f"the id of a skipped step is null: write '{subject()} is not null and …', or \"| default(…)\" after the name"
        raise MisuseError(f"'{subject()}' is null, so there is no '{path}'", hint=hint)
    raise unfit(value, key, subject())


def no_key(key: str, value: Mapping[str, object], subject: str) -> MisuseError:
    """The complaint about a key that a mapping does not have."""
    keys = tuple(str(other)[:60] for other in value)
    there = f"it has {', '.join(sorted(keys[:MAX_SHOWN]))}{' and more' if len(keys) > MAX_SHOWN else ''}" if keys else "it is empty"
    return MisuseError(f"'{subject}' has no key '{key}'; {there}", hint=did_you_mean(key, keys), expected=keys[:MAX_SHOWN])


def unfit(value: object, key: object, subject: str) -> MisuseError:
    """The complaint about a key of the wrong kind, or about a value that has neither keys nor items."""
    kind = kind_of(value)
    if key in ("length", "size", "count"):
        return MisuseError(f"'{subject}' is {with_article(kind)}, it has no key '{key}'", hint=f"write '{subject} | length'")
    if kind == "list":
        return MisuseError(f"'{subject}' is a list: its items have numbers, not keys", hint=f"write '{subject}[0]' or '{subject} | first'")
    if kind == "mapping":
        return MisuseError(f"'{subject}' is a mapping: its keys are strings", hint=f"write '{subject}[\"{key}\"]'")
    return MisuseError(f"'{subject}' is {with_article(kind)}: it has no keys and no items")


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint with the known word nearest to a misspelt one, if any is near."""
    from difflib import get_close_matches

    longer = [other for other in known if other.startswith((f"{word}-", f"{word} "))]
    near = longer[:1] or get_close_matches(word[:60], [other for other in known if len(other) <= 60][:200], n=1)
    if not near:
        return None
    written = near[0] if near[0].isascii() and near[0].isidentifier() else f"[{near[0]!r}]"
    return f"did you mean '{written}'?" if written == near[0] else f"did you mean {written}?"


def described(node: Node) -> str:
    """How a message names a node: its path, or `the value`."""
    return path_text(node.keys) if isinstance(node, Path) else "the value"
