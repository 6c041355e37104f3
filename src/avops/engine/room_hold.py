"""A run's hold on its room: from its held checks on until it waits or ends, no other run writes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.engine.io import Stopped

if TYPE_CHECKING:
    from avops.engine.interruption import Interruption
    from avops.ports import Clock, Listener, RunStore

ROOM_WAIT_S = 30.0
"""How long a run waits for another to give its room back."""
ROOM_LOOK_S = 1.0


class RoomHold:
    """Takes one room for one life of a run, and gives it back."""

    def __init__(
        self,
        room: str,
        run_id: int,
        *,
        process: str,
        store: RunStore,
        clock: Clock,
        listener: Listener,
        interruption: Interruption,
        guarded_epoch: int | None = None,
    ) -> None:
        """A life with `guarded_epoch` does not get a room in which another run wrote after the lives before it."""
        self._room = room
        self._run_id = run_id
        self._process = process
        self._store = store
        self._clock = clock
        self._listener = listener
        self._interruption = interruption
        self._guarded_epoch = guarded_epoch
        self._is_held = False
        self.is_wanted = False
        """The run is past its first held check: it keeps its room until it waits or ends."""

    @property
    def is_missing(self) -> bool:
        """True when the run is to have its room and does not."""
        return self.is_wanted and not self._is_held

    async def take(self, phase: str) -> str | None:
        """None when the room is held; else why not. Stopped when a person interrupts the wait for it in this phase."""
        waited_s, told = 0.0, None
        while (holder := await self._store.lock_room(self._room, self._run_id, self._process, now=self._clock.now())) is not None:
            if waited_s >= ROOM_WAIT_S:
                return f"the room is held by run {holder.run_id}"
            if holder.run_id != told:
                told = holder.run_id
                self._listener.room_busy(self._run_id, self._room, told)
            if self._interruption.stops(phase):
                raise Stopped("interrupted by a person")
            await self._interruption.guard(phase, self._clock.sleep(ROOM_LOOK_S))
            waited_s += ROOM_LOOK_S
        later = None if self._guarded_epoch is None else self._store.later_write(self._run_id, before_epoch=self._guarded_epoch)
        if later is not None:
            await self._store.unlock_room(self._room, self._run_id)
            return f"run {later.run_id} has written to the room meanwhile"
        self._is_held = True
        return None

    async def release(self) -> None:
        """Gives the room back, if it is held."""
        if self._is_held:
            self._is_held = False
            await self._store.unlock_room(self._room, self._run_id)
