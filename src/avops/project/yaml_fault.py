"""Where libyaml stopped, and what was found there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slip:
    """What was found: lines and columns count from 0, as libyaml counts."""

    rule: str
    message: str
    hint: str | None
    line: int
    column: int
    end: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Where libyaml stopped (`line`, `column`), and where the thing that it was reading began."""

    lines: tuple[str, ...]
    problem: str
    context: str
    line: int
    column: int
    context_line: int
    context_column: int

    def text(self, line: int | None = None) -> str:
        number = self.line if line is None else line
        return self.lines[number] if number < len(self.lines) else ""

    def above(self, line: int) -> tuple[int, str]:
        """The nearest line above `line` that says something, and its number; -1 without one."""
        while line > 0:
            line -= 1
            text = self.text(line)
            if text.strip() and not text.lstrip().startswith("#"):
                return line, text
        return -1, ""
