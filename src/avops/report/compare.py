"""Where two runs of a recipe parted: the first step that went another way, and all that differed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.report.columns import Column, write_table
from avops.report.formats import RUN_STYLES, STEP_STYLES, duration, moment, on_one_line, run_mark, simulated_note, step_mark
from avops.report.run_steps import gather
from avops.report.sheet import ATTENTION, QUIET, STRONG, Page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from avops.model.run import Run, RunStart, StepRecord, StepStatus
    from avops.report.run_steps import StepView
    from avops.report.sheet import Sheet, Span

_DEPTH = 4
_MOST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two runs."""

    run: Run
    start: RunStart
    steps: Sequence[StepRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A step that did not go alike in both runs; `parted` when it took the runs different ways."""

    key: str
    name: str
    left: StepStatus | None
    right: StepStatus | None
    details: tuple[str, ...]

    @property
    def parted(self) -> bool:
        """True when its status differs: what it read or sent may differ without consequence."""
        return self.left is not self.right


def differences(left: Side, right: Side) -> list[Difference]:
    """The steps that differ in status, arguments, answer or error, in the order of the recipe."""
    ours = {view.key: view for view in gather(left.steps)}
    theirs = {view.key: view for view in gather(right.steps)}
    found = []
    for key in _merged(list(ours), list(theirs)):
        a, b = ours.get(key), theirs.get(key)
        details = tuple(_details(a, b)) if a and b else ()
        if a is None or b is None or a.status is not b.status or details:
            view = a or b
            assert view is not None
            found.append(
                Difference(
                    key=key, name=view.name + view.entry, left=a.status if a else None, right=b.status if b else None, details=details
                )
            )
    return found


def _merged(ours: list[str], theirs: list[str]) -> list[str]:
    """All keys: ours in their order, theirs after the key that they follow."""
    merged = list(ours)
    known = set(ours)
    position = 0
    for key in theirs:
        if key in known:
            position = merged.index(key, 0) + 1
        else:
            merged.insert(position, key)
            known.add(key)
            position += 1
    return merged


def _details(a: StepView, b: StepView) -> Iterator[str]:
    mine, other = a.last, b.last
    yield from _changes("sent", mine.intent.arguments, other.intent.arguments)
    yield from _changes("answered", _answer(a), _answer(b))
    if mine.error != other.error:
        yield f"error: {mine.error or 'none'} / {other.error or 'none'}"


def _answer(view: StepView) -> object:
    readings = view.parts.get("reading")
    return readings[-1].value if readings else view.last.value


def _changes(label: str, a: object, b: object) -> Iterator[str]:
    changed = list(_walk(a, b, "", 0))
    for path, before, after in changed[:_MOST]:
        yield f"{label}{' ' + path if path else ''}: {on_one_line(before)} / {on_one_line(after)}"
    if len(changed) > _MOST:
        yield f"{label}: and {len(changed) - _MOST} more"


def _walk(a: object, b: object, path: str, depth: int) -> Iterator[tuple[str, object, object]]:
    if a == b and type(a) is type(b):
        return
    if isinstance(a, dict) and isinstance(b, dict) and depth < _DEPTH:
        for name in dict.fromkeys([*a, *b]):
            yield from _walk(a.get(name), b.get(name), f"{path}.{name}".lstrip("."), depth + 1)
        return
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b) and depth < _DEPTH:
        for index, (one, other) in enumerate(zip(a, b, strict=True)):
            yield from _walk(one, other, f"{path}[{index}]", depth + 1)
        return
    yield path, a, b


def compare_page(sheet: Sheet, left: Side, right: Side) -> Page:
    """Both runs side by side, then where they parted, then all that differed."""
    page = Page(sheet)
    page.line((f"Run {left.run.id} and run {right.run.id}", STRONG), f"  {left.run.recipe}")
    page.blank()
    write_table(
        page,
        [Column(title=title) for title in ("Run", "Status", "Room", "Started", "Took")],
        [_side(sheet, side.run) for side in (left, right)],
    )
    _beginnings(page, left.start, right.start)
    found = differences(left, right)
    page.blank()
    first = next((difference for difference in found if difference.parted), None)
    if first is not None:
        page.line(("They part at ", ""), (f"{first.key} {first.name}", STRONG))
    else:
        page.line("Every step went the same way" + (", though not with the same values." if found else ", with the same values."))
    for difference in found:
        _write(page, difference)
    return page


def _side(sheet: Sheet, run: Run) -> list[Span]:
    note = simulated_note(run.simulated)
    status = f"{run_mark(run.status, sheet.glyphs)} {run.status.value}{' ' + note if note else ''}"
    return [str(run.id), (status, RUN_STYLES[run.status]), run.room or "", moment(run.started_at, sheet.zone), duration(run.duration_s)]


def _beginnings(page: Page, left: RunStart, right: RunStart) -> None:
    """What the runs started from: inputs and documents that differ."""
    changes = list(_changes("input", dict(left.inputs), dict(right.inputs)))
    changes += [f"document: {path}" for path in _changed(left.texts, right.texts)]
    if changes:
        page.blank()
        page.line(("They started from different things", ATTENTION))
        for change in changes:
            page.line(change, indent=2)


def _changed(left: Mapping[str, str], right: Mapping[str, str]) -> list[str]:
    words = {(True, False): "only in the first", (False, True): "only in the second"}
    return [
        f"{path}, {words.get((path in left, path in right), 'changed')}"
        for path in sorted({*left, *right})
        if left.get(path) != right.get(path)
    ]


def _write(page: Page, difference: Difference) -> None:
    glyphs = page.sheet.glyphs

    def told(status: StepStatus | None) -> tuple[str, str]:
        return ("not there", QUIET) if status is None else (f"{step_mark(status, glyphs)} {status.value}", STEP_STYLES[status])

    page.blank()
    left, right = told(difference.left), told(difference.right)
    page.line(difference.name, "  ", left, (" / ", QUIET), right, (f"  {difference.key}", QUIET), indent=2)
    for detail in difference.details:
        page.paragraph(detail, QUIET, indent=6)


def compare_document(left: Side, right: Side) -> dict[str, object]:
    """The same as plain data."""
    found = differences(left, right)
    first = next((difference.key for difference in found if difference.parted), None)
    return {
        "runs": [left.run.id, right.run.id],
        "parted_at": first,
        "documents": _changed(left.start.texts, right.start.texts),
        "differences": [
            {
                "key": one.key,
                "name": one.name,
                "statuses": [one.left.value if one.left else None, one.right.value if one.right else None],
                "details": list(one.details),
            }
            for one in found
        ],
    }
