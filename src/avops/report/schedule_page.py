"""The schedule for people: the coming fires as a calendar, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.report.columns import GAP, Column, write_table
from avops.report.formats import duration, moment
from avops.report.sheet import ATTENTION, BAD, GOOD, QUIET, STRONG, Page, columns_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from avops.report.sheet import Sheet, Span

WEEK = 7
_NAME_LEAST = 14
_LISTED = 20
"""Lines of one kind that are shown; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFire:
    """A planned start; `reason` says why it will be left out, `overlaps` names the workflows under way at the same time."""

    workflow: str
    planned_at: datetime
    reason: str | None = None
    overlaps: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotLine:
    """Slots of one workflow that share what became of them."""

    workflow: str
    first: datetime
    last: datetime
    count: int
    what: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusLines:
    """How the schedule stands, ready to be written."""

    last_tick_at: datetime | None
    ago_s: float | None
    is_late: bool
    pause: str | None
    disabled: Sequence[tuple[str, str]]
    """Workflows that a person switched on or off, with the words."""
    lateness: str | None
    slots: Sequence[SlotLine]
    broken: Sequence[tuple[str, str]]


def preview_page(sheet: Sheet, fires: Sequence[PlannedFire], *, days: float, notes: Sequence[str] = (), each: bool = False) -> Page:
    """A calendar: a line per workflow, a column per day; with `each` a line per fire instead."""
    page = Page(sheet)
    if not fires:
        page.line((f"nothing is planned within {days:g} day{'' if days == 1 else 's'}", QUIET))
    elif each:
        _write_each(page, fires)
    else:
        _write_calendar(page, fires)
    if fires:
        page.blank()
        zone = getattr(sheet.zone, "key", None) or "UTC"
        page.line((sheet.glyphs.separator.join([f"times in {zone}", *_legend(fires)]), QUIET))
    for note in notes:
        page.paragraph(note, QUIET)
    return page


def _legend(fires: Sequence[PlannedFire]) -> list[str]:
    signs = ["! runs beside another"] if any(fire.overlaps for fire in fires) else []
    return [*signs, "x will be left out"] if any(fire.reason for fire in fires) else signs


def _write_calendar(page: Page, fires: Sequence[PlannedFire]) -> None:
    zone = page.sheet.zone
    by_day: dict[date, dict[str, list[PlannedFire]]] = {}
    for fire in fires:
        by_day.setdefault(fire.planned_at.astimezone(zone).date(), {}).setdefault(fire.workflow, []).append(fire)
    for days in _weeks(page, by_day):
        names = list(dict.fromkeys(name for day in days for name in by_day[day]))
        columns = [Column(title="Workflow", least=_NAME_LEAST), *(Column(title=_title(day)) for day in days)]
        rows: list[list[Span]] = [[name, *(_cell(page, by_day[day].get(name, [])) for day in days)] for name in sorted(names)]
        page.blank()
        write_table(page, columns, rows)
    _write_overlaps(page, fires)


def _weeks(page: Page, by_day: Mapping[date, Mapping[str, Sequence[PlannedFire]]]) -> Iterator[list[date]]:
    """The days in order, as many at once as the sheet is wide enough for, at least one and at most a week."""
    days: list[date] = []
    taken = _NAME_LEAST
    for day in sorted(by_day):
        cells = [_cell(page, fires) for fires in by_day[day].values()]
        texts = [cell if isinstance(cell, str) else cell[0] for cell in cells]
        width = max(columns_of(text) for text in [_title(day), *texts]) + GAP
        if days and (len(days) == WEEK or taken + width > page.sheet.width):
            yield days
            days, taken = [], _NAME_LEAST
        days.append(day)
        taken += width
    if days:
        yield days


