"""`avops tool add NAME` from the built-in library, and with `--openapi FILE`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from avops.connectors.adding import AddedTool


def add_library_tool(name: str, settings: Sequence[str], *, force: bool) -> int:
    """Copies a manifest of the library, and says what it needs; nothing is trusted or asked."""
    from avops import wiring
    from avops.connectors.adding import add_from_library

    workspace = wiring.open_workspace()
    return _tell(name, add_from_library(workspace.root, name, settings=_settings(settings), force=force))


def add_openapi_tool(name: str, document: Path, operations: Sequence[str], *, force: bool) -> int:
    """Makes a manifest from operations of a document, and says what to look at; nothing is trusted or asked."""
    from avops import wiring
    from avops.connectors.adding import add_from_openapi

    workspace = wiring.open_workspace()
    return _tell(name, add_from_openapi(workspace.root, name, document, operations=operations, force=force))


def _settings(words: Sequence[str]) -> dict[str, str]:
    settings = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise UsageError(f"'{word}' is not NAME=VALUE", hint="for example --set INSTANCE=acme")
        settings[key] = value
    return settings


def _tell(name: str, added: AddedTool) -> int:
    from avops import wiring
    from avops.report.diagnostics import visible
    from avops.wiring.tool_files import let_operator_use

    print(f"added {added.path}")
    if agent := let_operator_use(wiring.open_workspace(), name):
        print(f"the agent '{agent}' may use it")
    for note in added.review:
        print(f"review: {visible(note)}")
    for setting in added.settings:
        print(f"fill in: YOUR-{setting} in {added.path}")
    for reference in added.secrets:
        kind, _, variable = reference.partition(":")
        print(f"set: {variable} in the environment or in .env" if kind == "env" else f"set: {variable} in the keyring")
    if added.secrets:
        print(f"hint: avops trust --tool {name}, then avops tool health {name}", file=sys.stderr)
    else:
        print(f"hint: avops tool health {name}", file=sys.stderr)
    return 0
