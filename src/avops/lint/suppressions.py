"""`# avops: ignore[rule] reason`: findings that a person has looked at and accepted, with the reason beside them.

On the line of a finding, or alone on the line above it. On the first line of a step, or alone above a step, it holds
for the whole step.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.model.effect import Phase
from avops.project.suggestions import did_you_mean
from avops.project.yaml_positions import positions
from avops.project.yaml_source import Span, diagnostic, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from avops.lint.rule import Path
    from avops.model.diagnostic import Diagnostic

MARK = "avops: ignore"
MOST_COMMENTS = 500
"""Comments of one file that are read."""
_COMMENT = re.compile(r"(?:^|\s)#\s*avops: ignore(?:\[(?P<rules>[^\]]*)\])?(?P<reason>[^#]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One comment: which rules it silences, on which lines (both ends included)."""

    rules: tuple[str, ...]
    reason: str
    span: Span
    first: int
    last: int

    def covers(self, found: Diagnostic, names: Mapping[str, tuple[str, ...]]) -> bool:
        """True when it silences this finding."""
        return self.first <= found.line <= self.last and any(found.rule in names.get(word.casefold(), ()) for word in self.rules)


def suppressions(text: str) -> list[Suppression]:
    """The comments of a text that silence rules."""
    if MARK not in text:
        return []
    lines = lines_of(text)
    steps, following = _steps(text), _following(lines)
    found: list[Suppression] = []
    for number, line in enumerate(lines, start=1):
        match = _COMMENT.search(line) if MARK in line else None
        if match is None:
            continue
        if len(found) == MOST_COMMENTS:
            break
        start = line.index("#", match.start())
        rules = tuple(word.strip() for word in (match["rules"] or "").split(",") if word.strip())
        covered = number if line[:start].strip() else following[number]
        span = Span(number, start + 1, number, max(len(line.rstrip()) + 1, start + 2))
        last = steps.get(covered, covered)
        found.append(Suppression(rules=rules, reason=match["reason"].strip(), span=span, first=covered, last=last))
    return found


def _following(lines: Sequence[str]) -> list[int]:
    """For each line, counted from 1, the next one that says something; itself where there is none."""
    following = list(range(len(lines) + 1))
    for number in range(len(lines) - 1, 0, -1):
        content = lines[number].strip()
        following[number] = number + 1 if content and not content.startswith("#") else following[number + 1]
    return following


def _steps(text: str) -> dict[int, int]:
    """The last line of each step, by its first."""
    places = positions(text)
    found: dict[int, int] = {}
    parents: list[Path] = [(phase.value,) for phase in Phase]
    for parent in (*parents, ("guardrails", "rollback_actions")):
        index = 0
        while (path := (*parent, index)) in places:
            span = places.value(path)
            found[span.line] = span.end_line
            index += 1
    return found


def apply(
    text: str,
    path: str,
    found: Iterable[Diagnostic],
    names: Mapping[str, tuple[str, ...]],
    blind: frozenset[str] = frozenset(),
) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """The findings that stay, those of the comments themselves among them, and those that are silenced.

    `blind` are the rules that may find something once the project is sound: a comment about one of them is not called unused.
    """
    comments = suppressions(text)
    if not comments:
        return list(found), []
    kept, silenced, used = [], [], set()
    for each in found:
        by = next((index for index, comment in enumerate(comments) if comment.covers(each, names)), None)
        if by is None:
            kept.append(each)
        else:
            silenced.append(each)
            used.add(by)
    for index, comment in enumerate(comments):
        is_open = any(name in blind for word in comment.rules for name in names.get(word.casefold(), ()))
        kept += _judged(comment, index in used or is_open, text, path, names)
    return kept, silenced


def _judged(comment: Suppression, is_used: bool, text: str, path: str, names: Mapping[str, tuple[str, ...]]) -> list[Diagnostic]:
    if not comment.rules:
        hint = "write '# avops: ignore[RULE] reason'"
        return [diagnostic(path, text, "unknown-ignore", "this comment names no rule", comment.span, hint=hint)]
    unknown = [word for word in comment.rules if word.casefold() not in names]
    said = [
        diagnostic(path, text, "unknown-ignore", f"no rule is called '{word}'", comment.span, hint=did_you_mean(word, names))
        for word in unknown
    ]
    if not unknown and not is_used:
        shown = ", ".join(comment.rules)
        said.append(diagnostic(path, text, "unused-ignore", f"nothing here is found by {shown}", comment.span, hint="take the comment out"))
    if not comment.reason:
        message = "this comment gives no reason"
        said.append(diagnostic(path, text, "ignore-reason", message, comment.span, hint="write why after the bracket"))
    return said
