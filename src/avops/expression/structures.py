"""Nested values with templates at their leaves: what stands under `with:`, `set:` and the like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from avops.expression.errors import ExpressionError, MisuseError
from avops.expression.lookup import Scope
from avops.expression.nodes import Key, NameUse
from avops.expression.templates import Template, parse_template
from avops.expression.values import check_size, plain

MAX_NESTING = 60
"""Lists and mappings inside one another in a value."""

Place: TypeAlias = tuple[Key, ...]
Render: TypeAlias = Callable[[Scope], object]


class Value:
    """A nested value whose texts are templates.

    `templates` are the texts that hold expressions, each with its path in the value; `names` all names they use, with
    offsets into their own text. `is_constant`: it has no expressions, and renders to the same every time.
    """

    __slots__ = ("_render", "_whole", "is_constant", "names", "templates")

    def __init__(self, render: Render, templates: tuple[tuple[Place, Template], ...], *, whole: bool) -> None:
        self._render = render
        self._whole = whole
        self.templates = templates
        self.names: tuple[NameUse, ...] = tuple(use for _, template in templates for use in template.names)
        self.is_constant = not templates

    def render(self, scope: Scope) -> object:
        """The value with every template rendered; lists and dicts around templates are new each time.

        Raises ExpressionError, whose `path` leads to the text, and nothing else.
        """
        value = self._render(scope)
        if not self.is_constant and not self._whole:
            try:
                check_size(value)
            except MisuseError as misuse:
                raise misuse.at(0, 0) from None
        return value


def parse_value(node: object) -> Value:
    """The value that a nested structure of dicts, lists, texts, numbers, booleans and null describes.

    Texts are templates; keys are not. Raises ExpressionError, whose `path` leads to the text at fault, for a template that
    does not parse, a key that is no text or holds `{{`, and a leaf of another type.
    """
    templates: list[tuple[Place, Template]] = []
    render = _build(node, (), templates)
    return Value(render, tuple(templates), whole=not isinstance(node, (dict, list, tuple, Mapping)))


def _build(node: object, path: Place, templates: list[tuple[Place, Template]]) -> Render:
    if len(path) > MAX_NESTING:
        raise ExpressionError(f"the value is nested more than {MAX_NESTING} deep", path=path)
    try:
        node = plain(node)
    except MisuseError as misuse:
        raise ExpressionError(misuse.message, expected=misuse.expected, path=path) from None
    if isinstance(node, str):
        return _leaf(node, path, templates)
    if isinstance(node, dict):
        entries = [(_key(key, path), _build(item, (*path, key), templates)) for key, item in node.items()]
        return lambda scope: {key: item(scope) for key, item in entries}
    if isinstance(node, list):
        items = [_build(item, (*path, index), templates) for index, item in enumerate(node)]
        return lambda scope: [item(scope) for item in items]
    return lambda scope: node


def _key(key: object, path: Place) -> str:
    if not isinstance(key, str):
        raise ExpressionError(f"the key '{key}' is no text", path=path, hint="put the key in quotes")
    if "{{" in key:
        raise ExpressionError(f"the key '{key[:40]}' cannot hold a template", path=path, hint="write templates in values only")
    return key


def _leaf(text: str, path: Place, templates: list[tuple[Place, Template]]) -> Render:
    try:
        template = parse_template(text)
    except ExpressionError as error:
        error.path = path
        raise
    if template.is_constant:
        return lambda scope: text
    templates.append((path, template))

    def render(scope: Scope) -> object:
        try:
            return template.render(scope)
        except ExpressionError as error:
            error.path = path
            raise

    return render
