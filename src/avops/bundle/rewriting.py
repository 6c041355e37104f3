"""Small changes to documents on their way in; everything else in them stays as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.bundle.parts import TEXTS
from avops.bundle.references import references
from avops.project.editing import YamlText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.bundle.parts import Part, PartKind


def with_names(part: Part, name: str | None, names: Mapping[tuple[PartKind, str], str]) -> tuple[bytes, tuple[str, ...]]:
    """A part's content under a new `name` (None leaves it), with new `names` for what it refers to; and what was rewritten."""
    if part.kind in TEXTS:
        return part.content, ()
    wanted = [(reference, names[reference.key]) for reference in references(part) if reference.key in names]
    if name is None and not wanted:
        return part.content, ()
    text = YamlText(part.text, part.path)
    if name is not None and part.kind != "test":
        text.set(("name",), name)
    told: dict[str, None] = {}
    for reference, new in wanted:
        if reference.is_key:
            text.rename(reference.place, reference.rewritten(new))
        else:
            text.set(reference.place, reference.rewritten(new))
        told[f"{reference.kind} {reference.name} to {new}"] = None
    return text.text.encode(), tuple(told)


def switched_off(part: Part) -> bytes:
    """A workflow's content with `enabled: false`: written into the file, so that it holds wherever the file goes."""
    text = YamlText(part.text, part.path)
    if text.data.get("enabled") is False:
        return part.content
    text.set(("enabled",), False)
    return text.text.encode()
