"""A recipe as a checklist for a technician: boxes to tick, what has to be seen, what to do if it fails.

A card is known by its id: the recipe's file, the first eight characters of its text's SHA-256, and a serial that no other
card has, with a letter that gives typing errors away.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from avops.errors import UsageError
from avops.model.effect import Phase
from avops.model.step import CheckStep, ConfirmStep
from avops.report.card_steps import StepWords, failure_lines, limit_lines
from avops.report.card_words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from avops.model.recipe import Recipe
    from avops.model.step import StepOptions

HEADINGS: Final = {
    Phase.INTAKE: "Intake: look first",
    Phase.PLAN: "Plan: all of this must hold",
    Phase.ACT: "Act: do it, in this order",
    Phase.VERIFY: "Verify: look again",
}
LETTERS: Final = {Phase.INTAKE: "I", Phase.PLAN: "P", Phase.ACT: "A", Phase.VERIFY: "V"}
PHASES_BY_LETTER: Final = {letter: phase.value for phase, letter in LETTERS.items()}
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_RANDOM = 6
OPEN: Final = "________"
"""Stands for an input or a room that nobody has given yet: a line to write on."""
_WORD = r"[^\s\x00-/:-`{-\x7f]+"  # a word of a file name: letters of any script and digits, no capital of A to Z
_ID = re.compile(rf"({_WORD}(?:-{_WORD})*)-([0-9a-f]{{8}})-([{_ALPHABET}]{{{_RANDOM + 1}}})")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardId:
    """What the id of a card says."""

    slug: str
    """The recipe's file name without its ending."""
    digest: str
    """The first eight characters of the SHA-256 of the recipe's text."""
    serial: str

    def __str__(self) -> str:
        return f"{self.slug}-{self.digest}-{self.serial}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardItem:
    """One box. `mark` is what people call it (`A2`), `key` the step's key in a run (`act.1`)."""

    mark: str
    key: str
    step_id: str | None
    kind: str
    """The step key: `tool`, `check`, `manual`, …"""
    title: str
    details: tuple[str, ...]
    is_check: bool
    """A check of Verify that decides whether it worked."""
    is_conditional: bool
    """It may be left out where its condition does not hold."""
    approval: str | None
    """The role that has to approve it."""
    stands_for: str | None
    """The action that is done by hand here, as `display.set_power`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card, ready to be printed."""

    title: str
    version: int
    id: CardId
    description: str
    room: str | None
    inputs: tuple[tuple[str, str], ...]
    limits: tuple[str, ...]
    phases: tuple[tuple[str, tuple[CardItem, ...]], ...]
    failure: tuple[str, ...]
    is_draft: bool

    @property
    def items(self) -> tuple[CardItem, ...]:
        """All boxes in order."""
        return tuple(item for _, items in self.phases for item in items)


def digest_of(text: str) -> str:
    """What a card's id says of the recipe's text."""
    return sha256(text.encode("utf-8")).hexdigest()[:8]


def new_card_id(slug: str, text: str, choose: Callable[[str], str]) -> CardId:
    """An id for a new card; `choose` picks a letter from a text by chance."""
    digest = digest_of(text)
    drawn = "".join(choose(_ALPHABET) for _ in range(_RANDOM))
    return CardId(slug=slug, digest=digest, serial=drawn + _control(slug, digest, drawn))


def read_card_id(text: str) -> CardId:
    """The id that a person typed or a card holds; UsageError for one that no card has."""
    head, _, serial = text.strip().rpartition("-")
    found = _ID.fullmatch(f"{head.lower()}-{serial.upper()}")
    if found is None:
        raise UsageError(f"'{text.strip()}' is no card's id", hint="it looks like display-fix-1a2b3c4d-K7MP2QX")
    slug, digest, serial = found.groups()
    if _control(slug, digest, serial[:-1]) != serial[-1]:
        raise UsageError(f"'{text.strip()}' is no card's id: a letter of it is wrong", hint="compare it with the card")
    return CardId(slug=slug, digest=digest, serial=serial)


def _control(slug: str, digest: str, drawn: str) -> str:
    return _ALPHABET[sha256(f"{slug}-{digest}-{drawn}".encode()).digest()[0] % len(_ALPHABET)]


def card_of(
    recipe: Recipe,
    card_id: CardId,
    *,
    room: str | None,
    room_values: Mapping[str, object] | None,
    inputs: Mapping[str, object],
    describe: Callable[[str], str],
) -> Card:
    """The card of a recipe for a room and inputs; secret inputs are not on it.

    `describe` gives what an action does, in the words of its tool's manifest, for `TOOL.ACTION`; empty where nobody says.
    """
    shown = {name: inputs.get(name) for name, spec in recipe.inputs.items() if not spec.secret}
    scope: dict[str, object] = {"inputs": {name: value for name, value in shown.items() if value is not None}}
    if room_values is not None:
        scope["room"] = {name: value for name, value in room_values.items() if value is not None}
    marks = {
        step.id: f"{LETTERS[phase]}{number}" for phase in Phase for number, step in enumerate(recipe.phase(phase), 1) if step.id is not None
    }
    said = StepWords(Words(scope=scope, marks=marks), describe)
    phases = [(HEADINGS[phase], _items(recipe.phase(phase), phase, said)) for phase in Phase if recipe.phase(phase)]
    name = str((room_values or {}).get("name") or "")
    return Card(
        title=recipe.name,
        version=recipe.version,
        id=card_id,
        description=" ".join(recipe.description.split()),
        room=_room_text(recipe, room, name),
        inputs=tuple((name, OPEN if value is None else _input_text(value)) for name, value in shown.items()),
        limits=tuple(limit_lines(recipe)),
        phases=tuple(phases),
        failure=tuple(failure_lines(recipe, said)),
        is_draft=recipe.draft,
    )


def _room_text(recipe: Recipe, room: str | None, name: str) -> str | None:
    """The room's key with its name; a line to write on where the recipe is about a room that nobody named."""
    if room is None:
        return OPEN if recipe.room is not None else None
    return f"{room} ({name})" if name and name != room else room


def _input_text(value: object) -> str:
    """An input as a person would type it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) and "," not in each for each in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _items(steps: Sequence[StepOptions], phase: Phase, said: StepWords) -> tuple[CardItem, ...]:
    made = []
    for index, step in enumerate(steps):
        title, details = said.of(step, phase)
        approval = getattr(step, "approval", None) or getattr(step, "approve", None)
        made.append(
            CardItem(
                mark=f"{LETTERS[phase]}{index + 1}",
                key=f"{phase.value}.{index}",
                step_id=step.id,
                kind=said.kind(step),
                title=title,
                details=details,
                is_check=phase is Phase.VERIFY and isinstance(step, CheckStep | ConfirmStep),
                is_conditional=step.when is not None or step.for_each is not None,
                approval=approval,
                stands_for=said.stands_for(step),
            )
        )
    return tuple(made)
