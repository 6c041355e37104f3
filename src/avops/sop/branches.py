"""Alternatives: sibling headings of which only one is followed, as an input and a condition on it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.sop.candidates import STEP, Candidate
from avops.sop.lazily import lazily
from avops.sop.lexicon import words
from avops.sop.rendering import words_of
from avops.sop.sections import bare_title, section_kind

if TYPE_CHECKING:
    from avops.sop.blocks import Block
    from avops.sop.inputs import InputCollector

_NUMBERED = lazily(r"^(method|option|alternative|variant|approach|scenario|case|path)\s*(?:#\s*)?(\d{1,2}|[a-h])\b", re.IGNORECASE)
_SYSTEMS = frozenset(["windows", "linux", "macos", "mac", "ubuntu", "ios", "android", "debian", "chromeos"])
_SITES = frozenset(["production", "staging", "development", "testing", "prod", "stage", "dev", "gprd", "gstg"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """The condition for the section under one heading."""

    expression: str
    label: str


def find_branches(blocks: list[Block], inputs: InputCollector) -> dict[int, Branch]:
    """The branch of each heading that is one of several alternatives, by the heading's index."""
    groups: dict[tuple[int | None, int, str], list[tuple[int, str]]] = defaultdict(list)
    for index, block in enumerate(blocks):
        if block.kind != "heading":
            continue
        title = words_of(block.text).strip(" #:")
        kind = _kind(title)
        if kind:
            groups[block.section, block.level, kind].append((index, title.replace("'", "").replace("`", "")[:80]))
    out: dict[int, Branch] = {}
    for (_, _, kind), members in groups.items():
        labels = [label for _, label in members]
        if len(members) < 2 or len(set(labels)) < len(labels):
            continue
        spec = inputs.declare(kind, f"which {kind.replace('_', ' ')} to follow", blocks[members[0][0]].line, enum=tuple(labels))
        if spec is None or spec.enum != tuple(labels):
            continue
        for index, label in members:
            out[index] = Branch(expression=f"inputs.{spec.name} == '{label}'", label=label)
    return out


def _kind(title: str) -> str:
    match = _NUMBERED.match(title)
    if match:
        return match[1].lower()
    words = re.findall(r"[a-z]+", bare_title(title).lower())
    if 0 < len(words) <= 3:
        if words[-1] in _SYSTEMS or words[0] in _SYSTEMS:
            return "platform"
        if words[0] in _SITES:
            return "environment"
    return ""


def branch_of(section: int | None, blocks: list[Block], branches: dict[int, Branch]) -> Branch | None:
    """The branch that a section belongs to."""
    while section is not None:
        if section in branches:
            return branches[section]
        section = blocks[section].section
    return None


def _is_role(title: str) -> bool:
    """Whether a heading is a role such as "Audio engineer"."""
    title = re.sub(r"^(?:steps|actions|tasks|duties|checklist|instructions) for (?:the |an? )?", "", title, flags=re.IGNORECASE)
    last = title.lower().split()[-1:]
    return bool(last) and len(title.split()) <= 3 and last[0].removesuffix("s") in words("person")


def _may_be_role(title: str) -> bool:
    """Whether a heading among roles can be one whose noun is unknown here."""
    spoken = title.lower().split()
    return 0 < len(spoken) <= 2 and not set(spoken) & (words("lead") | words("determiner")) and section_kind(title) is None


def is_alternative(title: str) -> bool:
    """Whether a heading is one of several ways, by number, system or environment."""
    return bool(_kind(words_of(title).strip(" #:")))


def role_sections(blocks: list[Block]) -> dict[int, str]:
    """The role of each heading among siblings such as "Producer" and "Audio engineer"."""
    roles: dict[int, str] = {}
    siblings: dict[tuple[int | None, int], list[tuple[int, str]]] = defaultdict(list)
    for index, block in enumerate(blocks):
        if block.kind == "heading":
            siblings[block.section, block.level].append((index, words_of(bare_title(block.text))))
    for group in siblings.values():
        known = [title for _, title in group if _is_role(title)]
        if len(known) > 1 and len(known) * 2 >= len(group):
            roles.update((index, title) for index, title in group if _is_role(title) or _may_be_role(title))
    return roles


def name_roles(candidates: list[Candidate], blocks: list[Block]) -> None:
    """Put the role in front of steps that stand below headings such as "Producer" and "Audio engineer"."""
    roles = role_sections(blocks)
    for c in candidates:
        if c.verdict == STEP and c.section in roles:
            c.conditions.insert(0, roles[c.section])
