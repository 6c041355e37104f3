"""The keys that a document's types allow at a place, found by walking the types beside the data."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Tag

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Place:
    """Where an error is: the `path` in the data, the model that holds it, the type that was wanted there.

    `wanted` is that type with its annotations, and the whole union where the error is about one arm of it.
    """

    path: tuple[str | int, ...]
    model: type[BaseModel] | None
    wanted: Any
    is_key: bool = False

    @property
    def pattern(self) -> str | None:
        """The pattern that the text here must match."""
        return pattern_of(self.wanted)


def place_of(root: Any, location: Sequence[str | int]) -> Place:
    """The place that a validation error's location names; the names of union arms in it are not part of the path."""
    path: list[str | int] = []
    model: type[BaseModel] | None = None
    kind, wanted = plain(root), root
    for element in location:
        if element == "[key]":
            return Place(tuple(path), model, wanted, is_key=True)
        if is_union(kind):
            arm = _arm(kind, str(element))
            if arm is not None:
                kind = plain(arm)
            continue
        path.append(element)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            model = kind
            wanted = field_type(kind, str(element))
        else:
            arguments = get_args(kind)
            wanted = (arguments[-1] if get_origin(kind) is dict else arguments[0]) if arguments else None
        kind = plain(wanted)
    if isinstance(kind, type) and issubclass(kind, BaseModel) and model is None:
        model = kind
    return Place(tuple(path), model, wanted)


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys a document may write for `model`, sorted."""
    return sorted(field.alias or name for name, field in model.model_fields.items())


def plain(kind: Any) -> Any:
    """A type without its annotations and without `| None`."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
            continue
        if is_union(kind):
            arms = [arm for arm in get_args(kind) if arm is not types.NoneType]
            if len(arms) == 1:
                kind = arms[0]
                continue
        return kind


def pattern_of(kind: Any) -> str | None:
    """The pattern that a text type must match, looked for in all its annotations; None without one."""
    if get_origin(kind) is Annotated:
        for note in kind.__metadata__:
            pattern = getattr(note, "pattern", None)
            if pattern is not None:
                return str(pattern)
    for arm in get_args(kind) if get_origin(kind) is Annotated or is_union(kind) else ():
        if (inner := pattern_of(arm)) is not None:
            return inner
    return None


def is_union(kind: Any) -> bool:
    """Whether a type has several arms."""
    return get_origin(kind) in (Union, types.UnionType)


def arms_of(kind: Any) -> list[Any]:
    """The arms of a union, without None; the type itself when it is none."""
    inner = plain(kind)
    return [arm for arm in get_args(inner) if arm is not types.NoneType] if is_union(inner) else [kind]


def _arm(union: Any, name: str) -> Any:
    for arm in get_args(union):
        if get_origin(arm) is Annotated and any(isinstance(note, Tag) and note.tag == name for note in arm.__metadata__):
            return arm
        inner = plain(arm)
        if isinstance(inner, type) and issubclass(inner, BaseModel) and (inner.__name__ == name or name in _literals(inner)):
            return inner
    return None


def _literals(model: type[BaseModel]) -> tuple[object, ...]:
    """The values of a model's fields that can be one thing only: what tells it from the other arms."""
    kinds = [field.annotation for field in model.model_fields.values() if get_origin(field.annotation) is Literal]
    return tuple(value for kind in kinds for value in get_args(kind) if len(get_args(kind)) == 1)


def field_type(model: type[BaseModel], key: str) -> Any:
    """The type of a model's key with its annotations; None for a key that it lacks."""
    for name, field in model.model_fields.items():
        if (field.alias or name) == key:
            return Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    return None
