"""A recipe of the Streamlit app as a draft here: its two shapes, and a mere note of what has neither."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from avops.bundle.outcome import Note
from avops.bundle.streamlit_blocks import guardrails_of, inputs_of, metrics_of, outputs_of
from avops.bundle.streamlit_desk import Desk, all_comments
from avops.bundle.streamlit_steps import map_step
from avops.bundle.yaml_lines import comment, comments, entry, inline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from avops.bundle.streamlit_blocks import Rows
    from avops.bundle.streamlit_desk import Place
    from avops.bundle.streamlit_steps import ToolNames

PHASES = ("intake", "plan", "act", "verify")
SCHEMA_LINE = "# yaml-language-server: $schema=../schemas/recipe.schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The text of a recipe, and which of its lines came from where; `calls` are the actions it calls."""

    text: str
    notes: tuple[Note, ...]
    spans: tuple[tuple[int, int, Place], ...]
    """First and last line, and the place in the original; the innermost comes last."""
    calls: tuple[tuple[str, str], ...]

    def place_at(self, line: int) -> Place | None:
        """What of the original stands on a line."""
        found = [place for first, last, place in self.spans if first <= line <= last]
        return found[-1] if found else None


def map_recipe(data: Mapping[str, Any], source: str, *, entry_name: str, name: str, tools: ToolNames, levels: Mapping[Place, int]) -> Draft:
    """The draft that a recipe's data makes; `levels` says how far each place is taken back towards plain words."""
    recipe = _Recipe(source, entry_name, tools, levels)
    recipe.write(dict(data), name)
    return recipe.draft()


def map_nothing(source: str, entry_name: str, name: str, why: str) -> Draft:
    """A draft that holds the original as a comment, for a text that says nothing that can be mapped."""
    lines = [
        SCHEMA_LINE,
        f"# Imported from the AV-AIops Streamlit app ({entry_name}). A person writes it anew before `draft` goes.",
        f"name: {inline(name)}",
        "draft: true",
        "",
        "verify:",
        "  - confirm: The procedure in the comment below was carried out and worked",
        "",
        *comment(why),
        *comment(source),
    ]
    note = Note(entry=entry_name, message=why, kept=True)
    return Draft(text="\n".join(lines) + "\n", notes=(note,), spans=(), calls=())


@dataclass(kw_only=True, eq=False)
class _Writer:
    """Lines with the places they came from."""

    lines: list[str] = field(default_factory=list)
    spans: list[tuple[int, int, Place]] = field(default_factory=list)

    def put(self, lines: Iterable[str], place: Place | None = None) -> None:
        first = len(self.lines) + 1
        self.lines += lines
        if place is not None and len(self.lines) >= first:
            self.spans.append((first, len(self.lines), place))


