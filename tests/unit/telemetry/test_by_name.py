"""Figures by name and by room are those of the runs, whatever the history."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.telemetry.histories import FIRST, database, histories

from avops.model.run import RunStatus, Simulated
from avops.telemetry.by_name import figures_by_name
from avops.telemetry.filters import RunFilter
from avops.telemetry.kpis import kpis
from avops.telemetry.room_board import room_states

if TYPE_CHECKING:
    from tests.unit.telemetry.histories import Past

UNENDED = (RunStatus.RUNNING, RunStatus.REFUSED)
"""A history keeps these without `end_run`, which is what says how much was simulated."""
HOURS = st.integers(1, 6 * 24)


@settings(max_examples=60, deadline=None)
@given(histories(), HOURS, HOURS, st.booleans(), st.sampled_from([None, "a"]))
def test_figures_are_the_key_figures_of_the_name(history: list[Past], start: int, length: int, simulated: bool, agent: str | None) -> None:
    since = FIRST + timedelta(hours=start - 20)
    until = since + timedelta(hours=length, minutes=7)
    with database(history) as (connection, _):
        chosen = RunFilter(agent=agent)
        found = figures_by_name(connection, "workflow", ["a", "b"], since=since, until=until, chosen=chosen, include_simulated=simulated)
        for name in ("a", "b"):
            named = RunFilter(agent=agent, workflow=name)
            alone = kpis(connection, since=since, until=until, chosen=named, include_simulated=simulated).current
            assert (alone.success_rate, alone.p95_s) == ((found[name].success_rate, found[name].p95_s) if name in found else (None, None))


def is_hidden(past: Past) -> bool:
    return past.simulated is Simulated.ALL and past.status not in UNENDED


@settings(max_examples=60, deadline=None)
@given(histories(), HOURS, HOURS, st.sampled_from([None, "a"]))
def test_a_room_is_counted_as_its_runs_are(history: list[Past], start: int, length: int, agent: str | None) -> None:
    since = FIRST + timedelta(hours=start - 20)
    until = since + timedelta(hours=length, minutes=7)
    mine = [past for past in history if not is_hidden(past) and agent in (None, past.agent)]
    with database(history) as (connection, _):
        states = {state.room: state for state in room_states(connection, since=since, until=until, chosen=RunFilter(agent=agent))}
    counted = [past for past in mine if past.room and since <= past.started_at < until and past.status.is_final]
    for room, state in states.items():
        assert state.runs == sum(past.room == room for past in counted)
        bad = (RunStatus.FAILED, RunStatus.UNVERIFIED)
        assert state.failures == sum(past.room == room and past.status in bad for past in counted)
        assert len(state.newest) == min(10, sum(past.room == room for past in mine))
