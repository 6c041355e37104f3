"""How long one recipe of 108 lines takes to read, to validate and to position."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = """\
name: Display Fix {number}
description: Bring a dead room display back, and prove that it shows a picture.
version: 2
owner: av-support
tags: [display, rooms]
room: required

inputs:
  channel: {{default: "#av-support", description: Where to tell people}}

guardrails:
  timeout_minutes: 10
  window: "Mon-Fri 06:00-22:00"
  retries: 1
  rollback_on: [act]
  rollback_actions:
    - notify: {{slack: "{{{{ inputs.channel }}}}", text: "Display fix in {{{{ room.name }}}} was rolled back"}}

success_metrics:
  - {{metric: duration_seconds, target: "<= 600"}}

intake:
  - id: state
    name: Read the room
    tool: zoom.get_room
    with: {{room_id: "{{{{ room.zoom_id }}}}"}}
  - id: display
    name: Read the display
    tool: display.get_power
    with:
      host: "{{{{ room.display_host }}}}"
plan:
  - name: Nobody is in a meeting
    check: state.status != 'InMeeting'
    hold: true
act:
"""

STEP = """\
  - name: Power output {step} on
    tool: display.set_power
    with:
      host: "{{{{ room.display_host }}}}"
      output: {step}
      power: "on"
    undo: {{tool: display.set_power, with: {{host: "{{{{ room.display_host }}}}", output: {step}, power: "off"}}}}
    when: display.outputs[{step}] != 'on' and {number} < 5000
"""

TAIL = """\
verify:
  - name: The display reports power on
    reading: {{tool: display.get_power, with: {{host: "{{{{ room.display_host }}}}"}}}}
    check: reading.power == 'on'
    within: 90s
  - name: The room is back
    reading: {{tool: zoom.get_room, with: {{room_id: "{{{{ room.zoom_id }}}}"}}}}
    check: reading.status == 'Available'
"""


def recipe_text(number: int = 0) -> str:
    """A valid recipe of 108 lines; each `number` gives a different one."""
    steps = "".join(STEP.format(step=step, number=number + step) for step in range(1, 9))
    return HEAD.format(number=number) + steps + TAIL.format()


def measure() -> dict[str, float]:
    """Medians in milliseconds for a recipe of 108 lines."""
    from avops.project.documents import judge
    from avops.project.yaml_positions import positions
    from avops.project.yaml_text import read_yaml

    text = recipe_text()
    data = read_yaml(text)
    judge("recipe", data, text, "a.yaml")
    return {
        "read_ms": _median_ms(lambda: read_yaml(text)),
        "validate_ms": _median_ms(lambda: judge("recipe", data, text, "a.yaml")),
        "positions_ms": _median_ms(lambda: positions(text)),
    }


def _median_ms(work: Callable[[], object], rounds: int = 300) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:24} {value:8.3f}")
