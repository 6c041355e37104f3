"""What changed in what agents may do, in tools, in settings and in the list of rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.diff.snapshot import actions_of
from avops.diff.values import changes, data_of, shown
from avops.model.change import AgentChange, FieldChange, Permission, ToolChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.diff.snapshot import Held, Snapshot
    from avops.model.agent import Agent
    from avops.model.tool import ToolBase
    from avops.project.rooms import Rooms

_EFFECTS = ("read", "record", "write", "destructive")


def agent_change(old: Held | None, new: Held | None, before: Snapshot, after: Snapshot) -> AgentChange | None:
    """What changed in an agent; None when nothing did that has a meaning."""
    was: Agent | None = old.value if old else None
    now: Agent | None = new.value if new else None
    held = new or old
    assert held is not None
    may_before = _allowed(was, before) if was else {}
    may_now = _allowed(now, after) if now else {}
    gained = [Permission(action=name, effect=effect) for name, effect in may_now.items() if name not in may_before]
    gained += [
        Permission(action=name, effect=effect)
        for name, effect in may_now.items()
        if name in may_before and _strength(effect) > max(_strength(may_before[name]), 0)
    ]
    made = AgentChange(
        what="added" if was is None else "removed" if now is None else "changed",
        name=held.value.name,
        path=held.path,
        gained=tuple(gained),
        lost=tuple(Permission(action=name, effect=effect) for name, effect in may_before.items() if name not in may_now),
        weaker=tuple(_weaker(was, now)) if was and now else (),
        fields=_fields(was, now) if was and now else (),
    )
    return made if made.what != "changed" or made.gained or made.lost or made.weaker or made.fields else None


def _allowed(agent: Agent, project: Snapshot) -> dict[str, str | None]:
    """Every action an agent may call, with its effect; `TOOL.*` where the tool is not known."""
    found: dict[str, str | None] = {}
    for name, allowed in agent.tools.items():
        manifest = project.tool(name)
        actions = actions_of(manifest) if manifest else {}
        if allowed == "*" and not actions:
            found[f"{name}.*"] = None
        for action in sorted(actions) if allowed == "*" else sorted(allowed):
            found[f"{name}.{action}"] = actions[action].effect.value if action in actions else None
    return found


def _strength(effect: str | None) -> int:
    return _EFFECTS.index(effect) if effect else -1


def _weaker(was: Agent, now: Agent) -> Iterator[str]:
    for effect, role in was.approvals.items():
        if effect not in now.approvals:
            yield f"what is {effect} needs no approval of {role} any more"


def _fields(was: Agent, now: Agent) -> tuple[FieldChange, ...]:
    hidden = {"tools", "recipes", "domain"}
    found = changes(data_of(was, without=hidden), data_of(now, without=hidden))
    if was.instructions != now.instructions:
        found += (FieldChange(at="instructions", before=f"{len(was.instructions)} letters", after=f"{len(now.instructions)} letters"),)
    return found


def tool_change(old: Held | None, new: Held | None, before: Snapshot, after: Snapshot) -> ToolChange | None:
    """What changed in a manifest; None when nothing did that has a meaning."""
    was: ToolBase | None = old.value if old else None
    now: ToolBase | None = new.value if new else None
    held = new or old
    assert held is not None
    then = dict(actions_of(was)) if was else {}
    here = dict(actions_of(now)) if now else {}
    shared = [name for name in here if name in then]
    name = held.value.name
    made = ToolChange(
        what="added" if was is None else "removed" if now is None else "changed",
        name=name,
        path=held.path,
        actions_added=tuple(Permission(action=f"{name}.{each}", effect=here[each].effect.value) for each in here if each not in then),
        actions_removed=tuple(f"{name}.{each}" for each in then if each not in here),
        actions_changed=tuple(
            f"{name}.{each}" for each in shared if data_of(here[each], without={"effect"}) != data_of(then[each], without={"effect"})
        ),
        effects=tuple(
            FieldChange(at=f"{name}.{each}", before=then[each].effect.value, after=here[each].effect.value)
            for each in shared
            if here[each].effect is not then[each].effect
        ),
        fields=changes(data_of(was, without={"actions"}), data_of(now, without={"actions"})) if was and now else (),
    )
    told = (made.actions_added, made.actions_removed, made.actions_changed, made.effects, made.fields)
    return made if made.what != "changed" or any(told) else None


def settings_changes(before: Snapshot, after: Snapshot) -> tuple[FieldChange, ...]:
    """What changed in `avops.yaml` that a run or its approval hangs on."""
    hidden = {"lint", "database"}
    return changes(data_of(before.settings, without=hidden), data_of(after.settings, without=hidden))


def room_changes(before: Rooms | None, after: Rooms | None) -> tuple[FieldChange, ...]:
    """The rooms of the list that came, went or changed."""
    if before is None or after is None:
        return ()
    old = {room.key: dict(room.values) for room in before}
    new = {room.key: dict(room.values) for room in after}
    found = []
    for key in dict.fromkeys([*new, *old]):
        if key not in old or key not in new:
            found.append(FieldChange(at=key, before="listed" if key in old else None, after="listed" if key in new else None))
        elif old[key] != new[key]:
            columns = [column for column in dict.fromkeys([*new[key], *old[key]]) if old[key].get(column) != new[key].get(column)]
            hidden = [column for column in columns if "credential" not in column]
            was = ", ".join(f"{column} {shown(old[key].get(column))}" for column in hidden)
            now = ", ".join(f"{column} {shown(new[key].get(column))}" for column in hidden)
            found.append(FieldChange(at=key, before=was or "another credential", after=now or "a credential"))
    return tuple(found)
