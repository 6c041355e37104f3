"""Names in the recipes of the Streamlit app: `{{inputs.x}}`, `{{s.x}}`, `{{step.x}}`, and what they are called here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from avops.expression import ExpressionError, parse_expression, parse_template
from avops.model.step import SCOPE_WORDS

_TEMPLATE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_STORES = ("s", "state", "steps", "saves", "saved", "vars", "context", "ctx", "results")
_INPUTS = ("inputs", "input", "params")
_WORDS = (
    (re.compile(r"\s*&&\s*"), " and "),
    (re.compile(r"\s*\|\|\s*"), " or "),
    (re.compile(r"===?"), "=="),
    (re.compile(r"!=="), "!="),
    (re.compile(r"\bTrue\b"), "true"),
    (re.compile(r"\bFalse\b"), "false"),
    (re.compile(r"\bNone\b"), "null"),
)


def identifier(text: str, *, of_step: bool = False) -> str:
    """The text as a name in a recipe: `roomId` is `room_id`; "" when nothing is left of it.

    Steps may not have the names that mean something in every recipe, such as `room`.
    """
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text)
    plain = re.sub(r"[^a-z0-9]+", "_", spaced.casefold()).strip("_")
    plain = re.sub(r"^[0-9_]+", "", plain)[:60].strip("_")
    return f"{plain}_" if of_step and plain in SCOPE_WORDS else plain


@dataclass(kw_only=True, eq=False)
class Names:
    """What the names of one recipe mean, growing step by step.

    `inputs` are its inputs by their old names; `undeclared` those that it uses without declaring them. `results` are the
    paths, by old name, of what steps have saved.
    """

    inputs: dict[str, str] = field(default_factory=dict)
    undeclared: dict[str, str] = field(default_factory=dict)
    results: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def new_id(self, wanted: str) -> str | None:
        """An id for a step, unlike all others; None when the text makes none."""
        base = identifier(wanted, of_step=True)
        if not base:
            return None
        made, number = base, 2
        while made in self.used:
            made, number = f"{base}_{number}", number + 1
        self.used.add(made)
        return made

    def _path(self, text: str) -> str | None:
        """What a dotted path is called here; None when nothing is known by it."""
        first, *rest = text.split(".")
        if first in _INPUTS and rest:
            return ".".join([f"inputs.{self._input(rest[0])}", *rest[1:]])
        if first in _STORES and first not in self.results and rest:
            found = self.results.get(rest[0])
            return None if found is None else ".".join([found, *rest[1:]])
        if first in self.results:
            return ".".join([self.results[first], *rest])
        if first in self.inputs:
            return ".".join([f"inputs.{self.inputs[first]}", *rest])
        return None

    def _input(self, name: str) -> str:
        if name in self.inputs:
            return self.inputs[name]
        made = identifier(name) or "value"
        if made not in (*self.inputs.values(), *self.undeclared.values()):
            self.undeclared[name] = made
        return made

    def expression(self, text: str) -> str | None:
        """The expression in our language and with our names; None when it does not parse, or names something unknown."""
        text = _TEMPLATE.sub(lambda found: found[1], text).strip()
        for pattern, word in _WORDS:
            text = pattern.sub(word, text)
        try:
            names = parse_expression(text).names
            for name in sorted(names, key=lambda each: each.offset, reverse=True):
                found = _PATH.match(text, name.offset)
                new = self._path(found[0]) if found is not None else None
                if found is None or new is None:
                    return None
                text = text[: found.start()] + new + text[found.end() :]
            parse_expression(text)
        except ExpressionError:
            return None
        return text if names else None

    def template(self, text: str) -> str | None:
        """The text with our names in its `{{ }}`; None when one of them cannot be told."""
        pieces: list[str] = []
        end = 0
        for found in _TEMPLATE.finditer(text):
            inner = self.expression(found[1])
            if inner is None:
                return None
            pieces += [text[end : found.start()], f"{{{{ {inner} }}}}"]
            end = found.end()
        made = "".join([*pieces, text[end:]])
        try:
            parse_template(made)
        except ExpressionError:
            return None
        return made

    def text(self, text: str, *, plain: bool = False) -> str:
        """A text for people: what cannot be told (in a `plain` one: everything) stands in `<` and `>`."""

        def shown(found: re.Match[str]) -> str:
            inner = None if plain else self.expression(found[1])
            return f"<{found[1].strip()}>" if inner is None else f"{{{{ {inner} }}}}"

        made = _TEMPLATE.sub(shown, text)
        try:
            parse_template(made)
        except ExpressionError:
            made = re.sub(r"\{(?=[{%#])", "{ ", _TEMPLATE.sub(lambda found: f"<{found[1].strip()}>", text))
        return made

    def value(self, value: object) -> object:
        """A value with our names in all its texts. Raises LookupError when one of them cannot be told."""
        if isinstance(value, str):
            made = self.template(value)
            if made is None:
                raise LookupError(value)
            return made
        if isinstance(value, dict):
            return {key: self.value(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.value(each) for each in value]
        return value
