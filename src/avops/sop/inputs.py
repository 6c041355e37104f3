"""Values that the SOP leaves open: `[guest name]`, `<host>`, `$VAR`, `${VAR}`, `ROOM_NUMBER`, `{{ x }}`, parameter lists."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avops.sop.lazily import lazily

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avops.sop.blocks import Block

_TEMPLATE = lazily(r"\{\{-?\s*([^{}]{1,200}?)\s*-?\}\}")
_BRACKET = lazily(r"(?<![\]\w!])\[([A-Za-z][A-Za-z0-9 _/'’-]{1,40})\](?![(\[:\]])")
_ANGLE = lazily(r"(?<![\w<\\])\\?<([A-Za-z][A-Za-z0-9 _.'’-]{0,40})\\?>")
_BRACE = lazily(r"(?<![\w${])\{([a-z][a-z0-9_]{2,40})\}(?!\})")
_SHELL = lazily(r"\$\{([A-Za-z_]\w{1,40})\}|(?<![\w$\\])\$([A-Za-z_]\w{1,40})\b")
_CAPITALS = lazily(r"(?<![\w$.%/{-])([A-Z][A-Z0-9]{1,20}(?:_[A-Z0-9]{1,20}){1,4})(?![\w.(/-])")
_PERCENT = lazily(r"%([A-Z_]{3,30})%")
_ASSIGNED = lazily(
    r"(?:^|\s|;)(?:export\s+|set\s+|local\s+|let\s+)?\$?([A-Za-z_]\w*)\s?=(?!=)|\b(?:for|read(?:\s+-\w+)*"
    r"|foreach)\s+\(?\$?([A-Za-z_]\w*)"
)
_PARAMETER = lazily(
    (
        r"^[*_`\"]*([A-Za-z][\w -]{1,40}?)[*_`\"]*\s*\(([^()]*\b(?:required|optional|default)\b[^()]*(?:\([^()]*\)[^()]*)?)\)[*_]*\s*(?::"
        r"|-|–)?\s*(.*)$"
    ),
    re.IGNORECASE | re.DOTALL,
)
_FIELD = lazily(r"^[*_`]*([A-Z][\w /'’-]{1,40}?)[*_`]*\s*[:：]\s*[*_`]*\s*(?:_{3,}|\.{4,}|\[\s*\]|\[\s{2,}\]|<[^<>]*>)?\s*$")
_OWN = frozenset(
    [
        "home",
        "path",
        "user",
        "pwd",
        "shell",
        "editor",
        "oldpwd",
        "lang",
        "term",
        "hostname",
        "uid",
        "random",
        "ifs",
        "null",
        "true",
        "false",
        "psitem",
        "env",
        "args",
    ]
)
_KEYS = (
    "menu enter return esc escape home end back tab shift ctrl control alt option cmd command delete del insert space power source input"
    " mute select exit up down left right start stop play pause print apply save close next previous page setup info"
)
"""Keys and buttons: `<Enter>` and `[Menu]` are no values to fill in."""
_WORDS = frozenset(
    [
        "x",
        "ok",
        "yes",
        "no",
        "redacted",
        "optional",
        "required",
        "todo",
        "example",
        "link",
        "image",
        "note",
        "n",
        "a",
        "b",
        "c",
        "see",
        "cancel",
        "text",
        *_KEYS.split(),
        *(f"f{number}" for number in range(1, 13)),
    ]
)


@dataclass(slots=True, kw_only=True)
class InputSpec:
    """One input of the recipe; `line` is where the SOP first asks for it."""

    name: str
    description: str = ""
    line: int = 0
    default: object = None
    has_default: bool = False
    optional: bool = False
    enum: tuple[str, ...] = ()
    kind: str = "string"
    secret: bool = False


@dataclass(slots=True)
class InputCollector:
    """Finds placeholders, keeps one input for each, and writes `{{ inputs.x }}` in their place."""

    assigned: frozenset[str] = frozenset()
    found: dict[str, InputSpec] = field(default_factory=dict)

    def declare(self, name: str, description: str, line: int, **more: object) -> InputSpec | None:
        """The input called `name`, made if it is new; None when no identifier can be made of it."""
        key = identifier(name)
        if not key:
            return None
        if key not in self.found:
            spec = InputSpec(name=key, description=description, line=line, secret=bool(_SECRET.search(key.replace("_", " "))))
            for option, value in more.items():
                setattr(spec, option, value)
            self.found[key] = spec
        return self.found[key]

    def fill(self, text: str, line: int, *, code: bool = False) -> str:
        """`text` with its placeholders as inputs, and every other double brace made harmless."""
        slots: list[str] = []

        def put(name: str, description: str) -> str | None:
            if _SECRET.search(identifier(name).replace("_", " ")):
                return None  # a secret must not stand in an instruction that people and models read
            spec = self.declare(name, description, line)
            if spec is None:
                return None
            slots.append(f"{{{{ inputs.{spec.name} }}}}")
            return f"\x00{len(slots) - 1}\x00"

        text = _TEMPLATE.sub(lambda m: put(_last_name(m[1]), f"`{m[1][:60]}` in the SOP") or f"({m[1]})", text)
        text = _SHELL.sub(lambda m: self._shell(m, put), text)
        text = _ANGLE.sub(lambda m: (put(m[1], f"<{m[1]}> in the SOP") if m[1].lower() not in _WORDS else None) or m[0], text)
        text = _BRACE.sub(lambda m: put(m[1], f"{{{m[1]}}} in the SOP") or m[0], text)
        text = _PERCENT.sub(lambda m: (put(m[1], f"%{m[1]}% in the SOP") if m[1].lower() not in _OWN else None) or m[0], text)
        if not code:
            text = _BRACKET.sub(lambda m: (put(m[1], f"[{m[1]}] in the SOP") if self._is_bracket(m[1]) else None) or m[0], text)
            text = _CAPITALS.sub(lambda m: put(m[1], f"{m[1]} in the SOP") or m[0], text)
        text = text.replace("{{", "{ {").replace("}}", "} }").replace("{%", "{ %").replace("{#", "{ #")
        return re.sub(r"\x00(\d+)\x00", lambda m: slots[int(m[1])], text)

    def _shell(self, match: re.Match[str], put: object) -> str:
        name = match[1] or match[2]
        if name in self.assigned or name.lower() in _OWN or len(name) < 2 or not callable(put):
            return match[0]
        result = put(name, f"${name} in the SOP")
        return result if isinstance(result, str) else match[0]

    @staticmethod
    def _is_bracket(text: str) -> bool:
        return text.lower() not in _WORDS and text.upper() != text and len(text.split()) <= 5 and len(text) > 2


_SECRET = lazily(r"\b(?:password|passwd|passcode|pin|token|secret|api key|credential)s?\b")


def identifier(text: str) -> str:
    """`text` as an identifier, "" when nothing is left of it."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", text)
    key = re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")[:50].strip("_")
    return key if re.match(r"^[a-z]", key) else (f"n_{key}" if key else "")


