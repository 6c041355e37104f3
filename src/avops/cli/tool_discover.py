"""`avops tool discover`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from avops.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avops.connectors.mcp_listing import ListedAction
    from avops.report.sheet import Page, Sheet


def discover_actions(name: str, *, accept: bool, accept_hints: bool, only: Sequence[str], as_json: bool) -> int:
    """Shows what the server lists, accepts what is new, and what has changed where a person says so."""
    import typer

    from avops import wiring
    from avops.cli.screen import show, zone_of
    from avops.connectors.mcp_listing import compare
    from avops.wiring.mcp_servers import accept_actions, listed_tools, mcp_tool

    workspace = wiring.open_workspace()
    loaded, manifest = mcp_tool(workspace, name)
    tools = listed_tools(workspace, manifest)
    actions = _chosen(compare(manifest, tools, accept_hints=accept_hints), only)
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty() and not as_json
    hinted = [action.name for action in actions if action.state == "new" and action.hints.get("readOnlyHint") is True]
    if hinted and not accept_hints and is_terminal:
        accept_hints = typer.confirm(f"'{manifest.name}' says that these only read: {', '.join(hinted)}. Do you accept that?")
        actions = _chosen(compare(manifest, tools, accept_hints=accept_hints), only)
    if not as_json:
        show(lambda sheet: _page(sheet, actions), zone_of(workspace.timezone))
    changed = [action for action in actions if action.state in ("changed", "gone") and not action.by_hint]
    if changed and not accept and is_terminal:
        accept = typer.confirm(f"Accept the {len(changed)} changes?")
    states = ("new", "changed", "gone") if accept else ("new",)
    chosen = {action.name for action in actions if action.state in states or action.by_hint}
    if chosen:
        accept_actions(workspace, loaded, actions, chosen, accept_hints=accept_hints)
    if as_json:
        print(json.dumps([_data(action, action.name in chosen) for action in actions], ensure_ascii=False, indent=2))
    else:
        _tell(manifest.name, loaded.path, actions, chosen, accept_hints=accept_hints)
    return 1 if changed and not accept else 0


def _chosen(actions: Sequence[ListedAction], only: Sequence[str]) -> list[ListedAction]:
    known = [action.name for action in actions]
    for name in only:
        if name not in known:
            raise NotFoundError(f"the server lists no action '{name}'", hint=f"it lists: {', '.join(known)}")
    return [action for action in actions if not only or action.name in only]


def _page(sheet: Sheet, actions: Sequence[ListedAction]) -> Page:
    from avops.connectors.mcp_tools import readable
    from avops.report.sheet import ATTENTION, BAD, GOOD, QUIET, STRONG, Page

    page = Page(sheet)
    styles = {"new": GOOD, "same": QUIET, "changed": ATTENTION, "gone": BAD}
    width = max([len("action"), *(len(action.name) for action in actions)])
    page.line((f"{'':8}{'action':<{width}}  {'effect':<12} hints of the server", STRONG))
    for action in actions:
        page.line(
            (f"{action.state:<8}", styles[action.state]),
            f"{action.name:<{width}}  {action.effect.value:<12} ",
            (_hints(action.hints), QUIET),
        )
        if action.tool is not None and action.state == "new":
            page.paragraph(readable(action.tool.description).partition("\n")[0], QUIET, indent=8)
            page.line((f"takes {_arguments(action)}", QUIET), indent=8)
        for line in action.differences:
            page.paragraph(line[2:], GOOD if line.startswith("+") else BAD, indent=8, first=line[:2])
    return page


def _hints(hints: Mapping[str, object]) -> str:
    return ", ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in hints.items()) or "none"


def _arguments(action: ListedAction) -> str:
    from avops.connectors.mcp_tools import arguments_of

    assert action.tool is not None
    names = [
        name if schema.get("required") is not False and "default" not in schema else f"[{name}]"
        for name, schema in arguments_of(action.tool.input_schema).items()
    ]
    return ", ".join(names) or "nothing"


def _data(action: ListedAction, accepted: bool) -> dict[str, object]:
    tool = action.tool
    return {
        "action": action.name,
        "state": action.state,
        "accepted": accepted or action.state == "same",
        "effect": action.effect.value,
        "tool": None if tool is None else tool.name,
        "description": None if tool is None else tool.description,
        "input_schema": None if tool is None else tool.input_schema,
        "output_schema": None if tool is None else tool.output_schema,
        "hints": dict(action.hints),
        "differences": list(action.differences),
    }


def _tell(name: str, path: str, actions: Sequence[ListedAction], chosen: set[str], *, accept_hints: bool) -> None:
    if chosen:
        print(f"accepted {len(chosen)} of {len(actions)} in {path}")
    left = [action for action in actions if action.state in ("changed", "gone") and action.name not in chosen]
    if left:
        print(f"not accepted: {', '.join(action.name for action in left)}; calls of what changed are refused", file=sys.stderr)
        print(f"hint: avops tool discover {name} --accept", file=sys.stderr)
    hinted = [action for action in actions if action.hints.get("readOnlyHint") is True and action.effect.value == "write"]
    if hinted and not accept_hints:
        print(f"hint: {len(hinted)} say that they only read; avops tool discover {name} --accept-hints believes them", file=sys.stderr)
