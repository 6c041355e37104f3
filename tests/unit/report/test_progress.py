"""What is said while a run goes."""

from __future__ import annotations

import asyncio
import errno
import io

import pytest
from rich.console import Console
from tests.cli.screens import DISPLAY_FIX, QUICK, STATE, Fault
from tests.unit.engine.bench import Bench

from avops.report.progress import LiveProgress, PlainProgress, Silent

ROLES = {"avops.yaml": "roles: {L2: [alice]}\n"}


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path, {"get": [STATE], "set": [{}], "ticket": [{"id": "INC0042"}], "restart": [{}], "say": [{}]})
    made.more_texts = ROLES
    yield made
    made.close()


def plain(bench, recipe, **more):
    stream = io.StringIO()
    bench.heard = PlainProgress(stream)
    report = asyncio.run(bench.run(recipe, **more))
    return report, stream.getvalue()


def test_a_line_per_ended_step_and_what_is_waited_for(bench):
    _, text = plain(bench, DISPLAY_FIX, room="HQ-1", room_values={})
    assert text == (
        "Run 1: Display Fix in HQ-1, by Bot\n"
        "Intake\n"
        "  ✓ Read the room\n"
        "Plan\n"
        "  ✓ Nobody is in a meeting\n"
        "Act\n"
        "  ✓ Power the display on\n"
        "  ✓ Open a ticket\n"
        "  ○ Only in winter\n"
        "    when is false: state.status == 'Winter'\n"
        "  ● waits: Restart the room: room.restart needs the approval of role L2\n"
        "    room.restart {}\n"
        "    avops approve 1  (role L2)\n"
    )


def test_what_failed_is_said_with_its_reason_and_what_was_taken_back(bench):
    recipe = DISPLAY_FIX.replace("approval: L2, ", "")
    _, text = plain(bench, recipe)
    assert "  ✗ The display reports power on\n" in text
    assert "    not true within 20 s: reading.power == 'on' (reading.power is \"off\")\n" in text
    assert "Rollback\n  ✓ taken back: Power the display on\n" in text


def test_several_runs_at_once_name_themselves(tmp_path):
    bench = Bench(tmp_path, {"get": [{"power": "on"}]})
    stream = io.StringIO()
    bench.heard = PlainProgress(stream)

    async def both():
        await asyncio.gather(*(bench.run(QUICK, room=room, room_values={}) for room in ("HQ-1", "HQ-2")))

    asyncio.run(both())
    bench.close()
    lines = stream.getvalue().splitlines()
    assert "HQ-1 verify: ✓ It has power" in lines
    assert "HQ-2 verify: ✓ It has power" in lines


def test_what_a_device_says_is_made_visible(tmp_path):
    bench = Bench(tmp_path, {"get": [Fault("\x1b[2Jgone [bold]x")]})
    _, text = plain(bench, QUICK)
    bench.close()
    assert "␛[2Jgone [bold]x" in text
    assert "\x1b" not in text


class Broken(io.StringIO):
    """A stream whose terminal has gone."""

    def write(self, text):
        raise OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize(
    "make", [lambda: PlainProgress(Broken()), lambda: LiveProgress(Console(file=Broken(), force_terminal=True)), Silent]
)
def test_nothing_that_happens_to_the_screen_ends_a_run(bench, make):
    bench.heard = make()
    assert asyncio.run(bench.run(QUICK)).status == "failed"


def test_on_a_terminal_the_running_step_is_shown_and_goes_away(bench):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80, color_system=None)
    live = LiveProgress(console)
    bench.heard = live
    asyncio.run(bench.run(DISPLAY_FIX))
    text = stream.getvalue()
    assert "✓ Read the room" in text
    assert "avops approve 1" in text
    assert live._status is None
    assert text.rstrip().endswith("(role L2)")


def test_a_check_on_a_simulated_reading_is_marked(tmp_path):
    bench = Bench(tmp_path, {"get": [{"power": "on"}]})
    _, text = plain(bench, QUICK, options={"mock": True})
    bench.close()
    assert "✓ Read the room  [simulated]" in text
    assert "✓ It has power  [simulated]" in text
