"""`avops runs enter`: what somebody ticked on a card, recorded as a run that was done by hand."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from avops.errors import AvopsError, DocumentError, NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from avops.model.run import Run
    from avops.report.card import Card, CardId, CardItem
    from avops.report.card_reading import FilledCard, Tick
    from avops.wiring import Workspace
    from avops.wiring.hand_runs import CardRecipe, HandStep

_INPUT = "Input "
_CHOICES = "x done and seen, ! failed, - left out, Enter not done; a note may follow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the command line says beside the card."""

    room: str | None
    inputs: list[str]
    started: str | None
    ended: str | None
    anyway: bool
    again: bool
    as_json: bool


def enter(card: str, entry: Entry) -> int:
    """Records a filled text card, or asks step by step for one that is on paper."""
    from avops import wiring
    from avops.wiring import hand_runs

    workspace = wiring.open_workspace()
    filled, path = _filled(card)
    card_id = filled.id if filled else _typed_id(card)
    known = hand_runs.run_of_card(workspace, card_id)
    if known is not None and not entry.again:
        raise hand_runs.already_entered(card_id, known)
    recipe = hand_runs.recipe_of(workspace, card_id, anyway=entry.anyway)
    room, given = _room(workspace, filled, entry.room), _given(filled, entry.inputs)
    printed = hand_runs.card_as_printed(workspace, recipe, card_id, room=room, inputs=given)
    asks = sys.stdin.isatty() and (filled is None or all(not item.tick.strip() for item in filled.items))
    if filled is None and not asks:
        raise UsageError("without a terminal, the card must be a file", hint="avops recipe card NAME --output card.txt, and fill it in")
    if asks:
        steps = _asked(printed, card_id)
    else:
        blank = hand_runs.card_as_printed(workspace, recipe, card_id, room=None, inputs={})
        steps = _ticked(filled, path, printed, blank.items if blank else ())
    started, ended, now = _times(workspace, filled, entry, asks=asks)
    hand = hand_runs.HandRun(
        card_id=card_id,
        recipe=recipe,
        steps=steps,
        started_at=started,
        ended_at=ended,
        entered_at=now,
        room=room,
        inputs=_inputs(recipe, given),
        done_by=filled.field("Done by") if filled else None,
        text=filled.text if filled else None,
    )
    return _tell(hand_runs.record_by_hand(workspace, hand, again=entry.again), entry)


def _tell(run: Run, entry: Entry) -> int:
    from avops.model.run import RunStatus
    from avops.report.diagnostics import visible
    from avops.report.run_json import run_fields, to_json

    if entry.as_json:
        print(to_json(run_fields(run)))
    else:
        print(f"Run {run.id} {run.status.value}, entered by hand")
        for cause in (run.error or "").split("; ") if run.error else ():
            print(f"  {visible(cause)}", file=sys.stderr)
    return 0 if run.status is RunStatus.SUCCESS else 1


