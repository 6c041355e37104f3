"""What a change of a project means: the facts of its blast radius.

Texts here are for people. A step is addressed by its `key`, such as `act.0` or `rollback.0`, as it is in the newer of
the two projects; a removed step by its key in the older one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

What = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One value that changed: where, and the values as JSON texts; None where there is none."""

    at: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChange:
    """A step that was added, removed or changed."""

    what: What
    key: str
    title: str
    kind: str
    call: str | None = None
    """TOOL.ACTION, or the recipe that it calls."""
    effect: str | None = None
    effect_before: str | None = None
    """Where the effect changed: what it was."""
    moved_from: str | None = None
    """The phase that it stood in."""
    irreversible: str | None = None
    """Why it cannot be taken back."""
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeChange:
    """What changed in a procedure."""

    what: What
    name: str
    path: str
    steps: tuple[StepChange, ...] = ()
    inputs: tuple[FieldChange, ...] = ()
    guardrails: tuple[FieldChange, ...] = ()
    calls_gained: tuple[str, ...] = ()
    calls_lost: tuple[str, ...] = ()
    effects_gained: tuple[str, ...] = ()
    """Effects that no step of the recipe had before."""
    actions_changed: tuple[str, ...] = ()
    """Actions it calls whose manifests changed."""
    weaker: tuple[str, ...] = ()
    """Guards that are gone: held checks, approvals, conditions, limits."""
    other: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """An action that an agent may call, and its effect; None where the action is not known."""

    action: str
    effect: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChange:
    """What changed in what an agent may do."""

    what: What
    name: str
    path: str
    gained: tuple[Permission, ...] = ()
    lost: tuple[Permission, ...] = ()
    weaker: tuple[str, ...] = ()
    """Approvals that are not asked for any more."""
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolChange:
    """What changed in a tool's manifest."""

    what: What
    name: str
    path: str
    actions_added: tuple[Permission, ...] = ()
    actions_removed: tuple[str, ...] = ()
    actions_changed: tuple[str, ...] = ()
    effects: tuple[FieldChange, ...] = ()
    """Actions whose effect changed."""
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowChange:
    """A workflow that runs something else than before, or otherwise."""

    what: Literal["added", "removed", "changed", "affected"]
    name: str
    path: str
    because: tuple[str, ...] = ()
    trigger: str = "manual"
    enabled: bool = True
    rooms: tuple[str, ...] = ()
    """The keys of its rooms."""
    rows: int = 0
    """Runs at each start that are about no room of the list."""
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Irreversible:
    """Something that cannot be taken back, and was not done before."""

    recipe: str
    path: str
    key: str
    title: str
    call: str | None
    reason: str
    workflows: tuple[str, ...] = ()
    rooms: int = 0
    """How many rooms the workflows reach that run it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlastRadius:
    """Everything that a change of the project reaches."""

    base: str
    """The commit it is compared with, shortened."""
    recipes: tuple[RecipeChange, ...] = ()
    agents: tuple[AgentChange, ...] = ()
    tools: tuple[ToolChange, ...] = ()
    workflows: tuple[WorkflowChange, ...] = ()
    irreversible: tuple[Irreversible, ...] = ()
    settings: tuple[FieldChange, ...] = ()
    rooms_list: tuple[FieldChange, ...] = ()
    """Rooms of the list that were added, removed or changed."""
    rooms: tuple[str, ...] = ()
    """The keys of all rooms that touched workflows reach."""
    unreadable: tuple[str, ...] = field(default=())
    """Files that could not be read, now or then: nothing is known of what they change."""

    @property
    def is_empty(self) -> bool:
        """True when nothing changed in meaning."""
        found = (self.recipes, self.agents, self.tools, self.workflows, self.settings, self.rooms_list, self.unreadable)
        return not any(found)

    @property
    def figures(self) -> dict[str, int]:
        """How much it reaches, in numbers."""
        return {
            "recipes": len(self.recipes),
            "agents": len(self.agents),
            "agents_gaining_permissions": sum(bool(agent.gained or agent.weaker) for agent in self.agents if agent.what != "removed"),
            "tools": len(self.tools),
            "workflows": len(self.workflows),
            "rooms": len(self.rooms),
            "irreversible_added": len(self.irreversible),
        }