class _Recipe:
    """One recipe on its way."""

    def __init__(self, source: str, entry_name: str, tools: ToolNames, levels: Mapping[Place, int]) -> None:
        self.desk = Desk(source, entry_name, tools, levels)
        self.out = _Writer()

    def draft(self) -> Draft:
        self.out.put(comments((text for _, text in self.desk.remarks)))
        text = "\n".join(self.out.lines) + "\n"
        return Draft(text=text, notes=tuple(self.desk.notes), spans=tuple(self.out.spans), calls=tuple(self.desk.calls))

    # The parts, in the order in which a recipe has them.

    def write(self, data: dict[str, Any], name: str) -> None:
        inputs = inputs_of(self.desk, data.pop("inputs", None))
        steps = self._phases(data)
        outputs = outputs_of(self.desk, data.pop("outputs", None))
        out = self.out
        out.put([SCHEMA_LINE, f"# Imported from the AV-AIops Streamlit app ({self.desk.entry}). A person reviews it before `draft` goes."])
        self._head(data, name)
        guardrails = guardrails_of(self.desk, data.pop("guardrails", None))
        metrics = metrics_of(self.desk, data.pop("success_metrics", None))
        for key, value in data.items():
            if value is not None:
                out.put(self.desk.keep((key,), str(key), value))
        undeclared = [
            (("inputs", old), [f"  {new}: {{description: {inline('Used by the steps, and declared nowhere')}}}"])
            for old, new in self.desk.names.undeclared.items()
        ]
        for old in self.desk.names.undeclared:
            self.desk.note(("inputs",), f"the input '{old}' is used and not declared: it is declared now")
        self._section("inputs:", [*inputs, *undeclared])
        self._section("guardrails:", guardrails)
        self._section("success_metrics:", metrics)
        for phase in PHASES:
            self._section(f"{phase}:", steps[phase])
        self._section("outputs:", outputs)

    def _section(self, title: str, rows: Rows) -> None:
        """A part with its title; without the title where only comments are left of it."""
        if rows:
            self.out.put(["", title] if any(not all_comments(lines) for _, lines in rows) else [""])
        for place, lines in rows:
            self.out.put(lines, place)

    def _head(self, data: dict[str, Any], name: str) -> None:
        out = self.out
        own = data.pop("name", data.pop("title", None))
        if isinstance(own, str) and own.strip() != name:
            out.put(self.desk.keep(("name",), "name", own, "it has another name in recipes.json"))
        out.put([f"name: {inline(name)}"], ("name",))
        told = data.pop("description", None)
        if isinstance(told, str) and told.strip():
            if len(told) <= 5000 and not self.desk.levels.get(("description",)):
                out.put(entry("description", told.strip()), ("description",))
            else:
                out.put(self.desk.keep(("description",), "description", told))
        elif told is not None:
            out.put(self.desk.keep(("description",), "description", told))
        version = data.get("version")
        if isinstance(version, int) and not isinstance(version, bool) and version >= 1:
            out.put([f"version: {data.pop('version')}"])
        for key, fits in (("owner", _is_text), ("tags", _is_texts)):
            if fits(data.get(key)) and not self.desk.levels.get((key,)):
                out.put(entry(key, data.pop(key)), (key,))
        out.put(["draft: true"])

    def _phases(self, data: dict[str, Any]) -> dict[str, Rows]:
        """The lines of all steps. `steps:` are readings up to the first that is more, then Act."""
        made: dict[str, Rows] = {phase: [] for phase in PHASES}
        for phase in PHASES[:-1]:
            made[phase] += self._list(data.pop(phase, None), (phase,), phase)
        reading = not made["act"]
        steps = data.pop("steps", None)
        for place, each in _entries(steps, ("steps",)):
            if _says_nothing(each):
                made["act"].append((place, self.desk.keep(place, "step", each, "this step says nothing", 2)))
                continue
            said = each.get("phase") if isinstance(each, dict) else None
            own = said.lower() if isinstance(said, str) and said.lower() in PHASES else None
            item = {key: value for key, value in each.items() if key != "phase"} if own and isinstance(each, dict) else each
            mapped = map_step(item, own or "act", self.desk.names, self.desk.tools, level=self.desk.levels.get(place, 0))
            reading = reading and (mapped.reads or "ask" in mapped.rows)
            phase = own or ("intake" if reading else "act")
            made[phase].append((place, self.desk.step_lines(place, mapped, 2)))
        made["verify"] += self._list(data.pop("verify", None), ("verify",), "verify")
        return made

    def _list(self, given: object, place: Place, phase: str) -> Rows:
        made = []
        for at, each in _entries(given, place):
            if _says_nothing(each):
                made.append((at, self.desk.keep(at, "step", each, "this step says nothing", 2)))
                continue
            item = {"check": each} if phase == "verify" and isinstance(each, str) else each
            if phase == "verify" and isinstance(item, dict) and "step" in item and len(item) == 1:
                item = {"confirm": item["step"]}
            mapped = map_step(item, phase, self.desk.names, self.desk.tools, level=self.desk.levels.get(at, 0))
            made.append((at, self.desk.step_lines(at, mapped, 2)))
        return made


def _entries(given: object, place: Place) -> list[tuple[Place, Any]]:
    """The entries of a list of steps with their places; a lone one, and the values of a mapping, are entries too."""
    if given is None:
        return []
    if isinstance(given, list):
        return [((*place, index), each) for index, each in enumerate(given) if each is not None]
    if isinstance(given, dict):
        return [((*place, str(key)), {key: value}) for key, value in given.items() if value is not None]
    return [(place, given)]


def _says_nothing(step: object) -> bool:
    return step in ("", [], {}) or (isinstance(step, dict) and all(each in (None, "", [], {}) for each in step.values()))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)
