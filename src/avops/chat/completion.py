"""What Tab offers at the prompt: the commands, their keys, and the names of the project."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avops.chat.commands import FORMS
from avops.chat.grammar import quote
from avops.project.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from avops.chat.commands import Form

_OPEN = re.compile(r"(?:([^\W\d][\w.-]*)=)?([\"“„']?)((?:(?<=[\"“„'])[^\"”']*|[^\s\"“„']*))$")
_VALUES = {"mock": ("all",), "status": ("cancelled", "failed", "interrupted", "refused", "running", "success", "unverified", "waiting")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a project has: names by kind, the actions of each tool, the inputs of each recipe."""

    agents: tuple[str, ...] = ()
    recipes: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    actions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One completion: it replaces the last `length` characters before the cursor by `text`."""

    text: str
    length: int
    shown: str


def offers(before: str, names: Names) -> list[Offer]:
    """What may stand at the cursor, after the text `before` it. Only the first line of a message is a command."""
    if not before.startswith("/") or "\n" in before:
        return []
    return list(_offers(before, names))


def _offers(before: str, names: Names) -> Iterator[Offer]:
    words = before[1:].split()
    is_open = not before[-1].isspace()
    named = [form for form in FORMS if len(words) > len(form.words) or (len(words) == len(form.words) and not is_open)]
    form = next((form for form in named if [word.casefold() for word in words[: len(form.words)]] == list(form.words)), None)
    if form is None:
        yield from _commands(before, is_open=is_open)
        return
    rest = re.sub(r"^\s*/\S+" + r"\s+\S+" * (len(form.words) - 1), "", before)
    found = _OPEN.search(rest)
    if found is None:
        return
    key, opened, typed = found[1], found[2], found[3]
    length = len(found[0])
    if key is not None:
        yield from _names(_candidates(key.casefold(), names), typed, length, prefix=f"{key}=")
        return
    yield from _names(_plain(form, rest, names), typed, length)
    if not opened:
        for own in _keys(form, rest, names):
            if own.startswith(typed.casefold()) and f"{own}=" not in rest[: found.start()]:
                yield Offer(text=f"{own}=", length=length, shown=f"{own}=")


def _commands(before: str, *, is_open: bool) -> Iterator[Offer]:
    typed = " ".join(before.casefold().split()) + ("" if is_open else " ")
    offered: set[str] = set()
    for form in FORMS:
        if form.name.startswith(typed) and form.name not in offered:
            offered.add(form.name)
            yield Offer(text=f"{form.name} ", length=len(before), shown=form.name)


def _candidates(key: str, names: Names) -> tuple[str, ...]:
    known = {"agent": names.agents, "recipe": names.recipes, "room": names.rooms, "workflow": names.workflows, **_VALUES}
    return tuple(known.get(key, ()))


def _plain(form: Form, rest: str, names: Names) -> tuple[str, ...]:
    """What a word without a key may be."""
    is_first = not re.search(r"\S\s", rest.lstrip()) or rest.count('"') == 1
    if form.words == ("agent", "run") and is_first:
        return names.agents
    if form.words[0] == "tool" and is_first:
        return names.tools
    if form.words == ("tool", "action") and len(words := rest.split()) <= 2 and words:
        return tuple(f'\'{{"action": "{action}", "args": {{}}}}\'' for action in names.actions.get(words[0], ()))
    if form.words == ("help",):
        return tuple(" ".join(each.words) for each in FORMS)
    return ()


def _keys(form: Form, rest: str, names: Names) -> Iterator[str]:
    yield from form.keys
    if form.words == ("agent", "run"):
        for recipe, inputs in names.inputs.items():
            if f"recipe={quote(recipe)}" in rest or f'recipe="{recipe}"' in rest:
                yield from (name for name in inputs if name not in form.keys)


def _names(candidates: Iterable[str], typed: str, length: int, *, prefix: str = "") -> Iterator[Offer]:
    wanted = folded(typed)
    for candidate in candidates:
        if folded(candidate).startswith(wanted):
            text = candidate if candidate.startswith("'") else quote(candidate)
            yield Offer(text=f"{prefix}{text} ", length=length, shown=candidate)
