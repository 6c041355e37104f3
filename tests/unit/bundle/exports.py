"""Exports of the Streamlit app as the tests need them, and archives of all kinds."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LAMP = """\
# written by the night shift
name: Lamp Hours
description: Look after the lamp of a projector before it fails.
version: "1.3"
category: projectors
guardrails:
  timeout_minutes: 25
  max_cost_usd: 2
  rollback_actions:
    - slack.post_message
    - action: slack.post_message
      params: {channel: "#av-ops", text: "The lamp check was stopped"}
    - Put the old lamp back
success_metrics:
  - duration_seconds <= 900
  - people are happy
intake:
  - gather: room_id
  - gather: [lamp hours, filter state]
  - gather: {name: Serial number, from: the label}
  - ask: "Which projector?"
  - ask: {id: floorNumber, prompt: "Which floor is {{room_id}} on?", choices: [1, 2]}
plan:
  - step: Decide whether the lamp is due
  - step: null
act:
  # only at night
  - action: zoom.get_room
    params: {room_id: "{{floorNumber}}"}
    saves: zr
  - action: display.set_power
    params: {host: lobby, power: "on"}
  - action: Swap the lamp
  - action: crestron.reset_lamp_timer
    args: {zone: 4}
  - notify: {channel: "#av-ops", message: "Lamp swapped on floor {{floorNumber}}"}
  - notify: The helpdesk by telephone
  - Sweep the floor
verify:
  - check: zr.status == 'Available'
  - check: the picture is bright
  - check: "{{nobody.knows}} > 3"
  - check: true
"""

LIST_GUARDRAILS = """\
name: Quiet Microphones
guardrails:
  - timeout_s: 90
  - rollback: Unmute by hand
  - rollback: {using: tools.slack, action: post_message, params: {channel: "#av-ops", text: "Mics are back"}}
  - no more than two people in the room
intake:
  - gather: which microphones are mute
act:
  - action: Unmute {{ mic }} and {% weird %}
  - action: {tool: slack, action: post_message, args: {channel: "#av-ops", text: Mics}, urgency: high}
verify:
  - check: sound is heard
"""

STEPS = """\
name: Room Reboot
inputs:
  roomId: {type: str, description: The Zoom Room, required: true}
  channel: "#av-ops"
  attempts: 2
  when_due:
steps:
  - id: look
    action: get_room
    using: tools.zoom
    params: {room_id: "{{inputs.roomId}}"}
    saves: roomState
  - id: think
    action: Decide whether {{s.roomState.name}} may restart
    saves: verdict
  - id: restart
    action: restart_room
    using: zoom
    params: {room_id: "{{ inputs.roomId }}"}
    fallback: {action: call_technician, using: pager}
    retry: 2
    when: s.roomState.status == 'Available' && inputs.attempts > 1
  - id: tell
    action: post_message
    using: slack
    params: {channel: "{{inputs.channel}}", text: "Restarted {{s.roomState.name}} for {{inputs.ticket}}"}
    fallback: continue
    timeout_s: 20
  - id: odd
    action: Toggle relay
    using: relay_board
    params: {relay: 3}
    requires_approval: true
    when: the room is empty
verify:
  - assert: "{{s.roomState.status}} == 'Available'"
  - assert: s.tell.ts != null
  - assert: everything hums
outputs:
  room: "{{s.roomState.name}}"
  nothing: "{{s.unheard.of}}"
  verdict: s.verdict
"""

AGENTS = [
    {
        "name": "Projector Keeper",
        "domain": "AV Support",
        "config_json": json.dumps(
            {"system_prompt": "You keep projectors alive.", "tools": ["slack", "crestron"], "temperature": 0.2, "max_turns": 6}
        ),
    },
    {"name": "Rebooter", "domain": None, "config_json": {"tools": {"zoom": ["get_room"]}, "slack_token": "xoxb-1234567890-abcdefghij"}},
    {"name": "Plain", "domain": "Events", "config_json": None},
    {"name": "Strange", "config_json": "not json at all {", "owner_id": 7},
    {"domain": "nobody"},
    "just a word",
]
WORKFLOWS = [
    {
        "name": "Lamp Round",
        "agent_name": "Projector Keeper",
        "recipe_name": "Lamp Hours",
        "trigger": "interval",
        "interval_minutes": 1440,
        "enabled": True,
    },
    {
        "name": "Reboot On Demand",
        "agent_name": "Rebooter",
        "recipe_name": "Room Reboot",
        "trigger": "manual",
        "interval_minutes": None,
        "enabled": False,
    },
    {
        "name": "By Webhook",
        "agent_name": "Plain",
        "recipe_name": "Quiet Microphones",
        "trigger": "webhook",
        "enabled": 1,
        "last_run_at": "2026-01-01",
    },
    {"name": "Half", "agent_name": "Plain", "recipe_name": None, "trigger": "manual"},
    {"name": "Never", "agent_name": "Gone", "recipe_name": "Not There", "trigger": "interval", "interval_minutes": 0, "enabled": True},
]
RECIPES = [
    {"name": "Lamp Hours", "file": "recipes/lamp_hours.yaml"},
    {"name": "Quiet Microphones", "file": "recipes/mics.yaml", "id": 3},
    {"name": "Room Reboot", "file": "./recipes/reboot.yaml", "yaml_text": None},
    {"name": "Broken", "file": "recipes/broken.yaml"},
    {"name": "Lost", "file": "recipes/lost.yaml"},
    {"name": "No File", "file": None},
]
BROKEN = "name: Broken\nact:\n  - action: [one, two\n  - verify: {{\n"


def streamlit_files() -> dict[str, bytes]:
    """A whole export, with everything odd in it."""
    texts = {
        "recipes/lamp_hours.yaml": LAMP,
        "recipes/mics.yaml": LIST_GUARDRAILS,
        "recipes/reboot.yaml": STEPS,
        "recipes/broken.yaml": BROKEN,
    }
    lists = {"agents.json": AGENTS, "recipes.json": RECIPES, "workflows.json": WORKFLOWS}
    manifest = {"package": "sma-avops-export", "version": 1, "created_at": "2026-01-01T00:00:00Z"}
    return {
        **{name: text.encode() for name, text in texts.items()},
        **{name: json.dumps(each, indent=2).encode() for name, each in lists.items()},
        "manifest.json": json.dumps(manifest).encode(),
        "notes.txt": b"hello",
    }


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip as another program makes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
