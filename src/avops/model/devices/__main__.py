"""`python -m avops.model.devices docs/connectors` writes the tables of actions in the device pages anew."""

from __future__ import annotations

import sys
from pathlib import Path

from avops.model.devices import KINDS, actions_of_kind

BEGIN = "| action | effect | arguments | gives |"


def table(kind: str) -> str:
    """The actions of a kind as a table in Markdown. Arguments with a `?` may be left out."""
    rows = [BEGIN, "|---|---|---|---|"]
    for name, action in actions_of_kind(kind, named_host=False).items():
        optional = [key for key, schema in action.input.items() if "default" in schema or schema.get("required") is False]
        arguments = ", ".join(f"`{key}{'?' if key in optional else ''}`" for key in action.input)
        properties = (action.output or {}).get("properties")
        gives = ", ".join(f"`{key}`" for key in properties) if isinstance(properties, dict) else ""
        effect = action.effect.value + (", with a restore" if action.restore else "")
        rows.append(f"| `{name}` | {effect} | {arguments} | {gives} |")
    return "\n".join(rows) + "\n"


def with_table(page: str, kind: str) -> str:
    """The page with its table written anew; ValueError when it has none."""
    start = page.index(BEGIN)
    end = page.find("\n\n", start)
    return page[:start] + table(kind) + ("" if end < 0 else page[end + 1 :])


if __name__ == "__main__":
    for each in KINDS:
        path = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/connectors") / f"{each}.md"
        path.write_text(with_table(path.read_text(encoding="utf-8"), each), encoding="utf-8")
        print(path)
