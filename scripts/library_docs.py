"""Writes docs/connectors/library.md from the manifests of the built-in library."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from avops.connectors.adding import library_names, library_text, secrets_of
from avops.project.documents import load_document

if TYPE_CHECKING:
    from avops.model.tool import Tool

FILE = Path(__file__).parents[1] / "docs" / "connectors" / "library.md"
HEAD = """# The built-in library

<!-- Written by scripts/library_docs.py from src/avops/connectors/library. Change the manifests, then run it. -->

`avops tool add NAME` copies one of these manifests into `tools/`, prints what it needs, and changes nothing else. Then fill in
what says `YOUR-…`, put the secrets into `.env`, and run `avops trust`, `avops lint` and `avops tool health NAME`. The file is yours:
leave out actions that you do not need, and change names and words to those of your team.

The effect says what an action does to the world: `read` looks, `record` makes something for people, `write` changes a system,
`destructive` interrupts or removes.
"""


def page() -> str:
    """The page, one section per manifest."""
    return "\n".join([HEAD, *(section(name) for name in library_names())])


def section(name: str) -> str:
    """One manifest: what it is for, what it needs, what it can do."""
    text = library_text(name)
    tool: Tool = load_document("tool", text, name).required()
    notes, _, source = " ".join(line[2:] for line in text.splitlines() if line.startswith("# ")).partition("API: ")
    lines = [f"## {name}", "", notes.strip(), "", f"- Kind: `{tool.kind}`"]
    if url := getattr(tool, "base_url", None):
        lines.append(f"- Address: `{url}`")
    lines.append(f"- Secrets: {', '.join(f'`{reference}`' for reference in secrets_of(tool)) or 'none'}")
    if places := sorted(set(re.findall(r"YOUR-[A-Z]+", text))):
        lines.append(f"- To fill in: {', '.join(f'`{place}`' for place in places)}")
    lines += [f"- The vendor's pages: {source.strip()}", "", "| action | effect | what it does |", "|---|---|---|"]
    actions = tool.actions
    lines += [f"| `{action}` | {actions[action].effect.value} | {actions[action].description} |" for action in actions]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(page(), encoding="utf-8")
    print(f"wrote {FILE}")