def _title(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _cell(page: Page, fires: Sequence[PlannedFire]) -> Span:
    if not fires:
        return page.sheet.glyphs.none, QUIET
    first = fires[0].planned_at.astimezone(page.sheet.zone)
    text = f"{first:%H:%M}" if len(fires) == 1 else f"{first:%H:%M} {len(fires)}x"
    if all(fire.reason for fire in fires):
        return f"{text} x", QUIET
    if any(fire.overlaps for fire in fires):
        return f"{text} !", ATTENTION
    return text


def _write_overlaps(page: Page, fires: Sequence[PlannedFire]) -> None:
    """Which workflows meet, first and how often; and why some will be left out."""
    met: dict[tuple[str, ...], list[datetime]] = {}
    for fire in fires:
        for other in fire.overlaps:
            met.setdefault(tuple(sorted((fire.workflow, other))), []).append(fire.planned_at)
    if met:
        page.blank()
    for (one, other), times in sorted(met.items())[:_LISTED]:
        meetings = sorted(set(times))
        more = f" and {len(meetings) - 1} more" if len(meetings) > 1 else ""
        what = f"'{one}' meets its own run before it" if one == other else f"'{one}' and '{other}' run side by side"
        page.line(("! ", ATTENTION), f"{what}: {moment(meetings[0], page.sheet.zone)}{more}")
    reasons: dict[tuple[str, str], int] = {}
    for fire in fires:
        if fire.reason:
            reasons[fire.workflow, fire.reason] = reasons.get((fire.workflow, fire.reason), 0) + 1
    if reasons:
        page.blank()
    for (name, reason), count in sorted(reasons.items())[:_LISTED]:
        page.line(("x ", QUIET), f"'{name}' {count}x: {reason}")


def _write_each(page: Page, fires: Sequence[PlannedFire]) -> None:
    columns = [Column(title="When"), Column(title="Workflow", least=14), Column(title="", least=20)]
    rows: list[list[Span]] = []
    for fire in fires:
        local = fire.planned_at.astimezone(page.sheet.zone)
        said: Span = ""
        if fire.reason:
            said = (f"x {fire.reason}", QUIET)
        elif fire.overlaps:
            said = (f"! beside {', '.join(fire.overlaps)}", ATTENTION)
        rows.append([f"{local:%a} {moment(fire.planned_at, page.sheet.zone)}", fire.workflow, said])
    write_table(page, columns, rows)


def status_page(sheet: Sheet, status: StatusLines, *, since: str) -> Page:
    """How the schedule stands: the last tick, pauses, how late slots began, and slots that did not run."""
    page = Page(sheet)
    if status.last_tick_at is None or status.ago_s is None:
        page.line(("nobody has ticked here yet", BAD))
    else:
        ago = duration(max(status.ago_s, 0.0)) or "0 s"
        when = moment(status.last_tick_at, sheet.zone, seconds=True)
        page.line(("Last tick   ", STRONG), (f"{ago} ago", BAD if status.is_late else GOOD), (f"  {when}", QUIET))
    if status.pause:
        page.line(("Paused      ", STRONG), (status.pause, ATTENTION))
    if status.lateness:
        page.line(("Lateness    ", STRONG), status.lateness)
    for number, (name, words) in enumerate(status.disabled):
        page.line(("Overrides   " if not number else " " * 12, STRONG), f"{name}: {words}")
    if status.slots:
        page.blank()
        _write_slots(page, status.slots)
    else:
        page.line((f"no slot was missed, skipped or failed {since}", QUIET))
    for path, message in status.broken:
        page.line((f"{path} is broken: {message}", BAD))
    return page


def _write_slots(page: Page, slots: Sequence[SlotLine]) -> None:
    columns = [Column(title="Workflow", least=14), Column(title="Planned"), Column(title="Slots", right=True)]
    columns += [Column(title="", least=6), Column(title="Why", least=20)]
    rows: list[list[Span]] = []
    for slot in slots[:_LISTED]:
        planned = moment(slot.first, page.sheet.zone)
        if slot.last != slot.first:
            planned += f" to {moment(slot.last, page.sheet.zone)}"
        style = QUIET if slot.what == "skipped" else BAD if slot.what in ("missed", "failed") else ATTENTION
        rows.append([slot.workflow, (planned, QUIET), str(slot.count), (slot.what, style), (slot.reason, QUIET)])
    write_table(page, columns, rows)
    if len(slots) > _LISTED:
        page.line((f"and {len(slots) - _LISTED} more", QUIET))
