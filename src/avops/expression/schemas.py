"""Questions about JSON Schemas: which kinds of values, which keys, which items.

Only what a schema says outright counts; what it leaves open, and keywords that are not known here, mean "anything".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from avops.expression.filters import ANY
from avops.expression.values import BOOLEAN, LIST, MAPPING, NULL, NUMBER, STRING, equal, kind_of, plain

Schema: TypeAlias = Mapping[str, object]

ANYTHING: Schema = {}
TEXT: Schema = {"type": "string"}
TRUTH: Schema = {"type": "boolean"}
QUANTITY: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}

ALL_KINDS = frozenset(ANY)
_KIND_OF_TYPE = {
    "string": STRING,
    "number": NUMBER,
    "integer": NUMBER,
    "boolean": BOOLEAN,
    "null": NULL,
    "array": LIST,
    "object": MAPPING,
}


_KINDS_OF_TYPE = {name: frozenset({kind}) for name, kind in (*_KIND_OF_TYPE.items(), (LIST, LIST), (MAPPING, MAPPING))}
_ALTERNATIVE_WORDS = frozenset({"anyOf", "oneOf", "enum", "const", "nullable"})


class Member(NamedTuple):
    """What a schema says about a key: the schema of its value, and whether the key is declared, or cannot be there."""

    schema: Schema
    declared: bool
    impossible: bool
    keys: tuple[str, ...]


def branches(schema: Schema) -> list[Schema]:
    """The alternatives of `anyOf` and `oneOf`, at most two levels deep; a schema without them is its own."""
    if "anyOf" not in schema and "oneOf" not in schema:
        return [schema]
    return [branch for one in _alternatives(schema) for branch in _alternatives(one)]


def _alternatives(schema: Schema) -> list[Schema]:
    for word in ("anyOf", "oneOf"):
        options = schema.get(word)
        if isinstance(options, list) and options:
            return [option if isinstance(option, Mapping) else ANYTHING for option in options]
    return [schema]


def kinds(schema: Schema) -> frozenset[str]:
    """The kinds of value that a schema allows; all of them where it does not say."""
    # Two common cases without a loop: nothing but a type's name counts, and a constant.
    named = schema.get("type")
    if _ALTERNATIVE_WORDS.isdisjoint(schema):
        if named is None:
            return ALL_KINDS
        if isinstance(named, str):
            return _KINDS_OF_TYPE.get(named, ALL_KINDS)
    elif "const" in schema:
        return _KINDS_OF_TYPE[kind_of(plain(schema["const"]))]
    found: set[str] = set()
    for branch in branches(schema):
        values = choices(branch)
        if values is not None:
            found.update([kind_of(plain(value)) for value in values])
            continue
        named = branch.get("type")
        names = [named] if isinstance(named, str) else named if isinstance(named, list) else []
        known = {_KIND_OF_TYPE[name] for name in names if isinstance(name, str) and name in _KIND_OF_TYPE}
        if not known:
            return ALL_KINDS
        found |= known
        if branch.get("nullable") is True:
            found.add(NULL)
    return frozenset(found)


def choices(schema: Schema) -> tuple[object, ...] | None:
    """The values of `const` or `enum`, if the schema has one."""
    if "const" in schema:
        return (schema["const"],)
    values = schema.get("enum")
    return tuple(values) if isinstance(values, list) and values else None


def all_choices(schema: Schema) -> tuple[object, ...] | None:
    """The values that are left when every alternative lists its own, null aside."""
    found: list[object] = []
    for branch in branches(schema):
        if branch.get("type") == "null":
            continue
        values = choices(branch)
        if values is None:
            return None
        found.extend(values)
    return tuple(found) or None


def allows(values: tuple[object, ...], value: object) -> bool:
    """Whether one of the values equals this one."""
    return any(equal(value, other) for other in values)


def member(schema: Schema, key: str) -> Member:
    """What a schema says about a key of a mapping."""
    found: list[Schema] = []
    keys: dict[str, None] = {}
    declared, closed = False, True
    for branch in branches(schema):
        if MAPPING not in kinds(branch):
            continue
        properties = branch.get("properties")
        known = properties if isinstance(properties, Mapping) else {}
        rest = branch.get("additionalProperties", True)
        keys.update(dict.fromkeys(map(str, known)))
        if key in known:
            found.append(_schema(known[key]))
            declared = True
        elif rest is not False:
            found.append(_schema(rest))
            # A mapping without declared keys, or with a schema for all others, declares every key.
            declared = declared or not known or isinstance(rest, Mapping)
        closed = closed and rest is False
    return Member(union(found) if found else ANYTHING, declared, closed and not found, tuple(keys))


def items(schema: Schema) -> Schema:
    """The schema of a list's items."""
    found = [_schema(branch.get("items")) for branch in branches(schema) if LIST in kinds(branch)]
    return union(found) if found else ANYTHING


def values_of(schema: Schema) -> Schema:
    """The schema of a mapping's values."""
    found: list[Schema] = []
    for branch in branches(schema):
        properties = branch.get("properties")
        if branch.get("additionalProperties") is not False or not isinstance(properties, Mapping):
            return ANYTHING
        found.extend(_schema(value) for value in properties.values())
    return union(found) if found else ANYTHING


def without_null(schema: Schema) -> Schema:
    """The schema for when the value is known not to be null."""
    found = kinds(schema)
    if NULL not in found or found == ALL_KINDS:
        return schema
    kept: list[Schema] = []
    for branch in branches(schema):
        named = branch.get("type")
        if kinds(branch) == {NULL}:
            continue
        trimmed = {word: value for word, value in branch.items() if word != "nullable"}
        if isinstance(named, list):
            trimmed["type"] = [name for name in named if name != "null"]
        values = choices(branch)
        if values is not None and "enum" in branch:
            trimmed["enum"] = [value for value in values if value is not None]
        kept.append(trimmed)
    return union(kept) if kept else ANYTHING


def union(schemas: list[Schema]) -> Schema:
    """One schema for values of any of these; anything, when one of them is open."""
    distinct: list[Schema] = []
    for schema in schemas:
        if not schema:
            return ANYTHING
        if schema not in distinct:
            distinct.append(schema)
    return distinct[0] if len(distinct) == 1 else {"anyOf": distinct}


def _schema(value: object) -> Schema:
    return value if isinstance(value, Mapping) else ANYTHING
