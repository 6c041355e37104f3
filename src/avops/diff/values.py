"""Values of documents, flat, and what differs between two of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from avops.model.change import FieldChange

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pydantic import BaseModel

WORDS = frozenset({"description", "instructions", "name", "owner", "source", "synonyms", "tags", "why"})
"""Keys whose texts are for people: what happens does not hang on them."""


def data_of(document: BaseModel, *, without: Collection[str] = ()) -> dict[str, object]:
    """What a document says, without its words and without what it says by default."""
    data = document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {key: value for key, value in data.items() if key not in WORDS and key not in without}


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[FieldChange, ...]:
    """What differs, by dotted path, in the order of the newer one and then of the older."""
    old, new = dict(_flat(before)), dict(_flat(after))
    paths = dict.fromkeys([*new, *old])
    return tuple(FieldChange(at=path, before=old.get(path), after=new.get(path)) for path in paths if old.get(path) != new.get(path))


def _flat(value: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            yield from _flat(inner, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", shown(inner)


def shown(value: object) -> str:
    """A value as JSON; a text that needs no quotes as it is."""
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, default=str)