def _last_name(expression: str) -> str:
    """The last part of a dotted name in front of any filter: `a.b.c | default(1)` gives c."""
    head = expression.split("|", maxsplit=1)[0].strip()
    return re.split(r"[.\s(]", head.rstrip(")( "))[-1]


def assigned_names(blocks: Iterable[Block]) -> frozenset[str]:
    """Shell variables that the SOP's own commands set."""
    names = set()
    for block in blocks:
        if block.kind == "code":
            for match in _ASSIGNED.finditer(block.text[:20000]):
                names.add(match[1] or match[2])
    return frozenset(names)


def parameters(blocks: list[Block], kinds: dict[int, str], collector: InputCollector) -> dict[int, str]:
    """Inputs that the SOP lists as parameters or form fields; the result gives the reason for each line."""
    lines: dict[int, str] = {}
    for block in blocks:
        kind = kinds.get(block.section, "") if block.section is not None else ""
        if block.kind == "row" and kind == "inputs" and block.cells:
            text = f"{block.cells[0][1]} (required): {' '.join(cell for _, cell in block.cells[1:])}"
        elif block.kind in ("item", "paragraph"):
            text = block.text
        else:
            continue
        if _declare(text, block, kind, collector):
            lines[block.line] = "an input"
    return lines


def _declare(text: str, block: Block, kind: str, collector: InputCollector) -> bool:
    flat = " ".join(text.split())
    match = _PARAMETER.match(flat)
    if match and (kind in ("inputs", "reference", "") or block.kind == "row"):
        options = match[2].lower()
        default = re.search(r"default:?\s*[`\"“']?([^`\"”']+)", match[2], re.IGNORECASE)
        spec = collector.declare(match[1], (match[3] or match[1])[:300], block.line)
        if spec is not None:
            spec.optional = "required" not in options
            if default:
                spec.default, spec.has_default = default[1].strip(), True
        return spec is not None
    found = _FIELD.match(flat)
    if found and block.kind == "item" and kind == "inputs":
        return collector.declare(found[1], found[1], block.line) is not None
    if kind == "inputs" and block.kind == "item" and block.parent is None:
        label = re.split(r"\s*[:(–—]\s*|\s-\s", re.sub(r"[*_`]", "", flat), maxsplit=1)
        if 0 < len(label[0].split()) <= 6:
            return collector.declare(label[0], flat[:300], block.line) is not None
    return False
