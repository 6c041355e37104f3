"""What a tool action does to the world, and in which phases it may do it."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """The four phases of a recipe, in their order."""

    INTAKE = "intake"
    PLAN = "plan"
    ACT = "act"
    VERIFY = "verify"


class Effect(StrEnum):
    """What an action does: look, make a record for people, change, or interrupt."""

    READ = "read"
    RECORD = "record"
    WRITE = "write"
    DESTRUCTIVE = "destructive"

    @property
    def changes(self) -> bool:
        """True for effects that change a device or a service."""
        return self in (Effect.WRITE, Effect.DESTRUCTIVE)

    def allowed_in(self, phase: Phase) -> bool:
        """True where the IPAV contract allows this effect in the phase."""
        return phase is Phase.ACT or not self.changes
