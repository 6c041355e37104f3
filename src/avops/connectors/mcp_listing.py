"""What a server lists beside what a manifest has accepted: what is new, changed and gone, and what accepting it writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from avops.connectors.mcp_tools import action_data, action_name, effect_of, pin_of, said_by_server
from avops.model.effect import Effect

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avops.connectors.mcp_tools import ServerTool
    from avops.model.tool import McpAction, McpTool

State = Literal["new", "same", "changed", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAction:
    """One action of the manifest, or to be; `tool` is None when the server has it no more."""

    name: str
    state: State
    effect: Effect
    """As it is, or would be once accepted."""
    tool: ServerTool | None
    by_hint: bool = False
    """Nothing but the effect would change, because a person accepts the server's hint."""
    differences: tuple[str, ...] = ()
    """Lines that show a change to a person: `- ` what was accepted, `+ ` what the server says now."""

    @property
    def hints(self) -> Mapping[str, object]:
        """The server's annotations."""
        return {} if self.tool is None else self.tool.hints


def compare(manifest: McpTool, listed: Sequence[ServerTool], *, accept_hints: bool) -> list[ListedAction]:
    """The listed tools in the server's order, then the actions that the server has no more."""
    known = {action.tool: name for name, action in manifest.actions.items()}
    taken = set(manifest.actions)
    found: list[ListedAction] = []
    for tool in listed:
        name = known.pop(tool.name, None)
        if name is None:
            name = action_name(tool.name, taken)
            taken.add(name)
            found.append(ListedAction(name=name, state="new", effect=effect_of(tool.hints, accept_hints=accept_hints), tool=tool))
            continue
        accepted = manifest.actions[name]
        effect = _effect(accepted, tool, accept_hints=accept_hints)
        differences = tuple(_differences(manifest, accepted, tool, effect))
        is_pinned = pin_of(manifest, tool) == accepted.pin
        if is_pinned and effect is accepted.effect:
            found.append(ListedAction(name=name, state="same", effect=effect, tool=tool))
            continue
        found.append(ListedAction(name=name, state="changed", effect=effect, tool=tool, by_hint=is_pinned, differences=differences))
    for name in known.values():
        found.append(ListedAction(name=name, state="gone", effect=manifest.actions[name].effect, tool=None))
    return found


def accepted_data(manifest: McpTool, action: ListedAction, *, accept_hints: bool) -> dict[str, object]:
    """What is written of an action that is accepted. For a known one, only the keys that are the server's, and the effect."""
    assert action.tool is not None
    if action.state == "new":
        return action_data(manifest, action.tool, action.effect, accept_hints=accept_hints)
    return {"effect": action.effect.value, **said_by_server(action.tool), "pin": pin_of(manifest, action.tool)}


def _effect(accepted: McpAction, tool: ServerTool, *, accept_hints: bool) -> Effect:
    """The accepted effect; `read` is lost with the hint it rested on, and won where a person accepts the hint."""
    was_hint, is_hint = accepted.hints.get("readOnlyHint") is True, tool.hints.get("readOnlyHint") is True
    if accepted.effect is Effect.READ and was_hint and not is_hint:
        return effect_of(tool.hints, accept_hints=False)
    if accepted.effect is Effect.WRITE and is_hint and accept_hints:
        return Effect.READ
    return accepted.effect


def _differences(manifest: McpTool, accepted: McpAction, tool: ServerTool, effect: Effect) -> list[str]:
    before: dict[str, object] = {
        "effect": accepted.effect.value,
        "description": accepted.description,
        "input": accepted.input,
        "output": accepted.output,
        "hints": accepted.hints,
    }
    after = {"effect": effect.value, **said_by_server(tool)}
    lines: list[str] = []
    for key, old in before.items():
        if old != after[key]:
            lines += [f"- {key}: {line}" for line in _shown(old)] + [f"+ {key}: {line}" for line in _shown(after[key])]
    if not lines and pin_of(manifest, tool) != accepted.pin:
        server = manifest.command if manifest.command is not None else manifest.url
        lines.append(f"+ the command, the URL or a part that no manifest shows is another: {json.dumps(server, ensure_ascii=False)}")
    return lines


def _shown(value: object) -> list[str]:
    if isinstance(value, str):
        return value.splitlines() or ["''"]
    return [json.dumps(value, ensure_ascii=False, sort_keys=True)]
