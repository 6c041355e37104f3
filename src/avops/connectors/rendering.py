"""What a manifest's request says, rendered with the arguments of a call.

Templates are parsed once per tool. An entry of a mapping or a list whose template names an argument that was not
given is left out, so that optional arguments need no conditions in a manifest; `default(…)` keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from avops.errors import AvopsError
from avops.expression import ExpressionError, parse_template

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from avops.expression import Template


class _Absent:
    """Stands for an entry that is left out."""


ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True)
class _Text:
    template: Template
    needs: frozenset[str]

    def render(self, scope: Mapping[str, object]) -> object:
        if not self.needs <= scope.keys():
            return ABSENT
        return self.template.render(scope)


@dataclass(frozen=True, slots=True)
class _Fields:
    entries: tuple[tuple[str, Rendering], ...]

    def render(self, scope: Mapping[str, object]) -> object:
        pairs = ((key, entry.render(scope)) for key, entry in self.entries)
        return {key: value for key, value in pairs if value is not ABSENT}


@dataclass(frozen=True, slots=True)
class _Items:
    entries: tuple[Rendering, ...]

    def render(self, scope: Mapping[str, object]) -> object:
        values = (entry.render(scope) for entry in self.entries)
        return [value for value in values if value is not ABSENT]


@dataclass(frozen=True, slots=True)
class _Fixed:
    value: object

    def render(self, scope: Mapping[str, object]) -> object:
        return self.value


Rendering = _Text | _Fields | _Items | _Fixed
"""A value of a manifest that can be rendered: `render(scope)` gives plain data, or `ABSENT`."""


def prepare(value: object, names: Collection[str], what: str) -> Rendering:
    """The rendering of a manifest's value whose templates may use `names`.

    Raises AvopsError, naming `what`, for a template that does not parse or uses another name.
    """
    if isinstance(value, str):
        return _prepare_text(value, names, what)
    if isinstance(value, dict):
        return _Fields(tuple((key, prepare(entry, names, f"{what}.{key}")) for key, entry in value.items()))
    if isinstance(value, list):
        return _Items(tuple(prepare(entry, names, f"{what}[{index}]") for index, entry in enumerate(value)))
    return _Fixed(value)


def _prepare_text(text: str, names: Collection[str], what: str) -> Rendering:
    try:
        template = parse_template(text)
    except ExpressionError as error:
        raise AvopsError(f"{what}: {error.message}", hint=error.hint) from None
    if template.is_constant:
        return _Fixed(text)
    for use in template.names:
        if use.path[0] not in names:
            known = ", ".join(sorted(names)) or "nothing"
            raise AvopsError(f"{what}: '{use.path[0]}' is not defined there; expected one of: {known}")
    return _Text(template, frozenset(str(use.path[0]) for use in template.names if not use.guarded))
