"""What Tab offers at the prompt: the commands, their keys, and the names of the project."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avops.chat.commands import FORMS
from avops.chat.grammar import last_word, quote
from avops.project.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from avops.chat.commands import Form
    from avops.chat.grammar import Word

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
    typed = before[1:].split()
    is_open = not before[-1].isspace()
    named = [form for form in FORMS if len(typed) > len(form.words) or (len(typed) == len(form.words) and not is_open)]
    form = next((form for form in named if [word.casefold() for word in typed[: len(form.words)]] == list(form.words)), None)
    if form is None:
        yield from _commands(before, is_open=is_open)
        return
    rest = re.sub(r"^\s*/\s*\S+" + r"\s+\S+" * (len(form.words) - 1), "", before)
    given, word = last_word(rest)
    if word is None:
        return
    length = word.end - word.start
    if word.key is not None:
        yield from _names(_candidates(word.key.casefold(), names), word.text, length, prefix=f"{word.key}=")
        return
    yield from _names(_plain(form, given, names), word.text, length)
    if not word.is_quoted:
        for key in _keys(form, given, names):
            if key.startswith(word.text) and key not in [each.key for each in given]:
                yield Offer(text=f"{key}=", length=length, shown=f"{key}=")


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


def _plain(form: Form, given: Sequence[Word], names: Names) -> tuple[str, ...]:
    """What a word without a key may be, after the words that are given."""
    plain = [word.text for word in given if word.key is None]
    if form.words == ("help",):
        return tuple(" ".join(each.words) for each in FORMS)
    if not plain:
        return names.agents if form.words == ("agent", "run") else names.tools if form.words[0] == "tool" else ()
    if form.words == ("tool", "action") and len(plain) == 1:
        return tuple(f'\'{{"action": "{action}", "args": {{}}}}\'' for action in names.actions.get(plain[0], ()))
    return ()


def _keys(form: Form, given: Sequence[Word], names: Names) -> Iterator[str]:
    """The keys of the form, and the inputs of the recipe that is given."""
    yield from form.keys
    if form.words == ("agent", "run"):
        recipes = {folded(word.text) for word in given if word.key is not None and word.key.casefold() == "recipe"}
        yield from (
            name for recipe, inputs in names.inputs.items() if folded(recipe) in recipes for name in inputs if name not in form.keys
        )


def _names(candidates: Iterable[str], typed: str, length: int, *, prefix: str = "") -> Iterator[Offer]:
    wanted = folded(typed)
    for candidate in candidates:
        if folded(candidate).startswith(wanted):
            text = candidate if candidate.startswith("'") else quote(candidate)
            yield Offer(text=f"{prefix}{text} ", length=length, shown=candidate)
