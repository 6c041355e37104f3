"""`avops lint` over 2,000 recipes of 108 lines with 15 expressions each that no other file has: cold, and unchanged.

Beside it, in the same run and over the same files, yamllint and check-jsonschema, where they are installed (beside this
Python, or on the path).
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RECIPES = 2000
LINES = 108
ROUNDS = 3

SETTINGS = "timezone: Europe/Berlin\nroles: {Support_L2: [alice]}\n"
ROOMS = "room,name,site,zoom_id,display_host\nHQ-1,Boardroom,hq,zr-1,display-1.av.example\n"
DISPLAY = """\
name: display
kind: http
description: Displays
base_url: http://gateway.av.example
actions:
  get_power:
    description: Read a display
    effect: read
    input: {host: {type: string}}
    request: {path: "/displays/{host}"}
    output:
      type: object
      properties: {power: {enum: ["on", "off"]}, level: {type: integer}, outputs: {type: array, items: {type: string}}}
      additionalProperties: false
  set_power:
    description: Set the power of an output
    effect: write
    idempotent: true
    input: {host: {type: string}, output: {type: integer}, power: {enum: ["on", "off"]}, note: {type: string, required: false}}
    request: {method: PUT, path: "/displays/{host}/power", json: {power: "{{ power }}"}}
"""
SLACK = """\
name: slack
kind: http
description: Messages
base_url: https://slack.com/api
actions:
  post:
    description: Post a message
    effect: record
    input: {channel: {type: string}, text: {type: string}}
    request: {method: POST, path: /post, json: {channel: "{{ channel }}", text: "{{ text }}"}}
    notify: {to: channel, text: text}
"""
AGENT = "name: Operator\ndescription: Looks after displays\ntools: {display: [get_power, set_power], slack: [post]}\n"
HEAD = """\
# yaml-language-server: $schema=../schemas/recipe.schema.json
name: Display Fix {n}
description: Bring the outputs of a display back, and prove that they are on.
version: 1
owner: av-support
tags: [display]
room: required

inputs:
  channel: {{default: "#av-{n}", description: Where to tell people}}

guardrails:
  timeout_minutes: 30
  window: "Mon-Fri 06:00-22:00"
  retries: 1
  rollback_actions:
    - notify: {{slack: "{{{{ inputs.channel }}}}", text: "Fix {n} in {{{{ room.name }}}} was rolled back"}}

intake:
  - id: state
    name: Read the display
    tool: display.get_power
    with:
      host: "{{{{ room.display_host ~ '{n}' }}}}"
plan:
  - name: It is not too loud
    check: state.level < {n} + 100
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
      note: "{{{{ room.name ~ ' output {step}, fix {n}' }}}}"
    undo: auto-{step}
    when: state.level > {n} and '{step}' in state.outputs
"""
TAIL = """\
verify:
  - name: The display reports power on
    reading: {{tool: display.get_power, with: {{host: "{{{{ room.display_host ~ '-{n}' }}}}"}}}}
    check: reading.power == 'on' and reading.level > {n}
    within: 90s
  - name: Tell the channel
    notify: {{slack: "{{{{ inputs.channel }}}}", text: "Fix {n} in {{{{ room.name }}}} is done"}}
"""
STEPS = 5


def recipe_text(number: int) -> str:
    """A sound recipe of 108 lines; no expression but the plainest names is in that of another number."""
    undo = 'undo: {{tool: display.set_power, with: {{host: "{{{{ room.display_host }}}}", output: {step}, power: "off"}}}}'
    step = STEP.replace("undo: auto-{step}", undo)
    body = HEAD.format(n=number) + "".join(step.format(step=index, n=number) for index in range(1, STEPS + 1)) + TAIL.format(n=number)
    missing = LINES - body.count("\n")
    return body + "".join(f"# note {index} of the technicians about fix {number}\n" for index in range(missing))


def write_project(folder: Path, recipes: int = RECIPES) -> None:
    """A project with so many recipes."""
    for name in ("agents", "recipes", "tools"):
        (folder / name).mkdir(parents=True)
    for path, text in (("avops.yaml", SETTINGS), ("rooms.csv", ROOMS), ("agents/operator.yaml", AGENT)):
        (folder / path).write_text(text, encoding="utf-8")
    (folder / "tools" / "display.yaml").write_text(DISPLAY, encoding="utf-8")
    (folder / "tools" / "slack.yaml").write_text(SLACK, encoding="utf-8")
    for number in range(recipes):
        (folder / "recipes" / f"display-fix-{number}.yaml").write_text(recipe_text(number), encoding="utf-8")


def measure() -> dict[str, float]:
    """Medians in seconds, and how many times longer the others take."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        project = root / "project"
        project.mkdir()
        write_project(project)
        environment = {**os.environ, "XDG_CACHE_HOME": str(root / "cache")}
        command = [sys.executable, "-m", "avops", "lint"]
        figures: dict[str, float] = {}
        cold = []
        for _ in range(ROUNDS):
            shutil.rmtree(root / "cache", ignore_errors=True)
            cold.append(_seconds(command, project, environment))
        figures["lint, 2,000 recipes of 108 lines, cold, s"] = statistics.median(cold)
        figures["lint, the same, unchanged, s"] = statistics.median(_seconds(command, project, environment) for _ in range(ROUNDS))
        (project / "recipes" / "display-fix-7.yaml").write_text(recipe_text(RECIPES), encoding="utf-8")
        figures["lint, the same, one recipe changed, s"] = _seconds(command, project, environment)
        figures |= _others(project, environment, figures["lint, 2,000 recipes of 108 lines, cold, s"])
        return figures


def _others(project: Path, environment: dict[str, str], own_s: float) -> dict[str, float]:
    figures = {}
    schema = Path(__file__).parents[1] / "schemas" / "recipe.schema.json"
    files = [str(path) for path in sorted((project / "recipes").iterdir())]
    for name, arguments in (
        ("yamllint", ["-d", "relaxed", "recipes"]),
        ("check-jsonschema", ["--schemafile", str(schema), *files]),
    ):
        program = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
        if program is not None:
            seconds = _seconds([program, *arguments], project, environment, ok=(0, 1))
            figures[f"{name}, the same files, s"] = seconds
            figures[f"{name}, times avops lint"] = seconds / own_s
    return figures


def _seconds(command: list[str], folder: Path, environment: dict[str, str], ok: tuple[int, ...] = (0,)) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    took = time.perf_counter() - began
    if done.returncode not in ok:
        raise RuntimeError(f"{command[:3]} exited {done.returncode}: {(done.stdout + done.stderr).decode()[-500:]}")
    return took


if __name__ == "__main__":
    for what, value in measure().items():
        print(f"{what:60} {value:8.2f}")
