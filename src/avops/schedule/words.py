"""A timing in words, for lists and cards."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from avops.schedule.cron import MONTHS, WEEKDAYS
from avops.schedule.triggers import ByCron, Every, Following, Never, Once

if TYPE_CHECKING:
    from avops.schedule.cron import CronLine
    from avops.schedule.triggers import Timing

_LISTED_TIMES = 6
_ORDINALS = ("first", "second", "third", "fourth", "fifth")


def describe(timing: Timing) -> str:
    """The timing in words, such as `every day at 06:00, Mon-Fri`; a cron line's zone is not part of it."""
    match timing:
        case Never():
            return "by hand"
        case Every(minutes):
            return f"every {_length(minutes)}"
        case Once(at):
            return f"once at {at:%Y-%m-%d %H:%M} UTC"
        case Following(workflow, "ended"):
            return f"after '{workflow}' has ended"
        case Following(workflow, on):
            return f"after '{workflow}' has ended as {on}"
        case ByCron(line, _):
            return _describe_line(line)


def _length(minutes: int) -> str:
    if minutes % 1440 == 0 and minutes > 1440:
        return f"{minutes // 1440} days"
    if minutes % 60 == 0 and minutes > 60:
        return f"{minutes // 60} h"
    return f"{minutes} min"


def _describe_line(line: CronLine) -> str:
    _, _, day, month, weekday = line.fields
    chosen = day != "*" or any(mark in weekday for mark in "L#")
    parts = [_times(line, "at" if chosen else "every day at"), _days(day, weekday), f"in {_months(month)}" if month != "*" else ""]
    return ", ".join(part for part in parts if part)


def _times(line: CronLine, when: str) -> str:
    times = line.times
    if len(times) <= _LISTED_TIMES:
        return f"{when} {_join([_clock(at) for at in times])}"
    steps = {later - earlier for earlier, later in pairwise(times)}
    over_midnight = 1440 - times[-1] + times[0]
    if steps == {over_midnight}:
        rhythm = f"every {_length(over_midnight)}"
        return rhythm if times[0] == 0 else f"{rhythm} from {_clock(times[0])}"
    if len(steps) == 1:
        return f"every {_length(steps.pop())} from {_clock(times[0])} to {_clock(times[-1])}"
    return f"{len(times)} times a day from {_clock(times[0])} to {_clock(times[-1])}"


def _days(day: str, weekday: str) -> str:
    if day == "*" and weekday == "*":
        return ""
    if day == "*":
        return _weekdays(weekday)
    if weekday == "*":
        return f"on {_month_days(day)}"
    # Debian's rule, see the head of cron.py.
    if day.startswith("*") or weekday.startswith("*"):
        return f"on {_month_days(day)} when it is {_weekdays(weekday)}"
    return f"on {_month_days(day)} or {_weekdays(weekday)}"


def _month_days(field: str) -> str:
    terms = []
    for term in field.split(","):
        match term:
            case "L":
                terms.append("the last day of the month")
            case "LW":
                terms.append("the last working day of the month")
            case _ if term.startswith("*/"):
                terms.append(f"every {term[2:]}. day of the month")
            case _:
                terms.append(f"day {term}")
    return _join(terms)


def _weekdays(field: str) -> str:
    return ", ".join(_weekday_term(term) for term in field.split(","))


def _weekday_term(term: str) -> str:
    if term.endswith("L"):
        return f"the last {_weekday(term[:-1])} of the month"
    if "#" in term:
        name, number = term.split("#")
        return f"the {_ORDINALS[int(number) - 1]} {_weekday(name)} of the month"
    span, _, step = term.partition("/")
    words = "any weekday" if span == "*" else "-".join(_weekday(end) for end in span.split("-"))
    return f"{words} in steps of {step}" if step else words


def _weekday(text: str) -> str:
    return (WEEKDAYS[int(text) % 7] if text.isdigit() else text).capitalize()


def _months(field: str) -> str:
    def name(text: str) -> str:
        return (MONTHS[int(text) - 1] if text.isdigit() else text).capitalize()

    terms = []
    for term in field.split(","):
        span, _, step = term.partition("/")
        words = "every month" if span == "*" else "-".join(name(end) for end in span.split("-"))
        terms.append(f"{words} in steps of {step}" if step else words)
    return ", ".join(terms)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _join(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
