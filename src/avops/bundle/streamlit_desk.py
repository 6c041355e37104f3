"""What the parts of one Streamlit recipe share on their way: its names, its comments, and what there is to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from avops.bundle.outcome import Note
from avops.bundle.streamlit_names import Names
from avops.bundle.yaml_lines import comment, comments, inline, mapping_item
from avops.project.yaml_positions import positions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.bundle.streamlit_steps import Mapped, ToolNames

Place: TypeAlias = tuple[str | int, ...]
_ORIGINAL_SHOWN = 300


class Desk:
    """One recipe on its way: `levels` says how far each place is taken back, `calls` collects the actions it calls."""

    def __init__(self, source: str, entry_name: str, tools: ToolNames, levels: Mapping[Place, int]) -> None:
        self.entry = entry_name
        self.tools = tools
        self.levels = levels
        self.names = Names()
        self.notes: list[Note] = []
        self.calls: dict[tuple[str, str], None] = {}
        self.remarks = _remarks(source)
        self._places = positions(source)

    def note(self, place: Place, message: str, original: object = None) -> None:
        """Something that is kept as a comment, and told."""
        shown = None if original is None else inline(original)
        if shown is not None and len(shown) > _ORIGINAL_SHOWN:
            shown = f"{shown[: _ORIGINAL_SHOWN - 1]}…"
        line = self._places.key(place).line
        self.notes.append(Note(entry=self.entry, line=line, message=message, original=shown, kept=True))

    def keep(self, place: Place, key: str, value: object, message: str | None = None, indent: int = 0) -> list[str]:
        """The comment that a value becomes."""
        self.note(place, message or f"'{key}' has no place here", value)
        return comment(f"{key}: {inline(value)}", indent)

    def remarks_before(self, place: Place, indent: int) -> list[str]:
        """The comments of the original that stand above a place, and were not written yet."""
        line = self._places.key(place).line
        told = [text for at, text in self.remarks if at < line]
        self.remarks = [(at, text) for at, text in self.remarks if at >= line]
        return comments(told, indent)

    def step_lines(self, place: Place, mapped: Mapped, indent: int) -> list[str]:
        """The lines of a step, below the comments of the original that stand above it."""
        for message in dict.fromkeys(mapped.messages):
            self.note(place, message)
        if mapped.action is not None:
            self.calls[mapped.action.tool, mapped.action.name] = None
        elif "notify" in mapped.rows and isinstance(mapped.rows["notify"], dict):
            tool = next(iter(mapped.rows["notify"]))
            action = self.tools.notifying_action(tool)
            if action is not None:
                self.calls[tool, action] = None
        lines = self.remarks_before(place, indent)
        return [*lines, *comments(mapped.comments, indent), *mapping_item(mapped.rows, indent)]


def all_comments(lines: list[str]) -> bool:
    """True when nothing in the lines is said to a reader of YAML."""
    return all(line.lstrip().startswith("#") for line in lines)


def _remarks(source: str) -> list[tuple[int, str]]:
    """The comments that stand alone on their lines."""
    found = []
    for number, line in enumerate(source.splitlines(), start=1):
        text = line.strip()
        if text.startswith("#") and "yaml-language-server" not in text and text.strip("# "):
            found.append((number, f"said: {text.lstrip('# ')}"))
    return found
