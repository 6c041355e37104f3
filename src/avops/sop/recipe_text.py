"""The recipe as YAML text that reads well."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.sop.lazily import lazily
from avops.sop.sections import PHASES

if TYPE_CHECKING:
    from avops.sop.inputs import InputSpec
    from avops.sop.steps import DraftStep

SCHEMA = "../schemas/recipe.schema.json"
_PLAIN = lazily(r"^[A-Za-zÀ-ÿ(/$+.][^\n\t#]*$")
_FLOW_PLAIN = lazily(r"^[A-Za-zÀ-ÿ][\w ./()+-]*$")
_RESERVED = lazily(r"^(?:true|false|null|yes|no|on|off|y|n|~|[-+]?\.inf|\.nan|[-+]?[.\d][\d_.,:eExo+-]*)$", re.IGNORECASE)
_DURATION = lazily(r"^\d{1,9}(?:ms|s|m|h|d)$")
_UNPRINTABLE = lazily(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
WIDTH = 110


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeDraft:
    """All that is written down."""

    name: str
    description: str
    file: str
    sha256: str
    inputs: Sequence[InputSpec]
    steps: Sequence[DraftStep]
    guardrails: Sequence[str]
    rollback: Sequence[str]
    needs_room: bool


def write_recipe(draft: RecipeDraft) -> str:
    """The text of the recipe file, ending with a newline."""
    lines = [f"# yaml-language-server: $schema={SCHEMA}"]
    lines += _comments("Converted from an SOP. A person reviews it before `draft` goes.", ())
    lines += _comments("The SOP says what not to do:", draft.guardrails)
    lines += _comments("The SOP says how to go back:", draft.rollback)
    lines += [f"name: {scalar(draft.name)}", *_field("description", draft.description, 0), "draft: true"]
    lines.append(f"sop: {{file: {scalar(draft.file, flow=True)}, sha256: {scalar(draft.sha256, flow=True)}}}")
    if draft.needs_room:
        lines.append("room: required")
    if draft.inputs:
        lines += ["", "inputs:"]
        for spec in draft.inputs:
            lines.append(f"  {spec.name}: {_flow(_input(spec))}")
    lines += ["", "guardrails:", f"  timeout_minutes: {60 + _waits_min(draft.steps)}"]
    for phase in PHASES:
        steps = [step for step in draft.steps if step.phase == phase]
        if steps:
            lines += ["", f"{phase}:"]
            for step in steps:
                lines += _step(step, draft.file)
    return "\n".join(lines) + "\n"


def _waits_min(steps: Sequence[DraftStep]) -> int:
    """The minutes that the steps wait, where they leave too little of an hour for everything else."""
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
    waits = [re.fullmatch(r"(\d+)(ms|s|m|h|d)", str(step.value)) for step in steps if step.key == "wait"]
    minutes = round(sum(int(wait[1]) * units[wait[2]] for wait in waits if wait) / 60)
    return min(60 * 24 * 6, minutes) if minutes > 30 else 0


def _comments(title: str, entries: Iterable[str]) -> list[str]:
    rows = list(entries)
    if not rows and title.endswith(":"):
        return []
    return [f"# {title}", *(f"#   - {_one_line(entry)}" for entry in rows)]


def _one_line(text: str) -> str:
    return _UNPRINTABLE.sub(" ", " ".join(text.split()))


def _input(spec: InputSpec) -> dict[str, object]:
    fields: dict[str, object] = {}
    if spec.has_default:
        fields["default"] = spec.default
    fields["description"] = spec.description or spec.name.replace("_", " ")
    if spec.kind != "string":
        fields["type"] = spec.kind
    if spec.enum:
        fields["enum"] = list(spec.enum)
    if spec.secret:
        fields["secret"] = True
    if spec.optional and not spec.has_default:
        fields["required"] = False
    return fields


def _step(step: DraftStep, file: str) -> list[str]:
    rows: list[list[str]] = []
    if step.id:
        rows.append([f"id: {step.id}"])
    if step.name:
        rows.append(_field("name", step.name, 4))
    if step.when:
        rows.append(_field("when", step.when, 4))
    if isinstance(step.value, Mapping):
        rows.append([f"{step.key}: {_flow(step.value)}"])
    else:
        rows.append(_field(step.key, str(step.value), 4))
    if step.with_:
        rows.append([f"with: {_flow(step.with_)}"])
    if step.reading:
        rows.append([f"reading: {_flow(step.reading)}"])
    if step.expect:
        rows.append([f"expect: {_flow(step.expect)}"])
    if step.within:
        rows.append([f"within: {step.within}"])
    if step.hold:
        rows.append(["hold: true"])
    if step.undo:
        rows.append([f"undo: {step.undo}"])
    if step.why:
        rows.append(_field("why", step.why, 4))
    rows.append([f"source: {scalar(f'{file}:{step.line}')}"])
    out = [f"  # {_one_line(comment)}" for comment in step.comments]
    for number, field_lines in enumerate(rows):
        out.append(("  - " if number == 0 else "    ") + field_lines[0])
        out += field_lines[1:]
    return out


def _field(key: str, value: str, indent: int) -> list[str]:
    """`key: value`, folded or as a literal block where that reads better."""
    value = value.strip("\n")
    pad = " " * (indent + 2)
    printable = not _UNPRINTABLE.search(value) and value == value.strip() and "\t" not in value
    if printable and "\n" in value and not any(line != line.rstrip() for line in value.split("\n")):
        return [f"{key}: |-", *(pad + line if line else "" for line in value.split("\n"))]
    if printable and len(value) > WIDTH - indent - len(key) and "  " not in value and "\n" not in value:
        rows = textwrap.wrap(value, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
        if " ".join(rows) == value and len(rows) > 1 and not any(row.startswith((" ", "\t")) for row in rows):
            return [f"{key}: >-", *(pad + row for row in rows)]
    return [f"{key}: {scalar(value)}"]


def scalar(value: object, *, flow: bool = False) -> str:
    """`value` as a YAML scalar, quoted only where it must be."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, (int, float)):
        return str(value)
    text = str(value)
    if _DURATION.match(text):
        return text
    simple = _PLAIN.match(text) and text == text.strip() and not _RESERVED.match(text) and not _UNPRINTABLE.search(text)
    simple = simple and ": " not in text and not text.endswith(":") and not text.startswith("...")
    if simple and (not flow or _FLOW_PLAIN.match(text)):
        return text
    return _UNPRINTABLE.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _flow(value: object) -> str:
    """`value` in flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key, flow=True)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_flow(inner) for inner in value) + "]"
    return scalar(value, flow=True)