def _filled(card: str) -> tuple[FilledCard | None, str]:
    """The filled card of a file or of standard input; None for what is the id of a card. DocumentError for a broken one."""
    from avops.report.card_reading import MAX_BYTES, read_card

    file = Path(card)
    if card != "-" and not file.is_file():
        return None, card
    try:
        if card == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with file.open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
        text = data.decode("utf-8")
    except OSError as error:
        raise AvopsError(f"'{card}' cannot be read: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError:
        raise UsageError(f"'{card}' is no text card", hint="a PDF or HTML card is for paper: type its id instead of the file") from None
    if len(data) > MAX_BYTES or text.lstrip().lower().startswith(("<!doctype", "%pdf")):
        raise UsageError(f"'{card}' is no text card", hint="a PDF or HTML card is for paper: type its id instead of the file")
    reading = read_card(text, card)
    if reading.diagnostics or reading.card is None:
        raise DocumentError(reading.diagnostics)
    return reading.card, card


def _typed_id(card: str) -> CardId:
    from avops.report.card import read_card_id

    try:
        return read_card_id(card)
    except UsageError as error:
        raise UsageError(f"'{card}' is neither a file nor a card's id", hint=error.hint) from error


def _room(workspace: Workspace, filled: FilledCard | None, given: str | None) -> str | None:
    """The key of the room on the card or of the option; UsageError when they differ."""
    written = filled.field("Room") if filled else None
    asked = workspace.room(given).key if given else None
    if not written:
        return asked
    try:
        key = workspace.room(written).key
    except NotFoundError:
        key = workspace.room(written.rpartition(" (")[0] or written).key
    if asked is not None and asked != key:
        raise UsageError(f"the card is about the room '{key}', not '{asked}'", hint="leave --room out")
    return key


def _given(filled: FilledCard | None, pairs: list[str]) -> dict[str, object]:
    """The inputs on the card, then those of the command line; lines that are still open count as none."""
    from avops.cli.run import gathered

    fields = filled.fields if filled else {}
    written = {name.removeprefix(_INPUT): value for name, value in fields.items() if name.startswith(_INPUT) and value.strip("_ ")}
    return {**written, **gathered(pairs, None)}


def _inputs(recipe: CardRecipe, given: dict[str, object]) -> dict[str, object]:
    from avops.project.documents import load_document
    from avops.wiring.cards import card_inputs

    loaded = load_document("recipe", recipe.text or "", recipe.path).value
    if loaded is None:
        return given
    values = card_inputs(loaded, given)
    return {name: value for name, value in values.items() if value is not None and not loaded.inputs[name].secret}


def _ticked(filled: FilledCard | None, path: str, printed: Card | None, blank: Sequence[CardItem]) -> list[HandStep]:
    """The boxes of a text card. DocumentError where it differs from the card that was printed."""
    from avops.report.card_reading import compared, items_of, joined_notes
    from avops.wiring.hand_runs import HandStep

    assert filled is not None
    if printed is None:
        return [
            HandStep(item=item, tick=box.tick, note=joined_notes("", box.notes))
            for item, box in zip(items_of(filled), filled.items, strict=True)
        ]
    notes, wrong = compared(filled, printed.items, path, blank)
    if wrong:
        raise DocumentError(wrong)
    ticks = {box.mark: box.tick for box in filled.items}
    return [HandStep(item=item, tick=ticks[item.mark], note=notes[item.mark]) for item in printed.items]


def _asked(printed: Card | None, card_id: CardId) -> list[HandStep]:
    """What a person says of each step of a card that is on paper."""
    from avops.report.diagnostics import visible

    if printed is None:
        raise UsageError(
            f"the steps of the card '{card_id}' are not known any more", hint="the recipe's old text is in no commit and no run"
        )
    print(f"{visible(printed.title)}, card {card_id}. For each step: {_CHOICES}.", file=sys.stderr)
    made = []
    for heading, items in printed.phases:
        print(f"\n{heading}", file=sys.stderr)
        made += [_ask(item) for item in items]
    return made


def _ask(item: CardItem) -> HandStep:
    import typer

    from avops.report.card_reading import Tick
    from avops.report.diagnostics import visible
    from avops.wiring.hand_runs import HandStep

    for detail in item.details:
        print(f"     | {visible(detail)}", file=sys.stderr)
    while True:
        said = str(typer.prompt(f"{item.mark} {visible(item.title)}", default="", show_default=False, err=True)).strip()
        word, note = said[:1].lower(), said[1:].strip()
        ticks: dict[str, Tick] = {"": Tick.OPEN, "x": Tick.DONE, "!": Tick.FAILED, "-": Tick.LEFT_OUT}
        if word in ticks and (len(said) < 2 or said[1] == " "):
            return HandStep(item=item, tick=ticks[word], note=note)
        print(f"expected: {_CHOICES}", file=sys.stderr)


def _times(workspace: Workspace, filled: FilledCard | None, entry: Entry, *, asks: bool) -> tuple[datetime, datetime, datetime]:
    """When the work began and ended, and what time it is. UsageError for what cannot be."""
    import typer

    from avops.cli.screen import zone_of
    from avops.project.clock import SystemClock

    zone, now = zone_of(workspace.timezone), SystemClock().now()
    began = entry.started or (filled.field("Started") if filled else None)
    if began is None and asks:
        began = str(typer.prompt("Started at (YYYY-MM-DD HH:MM)", err=True))
    if began is None:
        hint = "write it behind 'Started:', or add --started 'YYYY-MM-DD HH:MM'"
        raise UsageError("the card does not say when the work began", hint=hint)
    started = read_time(began, zone, now)
    stopped = entry.ended or (filled.field("Ended") if filled else None)
    ended = read_time(stopped, zone, started) if stopped else now
    if started > now or ended > now:
        raise UsageError(f"'{began if started > now else stopped}' lies in the future")
    if ended < started:
        raise UsageError(f"the end '{stopped}' lies before the start '{began}'")
    return started, ended, now


def read_time(text: str, zone: tzinfo, day: datetime) -> datetime:
    """The instant that a person wrote: ISO 8601, `YYYY-MM-DD HH:MM` in the project's zone, or `HH:MM` on the day of `day`."""
    import re
    from datetime import UTC, datetime

    said = text.strip()
    if re.fullmatch(r"\d{1,2}:\d\d(:\d\d)?", said):
        said = f"{day.astimezone(zone):%Y-%m-%d} {said.rjust(5, '0') if said.count(':') == 1 else said.rjust(8, '0')}"
    try:
        read = datetime.fromisoformat(said)
    except ValueError:
        raise UsageError(f"'{text.strip()}' is no time", hint="expected YYYY-MM-DD HH:MM, or HH:MM of the same day") from None
    if re.fullmatch(r"\d{4}-?\d\d-?\d\d", said):
        raise UsageError(f"'{text.strip()}' is a day, not a time", hint="expected YYYY-MM-DD HH:MM")
    return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
