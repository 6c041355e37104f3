"""Hosts of devices come from the room list or a manifest, never from what a tool answered."""

from __future__ import annotations

import asyncio

import pytest

from avops.model.run import RunStatus

DEVICE = """
name: device
kind: http
base_url: http://127.0.0.1:1
private: true
actions:
  get: {effect: read, input: {host: {type: string, x-avops-from-room-list: true}}, request: {path: "/{host}"}}
  set:
    effect: write
    idempotent: true
    input: {host: {type: string, x-avops-from-room-list: true}, text: {type: string, required: false}}
    request: {method: PUT, path: "/{host}"}
"""
CHILD = "name: Child\ninputs: {host: {}}\nact:\n  - {tool: device.set, with: {host: '{{ inputs.host }}'}, undo: none, why: w}\n"
GIVES = "name: Gives\nintake:\n  - {id: s, tool: room.get}\noutputs: {host: s.host}\n"
INTAKE = """
name: X
room: required
intake:
  - {id: s, tool: room.get}
  - {id: made, set: {copy: s.host}}
  - {id: again, set: {copy: made.copy}}
  - {id: given, recipe: Gives}
  - {id: listed, set: {copy: room.display_host}}
act:
  - """
PLAIN = "undo: none, why: w"


def made(bench):
    b = bench(get=[{"host": "evil.example", "list": ["evil.example"], "power": "on"}], set=[{}], many=[{}])
    b.more_texts = {"tools/device.yaml": DEVICE, "recipes/c.yaml": CHILD, "recipes/g.yaml": GIVES}
    b.agent_text = "name: Bot\ntools: {room: '*', device: '*'}\n"
    return b


def run(b, text, **more):
    return asyncio.run(b.run(text, room="A", room_values={"room": "A", "display_host": "display-a.example"}, **more))


@pytest.mark.parametrize(
    "act",
    [
        f"{{tool: device.set, with: {{host: '{{{{ s.host }}}}'}}, {PLAIN}}}",
        f"{{tool: device.set, with: {{host: '{{{{ intake.s.host }}}}'}}, {PLAIN}}}",
        f"{{tool: device.set, with: {{host: 'a.{{{{ s.host }}}}'}}, {PLAIN}}}",
        f"{{tool: device.set, with: {{host: '{{{{ room[s.host] | default(room.display_host) }}}}'}}, {PLAIN}}}",
        f"{{tool: device.set, with: {{host: '{{{{ again.copy }}}}'}}, {PLAIN}}}",
        f"{{for_each: '{{{{ s.list }}}}', tool: device.set, with: {{host: '{{{{ item }}}}'}}, {PLAIN}}}",
        f"{{tool: device.set, with: {{host: '{{{{ given.host }}}}'}}, {PLAIN}}}",
        "{recipe: Child, with: {host: '{{ s.host }}'}}",
        "{recipe: Child, with: {host: '{{ again.copy }}'}}",
        "{tool: room.many, undo: {tool: device.set, with: {host: '{{ s.host }}'}}}",
        "{id: me, tool: room.many, undo: {tool: device.set, with: {host: '{{ me.host }}'}}}",
        "{check: reading.x is defined, reading: {tool: device.get, with: {host: '{{ s.host }}'}}}",
    ],
)
def test_a_host_from_an_answer_is_refused_before_the_call(bench, act):
    b = made(bench)
    report = run(b, f"{INTAKE}{act}\n")
    assert report.status is RunStatus.FAILED
    assert "refused by policy: 'host' of 'device." in (report.error or ""), report.error
    assert b.sent("set", "many") == []


@pytest.mark.parametrize(
    "act",
    [
        f"{{tool: device.set, with: {{host: '{{{{ room.display_host }}}}', text: '{{{{ s.host }}}}'}}, {PLAIN}}}",
        f"{{tool: device.set, with: {{host: display-a.example}}, {PLAIN}}}",
        f"{{tool: device.set, with: {{host: '{{{{ listed.copy }}}}'}}, {PLAIN}}}",
        f"{{for_each: ['a.example'], tool: device.set, with: {{host: '{{{{ item }}}}'}}, {PLAIN}}}",
        f"{{when: s.host == 'evil.example', tool: device.set, with: {{host: '{{{{ room.display_host }}}}'}}, {PLAIN}}}",
        "{recipe: Child, with: {host: '{{ room.display_host }}'}}",
    ],
)
def test_a_host_from_the_room_list_or_the_recipe_is_reached(bench, act):
    b = made(bench)
    report = run(b, f"{INTAKE}{act}\n")
    assert report.status is RunStatus.UNVERIFIED, report.error
    assert len(b.sent("set")) == 1


def test_rollback_actions_are_held_to_it(bench):
    b = made(bench)
    action = f"{{tool: device.set, with: {{host: '{{{{ s.host }}}}'}}, {PLAIN}}}"
    text = INTAKE.replace("room: required\n", f"room: required\nguardrails: {{rollback_actions: [{action}]}}\n")
    report = run(b, f"{text}{{check: 1 == 2}}\n")
    assert "rollback.0 'device.set': refused by policy" in (report.error or "")
    assert b.sent("set") == []
