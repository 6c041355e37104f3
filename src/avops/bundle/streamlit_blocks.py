"""The parts of a Streamlit recipe that are no steps: inputs, guardrails, success metrics, outputs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from avops.bundle.streamlit_desk import all_comments
from avops.bundle.streamlit_names import identifier
from avops.bundle.streamlit_steps import BARE, map_step
from avops.bundle.yaml_lines import entry, inline

if TYPE_CHECKING:
    from avops.bundle.streamlit_desk import Desk, Place

    Rows: TypeAlias = list[tuple[Place, list[str]]]

_TARGET = re.compile(r"^\s*([A-Za-z][\w .-]{0,80}?)\s*(<=|>=|==|<|>)\s*(-?\d+(?:\.\d+)?)\s*(?:s|sec|seconds|min|%)?\s*$")
_TYPES = {"str": "string", "text": "string", "int": "integer", "float": "number", "bool": "boolean", "array": "list"}
_KNOWN_TYPES = ("string", "number", "integer", "boolean", "list")


def inputs_of(desk: Desk, given: object) -> Rows:
    """The lines of each input; from now on its old name means it."""
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
        return [(("inputs",), desk.keep(("inputs",), "inputs", given, indent=2))]
    made: Rows = []
    taken: set[str] = set()
    for old, spec in entries.items():
        own = identifier(str(old))
        place: Place = ("inputs", str(old))
        if not own or own in taken:
            made.append((place, desk.keep(place, str(old), spec, "the input's name cannot be a name here", 2)))
            continue
        taken.add(own)
        desk.names.inputs[str(old)] = own
        made.append((place, _input(desk, place, own, spec)))
        if own != str(old):
            desk.note(place, f"the input '{old}' is called '{own}' here")
    return made


def _input(desk: Desk, place: Place, own: str, spec: object) -> list[str]:
    if not isinstance(spec, dict):
        spec = {} if spec is None else {"default": spec}
    fields: dict[str, object] = {}
    left: dict[str, object] = {}
    plain = desk.levels.get(place, 0)
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
    kept = [line for key, value in left.items() for line in desk.keep((*place, key), key, value, indent=2)]
    return [*kept, *entry(own, fields, 2)]


def guardrails_of(desk: Desk, given: object) -> Rows:
    """The lines of the guardrails, from a mapping, or from a list of mappings with one key or more."""
    if given is None:
        return []
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
    made: Rows = []
    rollback: Rows = []
    done: set[str] = set()
    for at, key, value in pairs:
        if value is None:
            continue
        rule = _guardrail(key, value) if not desk.levels.get(at) else None
        if rule is not None and rule[0] not in done:
            done.add(rule[0])
            made.append((at, [f"  {rule[0]}: {inline(rule[1])}"]))
        elif key in ("rollback", "rollback_actions", "rollbacks", "on_failure"):
            rollback += _rollback(desk, at, value)
        else:
            made.append((at, desk.keep(at, key, value, indent=2)))
    real = [each for each in rollback if not all_comments(each[1])]
    if real:
        made.append((place, ["  rollback_actions:"]))
    else:
        rollback = [(at, [line[2:] for line in lines]) for at, lines in rollback]
    made += rollback
    return made


def _guardrail(key: str, value: object) -> tuple[str, object] | None:
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


def _rollback(desk: Desk, place: Place, given: object) -> Rows:
    """Rollback actions: those that are a call or a message; a recipe here takes no others."""
    made: Rows = []
    for index, each in enumerate(given if isinstance(given, list) else [given]):
        at: Place = (*place, index) if isinstance(given, list) else place
        item = {"action": each} if isinstance(each, str) else each
        mapped = map_step(item, "act", desk.names, desk.tools) if isinstance(item, dict) and not desk.levels.get(at) else None
        if mapped is not None and ("tool" in mapped.rows or "notify" in mapped.rows):
            mapped.rows.pop("id", None)
            made.append((at, desk.step_lines(at, mapped, 4)))
        elif each is not None:
            why = "a rollback action is a tool's action or a message; write this one by hand"
            made.append((at, desk.keep(at, "rollback", each, why, 4)))
    return made


def metrics_of(desk: Desk, given: object) -> Rows:
    """The lines of each success metric."""
    if given is None:
        return []
    entries: list[tuple[Place, object]] = []
    place: Place = ("success_metrics",)
    if isinstance(given, dict):
        entries = [((*place, key), {"metric": key, "target": value}) for key, value in given.items()]
    else:
        entries = [((*place, index), each) for index, each in enumerate(given if isinstance(given, list) else [given])]
    made: Rows = []
    for at, each in entries:
        if each is None:
            continue
        target = _target(each) if not desk.levels.get(at) else None
        if target is None:
            made.append((at, desk.keep(at, "metric", each, "a success metric has a figure and a target such as '<= 300'", 2)))
        else:
            made.append((at, [f"  - {inline(target)}"]))
    return made


def outputs_of(desk: Desk, given: object) -> Rows:
    """The lines of each output that can be computed here; the others as comments."""
    if given is None:
        return []
    entries: dict[str, object] = {}
    if isinstance(given, dict):
        entries = given
    elif isinstance(given, list) and all(isinstance(each, str) for each in given):
        entries = {each: each for each in given}
    else:
        return [(("outputs",), desk.keep(("outputs",), "outputs", given, indent=2))]
    made: Rows = []
    taken: set[str] = set()
    for name, value in entries.items():
        place: Place = ("outputs", str(name))
        own = identifier(str(name))
        expression = desk.names.expression(value) if isinstance(value, str) and not desk.levels.get(place) else None
        if not own or own in taken or expression is None:
            made.append((place, desk.keep(place, str(name), value, "this output cannot be computed here", 2)))
            continue
        taken.add(own)
        made.append((place, [f"  {own}: {inline(expression)}"]))
    return made


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
