"""A recipe attached to an agent by an edit of one line; comments, order and everything else stay as they are."""

from __future__ import annotations

import json
import re

from avops.errors import DocumentError, UsageError
from avops.project.yaml_text import read_yaml

_KEY = re.compile(r"^recipes[ \t]*:[ \t]*(.*)$")
_PLAIN = re.compile(r"^[A-Za-z][\w ()./+-]*$")


def attach_recipe(text: str, recipe: str, path: str) -> str:
    """The agent's text with `recipe` in its `recipes:`; the same text when it is there already.

    UsageError when the list is written in a way that cannot be extended without rewriting it.
    """
    before = read_yaml(text, path=path)
    if not isinstance(before, dict):
        raise UsageError(f"'{path}' is no agent", hint="avops lint")
    listed = before.get("recipes") or []
    if not isinstance(listed, list):
        raise UsageError(f"the recipes of '{path}' are no list", hint=f"write recipes: [{recipe}] there")
    if any(str(name).casefold() == recipe.casefold() for name in listed):
        return text
    edited = _edited(text, recipe, empty=not listed)
    try:
        after = read_yaml(edited, path=path) if edited else None
    except DocumentError:
        after = None
    if after != {**before, "recipes": [*listed, recipe]}:
        raise UsageError(f"the recipes of '{path}' are written in a way that avops cannot extend", hint=f"add '{recipe}' to them by hand")
    return edited


def _edited(text: str, recipe: str, *, empty: bool) -> str:
    """The text with one entry more, "" when the list cannot be found."""
    lines = text.splitlines(keepends=True)
    ending = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    entry = recipe if _PLAIN.match(recipe) and recipe.lower() not in ("true", "false", "null") else json.dumps(recipe, ensure_ascii=False)
    at = next((i for i, line in enumerate(lines) if _KEY.match(line.rstrip("\r\n"))), None)
    if at is None:
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += ending
        return "".join(lines) + f"recipes: [{entry}]{ending}"
    found = _KEY.match(lines[at].rstrip("\r\n"))
    rest = found[1] if found else ""
    if rest.startswith("["):
        return _flow(lines, at, entry, empty=empty)
    if rest and not rest.startswith("#"):
        return ""
    last = _last_entry(lines, at)
    if last is None:
        lines[at] = lines[at].rstrip("\r\n") + f"{ending}  - {entry}{ending}"
        return "".join(lines)
    indent = re.match(r"[ \t]*", lines[last])
    if not lines[last].endswith("\n"):
        lines[last] += ending
    lines.insert(last + 1, f"{indent[0] if indent else ''}- {entry}{ending}")
    return "".join(lines)


def _last_entry(lines: list[str], at: int) -> int | None:
    """The line of the last entry of the block list below line `at`."""
    last = None
    for index in range(at + 1, len(lines)):
        line = lines[index]
        if re.match(r"[ \t]*- ", line):
            last = index
        elif line.strip() and not line.lstrip().startswith("#"):
            break
    return last


def _flow(lines: list[str], at: int, entry: str, *, empty: bool) -> str:
    """The text with an entry before the `]` that closes the list, which may stand some lines below."""
    for index in range(at, len(lines)):
        bare = re.sub(r"\"(?:\\.|[^\"\\])*\"|'(?:''|[^'])*'", lambda match: "x" * len(match[0]), lines[index])
        close = bare.split(" #", maxsplit=1)[0].find("]")
        if close >= 0:
            head = lines[index][:close].rstrip()
            comma = "" if empty or head.endswith(",") else ","
            space = " " if comma or head.endswith(",") else ""
            lines[index] = f"{head}{comma}{space}{entry}{lines[index][close:]}"
            return "".join(lines)
    return ""
