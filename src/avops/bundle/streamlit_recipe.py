"""A recipe of the Streamlit app as a draft here: its two shapes, and a mere note of what has neither."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from avops.bundle.outcome import Note
from avops.bundle.streamlit_names import Names, identifier
from avops.bundle.streamlit_steps import BARE, ToolNames, map_step
from avops.bundle.yaml_lines import comment, comments, entry, inline, mapping_item
from avops.project.yaml_positions import positions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from avops.bundle.streamlit_steps import Mapped
    from avops.project.yaml_positions import Positions

Place: TypeAlias = tuple[str | int, ...]
PHASES = ("intake", "plan", "act", "verify")
SCHEMA_LINE = "# yaml-language-server: $schema=../schemas/recipe.schema.json"
_TARGET = re.compile(r"^\s*([A-Za-z][\w .-]{0,80}?)\s*(<=|>=|==|<|>)\s*(-?\d+(?:\.\d+)?)\s*(?:s|sec|seconds|min|%)?\s*$")
_TYPES = {"str": "string", "text": "string", "int": "integer", "float": "number", "bool": "boolean", "array": "list"}
_KNOWN_TYPES = ("string", "number", "integer", "boolean", "list")
_ORIGINAL_SHOWN = 300


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
        self.entry = entry_name
        self.tools = tools
        self.levels = levels
        self.names = Names()
        self.notes: list[Note] = []
        self.calls: dict[tuple[str, str], None] = {}
        self.out = _Writer()
        self.places: Positions = positions(source)
        self.remarks = _remarks(source)

    def draft(self) -> Draft:
        self.out.put(comments((text for _, text in self.remarks)))
        text = "\n".join(self.out.lines) + "\n"
        return Draft(text=text, notes=tuple(self.notes), spans=tuple(self.out.spans), calls=tuple(self.calls))

    def note(self, place: Place, message: str, original: object = None) -> None:
        """Something that is kept as a comment, and told."""
        shown = None if original is None else inline(original)
        if shown is not None and len(shown) > _ORIGINAL_SHOWN:
            shown = f"{shown[: _ORIGINAL_SHOWN - 1]}…"
        line = self.places.key(place).line
        self.notes.append(Note(entry=self.entry, line=line, message=message, original=shown, kept=True))

    def keep(self, place: Place, key: str, value: object, message: str | None = None, indent: int = 0) -> list[str]:
        """The comment that a value becomes."""
        self.note(place, message or f"'{key}' has no place here", value)
        return comment(f"{key}: {inline(value)}", indent)

    def remarks_before(self, place: Place, indent: int) -> list[str]:
        """The comments of the original that stand above a place, and were not written yet."""
        line = self.places.key(place).line
        told = [text for at, text in self.remarks if at < line]
        self.remarks = [(at, text) for at, text in self.remarks if at >= line]
        return comments(told, indent)

    # The parts, in the order in which a recipe has them.

    def write(self, data: dict[str, Any], name: str) -> None:
        self.inputs = self._inputs(data.pop("inputs", None))
        steps = self._phases(data)
        outputs = self._outputs(data.pop("outputs", None))
        out = self.out
        out.put([SCHEMA_LINE, f"# Imported from the AV-AIops Streamlit app ({self.entry}). A person reviews it before `draft` goes."])
        self._head(data, name)
        guardrails = self._guardrails(data.pop("guardrails", None))
        metrics = self._metrics(data.pop("success_metrics", None))
        for key, value in data.items():
            if value is not None:
                out.put(self.keep((key,), str(key), value))
        undeclared = [
            (("inputs", old), [f"  {new}: {{description: {inline('Used by the steps, and declared nowhere')}}}"])
            for old, new in self.names.undeclared.items()
        ]
        for old in self.names.undeclared:
            self.note(("inputs",), f"the input '{old}' is used and not declared: it is declared now")
        if self.inputs or undeclared:
            out.put(["", "inputs:"] if any(not _all_comments(lines) for _, lines in [*self.inputs, *undeclared]) else [""])
            for place, lines in [*self.inputs, *undeclared]:
                out.put(lines, place)
        for block in (guardrails, metrics):
            if block:
                out.put(["", *block[0]])
                for place, lines in block[1]:
                    out.put(lines, place)
        for phase in PHASES:
            if steps[phase]:
                real = any(not _all_comments(lines) for _, lines in steps[phase])
                out.put(["", f"{phase}:"] if real else [""])
                for place, lines in steps[phase]:
                    out.put(lines, place)
        if outputs:
            out.put(["", "outputs:"] if any(not _all_comments(lines) for _, lines in outputs) else [""])
            for place, lines in outputs:
                out.put(lines, place)

    def _head(self, data: dict[str, Any], name: str) -> None:
        out = self.out
        own = data.pop("name", data.pop("title", None))
        if isinstance(own, str) and own.strip() != name:
            out.put(self.keep(("name",), "name", own, "it has another name in recipes.json"))
        out.put([f"name: {inline(name)}"], ("name",))
        told = data.pop("description", None)
        if isinstance(told, str) and told.strip():
            if len(told) <= 5000 and not self.levels.get(("description",)):
                out.put(entry("description", told.strip()), ("description",))
            else:
                out.put(self.keep(("description",), "description", told))
        elif told is not None:
            out.put(self.keep(("description",), "description", told))
        version = data.get("version")
        if isinstance(version, int) and not isinstance(version, bool) and version >= 1:
            out.put([f"version: {data.pop('version')}"])
        for key, fits in (("owner", _is_text), ("tags", _is_texts)):
            if fits(data.get(key)) and not self.levels.get((key,)):
                out.put(entry(key, data.pop(key)), (key,))
        out.put(["draft: true"])

    def _inputs(self, given: object) -> list[tuple[Place, list[str]]]:
        if given is None:
            return []
        entries: dict[str, Any] = {}
        if isinstance(given, dict):
            entries = given
        elif isinstance(given, list):
            for each in given:
                if isinstance(each, str):
                    entries[each] = {}
                elif isinstance(each, dict) and isinstance(each.get("name"), str):
                    entries[each["name"]] = {key: value for key, value in each.items() if key != "name"}
                elif isinstance(each, dict) and len(each) == 1:
                    entries |= each
        else:
            return [(("inputs",), self.keep(("inputs",), "inputs", given, indent=2))]
        made: list[tuple[Place, list[str]]] = []
        taken: set[str] = set()
        for old, spec in entries.items():
            own = identifier(str(old))
            place: Place = ("inputs", str(old))
            if not own or own in taken:
                made.append((place, self.keep(place, str(old), spec, "the input's name cannot be a name here", 2)))
                continue
            taken.add(own)
            self.names.inputs[str(old)] = own
            made.append((place, self._input(place, own, spec)))
            if own != str(old):
                self.note(place, f"the input '{old}' is called '{own}' here")
        return made

    def _input(self, place: Place, own: str, spec: object) -> list[str]:
        if not isinstance(spec, dict):
            spec = {} if spec is None else {"default": spec}
        fields: dict[str, object] = {}
        left: dict[str, object] = {}
        plain = self.levels.get(place, 0)
        for key, value in spec.items():
            word = _TYPES.get(value.lower(), value.lower()) if key == "type" and isinstance(value, str) else None
            if word in _KNOWN_TYPES and not plain:
                fields["type"] = word
            elif _fits_input(key, value, plain):
                fields[key] = value
            elif value is not None:
                left[str(key)] = value
        if "type" not in fields and "default" in fields:
            kinds = {bool: "boolean", int: "integer", float: "number", list: "list"}
            kind = kinds.get(type(fields["default"]))
            if kind is not None:
                fields["type"] = kind
            elif not isinstance(fields["default"], str):
                left["default"] = fields.pop("default")
        kept = [line for key, value in left.items() for line in self.keep((*place, key), key, value, indent=2)]
        return [*kept, *entry(own, fields, 2)]

    def _guardrails(self, given: object) -> tuple[list[str], list[tuple[Place, list[str]]]] | None:
        """`guardrails:`, from a mapping, or from a list of mappings with one key or more."""
        if given is None:
            return None
        pairs: list[tuple[Place, str, Any]] = []
        place: Place = ("guardrails",)
        if isinstance(given, dict):
            pairs = [((*place, key), str(key), value) for key, value in given.items()]
        elif isinstance(given, list):
            for index, each in enumerate(given):
                if isinstance(each, dict):
                    pairs += [((*place, index, key), str(key), value) for key, value in each.items()]
                else:
                    pairs.append(((*place, index), "guardrail", each))
        else:
            pairs = [(place, "guardrails", given)]
        made: list[tuple[Place, list[str]]] = []
        rollback: list[tuple[Place, list[str]]] = []
        done: set[str] = set()
        for at, key, value in pairs:
            if value is None:
                continue
            rule = self._guardrail(key, value) if not self.levels.get(at) else None
            if rule is not None and rule[0] not in done:
                done.add(rule[0])
                made.append((at, [f"  {rule[0]}: {inline(rule[1])}"]))
            elif key in ("rollback", "rollback_actions", "rollbacks", "on_failure"):
                rollback += self._rollback(at, value)
            else:
                made.append((at, self.keep(at, key, value, indent=2)))
        real = [each for each in rollback if not _all_comments(each[1])]
        made += [(place, ["  rollback_actions:"])] if real else []
        made += rollback
        is_real = any(not _all_comments(lines) for _, lines in made)
        return (["guardrails:"] if is_real else [], made)

    def _guardrail(self, key: str, value: object) -> tuple[str, object] | None:
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
        if isinstance(value, str) and re.fullmatch(r"\d{1,6}", value.strip()):
            number = int(value)
        if number is None or number <= 0:
            return None
        minutes = {"timeout_minutes": number, "timeout_min": number, "timeout_s": number / 60, "timeout_seconds": number / 60}.get(key)
        if minutes is not None and minutes <= 7 * 24 * 60:
            return "timeout_minutes", int(minutes) if minutes == int(minutes) else round(minutes, 3)
        if key in ("retries", "max_retries") and isinstance(number, int) and number <= 20:
            return "retries", number
        return None

    def _rollback(self, place: Place, given: object) -> list[tuple[Place, list[str]]]:
        """Rollback actions: those that are a call or a message; a recipe here takes no others."""
        made: list[tuple[Place, list[str]]] = []
        for index, each in enumerate(given if isinstance(given, list) else [given]):
            at: Place = (*place, index) if isinstance(given, list) else place
            item = {"action": each} if isinstance(each, str) else each
            mapped = map_step(item, "act", self.names, self.tools) if isinstance(item, dict) and not self.levels.get(at) else None
            if mapped is not None and ("tool" in mapped.rows or "notify" in mapped.rows):
                mapped.rows.pop("id", None)
                made.append((at, self._step_lines(at, mapped, 4)))
            elif each is not None:
                why = "a rollback action is a tool's action or a message; write this one by hand"
                made.append((at, self.keep(at, "rollback", each, why, 4)))
        return made

    def _metrics(self, given: object) -> tuple[list[str], list[tuple[Place, list[str]]]] | None:
        if given is None:
            return None
        entries: list[tuple[Place, object]] = []
        place: Place = ("success_metrics",)
        if isinstance(given, dict):
            entries = [((*place, key), {"metric": key, "target": value}) for key, value in given.items()]
        else:
            entries = [((*place, index), each) for index, each in enumerate(given if isinstance(given, list) else [given])]
        made: list[tuple[Place, list[str]]] = []
        for at, each in entries:
            if each is None:
                continue
            target = _target(each) if not self.levels.get(at) else None
            if target is None:
                made.append((at, self.keep(at, "metric", each, "a success metric has a figure and a target such as '<= 300'", 2)))
            else:
                made.append((at, [f"  - {inline(target)}"]))
        return (["success_metrics:"] if any(not _all_comments(lines) for _, lines in made) else [], made)

    def _phases(self, data: dict[str, Any]) -> dict[str, list[tuple[Place, list[str]]]]:
        """The lines of all steps. `steps:` are readings up to the first that is more, then Act."""
        made: dict[str, list[tuple[Place, list[str]]]] = {phase: [] for phase in PHASES}
        for phase in PHASES[:-1]:
            made[phase] += self._list(data.pop(phase, None), (phase,), phase)
        reading = not made["act"]
        steps = data.pop("steps", None)
        for place, each in _entries(steps, ("steps",)):
            if _says_nothing(each):
                made["act"].append((place, self.keep(place, "step", each, "this step says nothing", 2)))
                continue
            said = each.get("phase") if isinstance(each, dict) else None
            own = said.lower() if isinstance(said, str) and said.lower() in PHASES else None
            item = {key: value for key, value in each.items() if key != "phase"} if own and isinstance(each, dict) else each
            mapped = map_step(item, own or "act", self.names, self.tools, level=self.levels.get(place, 0))
            reading = reading and (mapped.reads or "ask" in mapped.rows)
            phase = own or ("intake" if reading else "act")
            made[phase].append((place, self._step_lines(place, mapped, 2)))
        made["verify"] += self._list(data.pop("verify", None), ("verify",), "verify")
        return made

    def _list(self, given: object, place: Place, phase: str) -> list[tuple[Place, list[str]]]:
        made = []
        for at, each in _entries(given, place):
            if _says_nothing(each):
                made.append((at, self.keep(at, "step", each, "this step says nothing", 2)))
                continue
            item = {"check": each} if phase == "verify" and isinstance(each, str) else each
            if phase == "verify" and isinstance(item, dict) and "step" in item and len(item) == 1:
                item = {"confirm": item["step"]}
            mapped = map_step(item, phase, self.names, self.tools, level=self.levels.get(at, 0))
            made.append((at, self._step_lines(at, mapped, 2)))
        return made

    def _step_lines(self, place: Place, mapped: Mapped, indent: int) -> list[str]:
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

    def _outputs(self, given: object) -> list[tuple[Place, list[str]]]:
        if given is None:
            return []
        entries: dict[str, object] = {}
        if isinstance(given, dict):
            entries = given
        elif isinstance(given, list) and all(isinstance(each, str) for each in given):
            entries = {each: each for each in given}
        else:
            return [(("outputs",), self.keep(("outputs",), "outputs", given, indent=2))]
        made: list[tuple[Place, list[str]]] = []
        taken: set[str] = set()
        for name, value in entries.items():
            place: Place = ("outputs", str(name))
            own = identifier(str(name))
            expression = self.names.expression(value) if isinstance(value, str) and not self.levels.get(place) else None
            if not own or own in taken or expression is None:
                made.append((place, self.keep(place, str(name), value, "this output cannot be computed here", 2)))
                continue
            taken.add(own)
            made.append((place, [f"  {own}: {inline(expression)}"]))
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


def _target(given: object) -> dict[str, object] | None:
    if isinstance(given, str):
        found = _TARGET.match(given)
    elif isinstance(given, dict) and isinstance(metric := given.get("metric", given.get("name")), str) and len(given) == 2:
        target = given.get("target")
        found = _TARGET.match(f"{metric} {target}") if isinstance(target, str) else None
    else:
        found = None
    return {"metric": found[1].strip(), "target": f"{found[2]} {found[3]}"} if found is not None else None


def _fits_input(key: str, value: object, plain: int) -> bool:
    """True for what an input here may say as well; one that lint has an error in keeps its description only."""
    if key == "description":
        return isinstance(value, str) and plain < BARE
    return not plain and ((key == "default" and value is not None) or (key == "required" and isinstance(value, bool)))


def _says_nothing(step: object) -> bool:
    return step in ("", [], {}) or (isinstance(step, dict) and all(each in (None, "", [], {}) for each in step.values()))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


def _all_comments(lines: list[str]) -> bool:
    return all(line.lstrip().startswith("#") for line in lines)


def _remarks(source: str) -> list[tuple[int, str]]:
    """The comments that stand alone on their lines."""
    found = []
    for number, line in enumerate(source.splitlines(), start=1):
        text = line.strip()
        if text.startswith("#") and "yaml-language-server" not in text and text.strip("# "):
            found.append((number, f"said: {text.lstrip('# ')}"))
    return found
