"""The recipes that are killed, and what must have become of each once it has been continued to its end."""

from __future__ import annotations

from dataclasses import dataclass, field

TOOL = """
name: site
kind: http
base_url: http://127.0.0.1:{port}
private: true
timeout: 10s
actions:
  look: {{effect: read, input: {{id: {{type: string}}}}, request: {{path: "/rooms/{{id}}"}}}}
  get: {{effect: read, input: {{id: {{type: string}}}}, request: {{path: "/displays/{{id}}/power"}}}}
  power:
    effect: write
    idempotent: true
    input: {{id: {{type: string}}, power: {{type: string}}}}
    request: {{method: PUT, path: "/displays/{{id}}/power", json: {{power: "{{{{ power }}}}"}}}}
    restore: {{read: get, with: {{power: "{{{{ before.target }}}}"}}}}
  patch:
    effect: write
    idempotent: false
    input: &ticket {{id: {{type: string}}, title: {{type: string}}}}
    request: &tickets {{method: POST, path: /tickets, json: {{room: "{{{{ id }}}}", title: "{{{{ title }}}}"}}}}
  ticket:
    effect: record
    idempotent: false
    input: *ticket
    request: *tickets
    artifact: {{kind: ticket, title: T, id: "{{{{ result.id }}}}"}}
  restart:
    effect: destructive
    idempotent: false
    input: {{id: {{type: string}}}}
    request: {{method: POST, path: "/rooms/{{id}}/restart"}}
  say:
    effect: record
    idempotent: false
    input: {{to: {{type: string}}, body: {{type: string}}, id: {{type: string}}}}
    request:
      method: POST
      path: /slack/chat.postMessage
      json: {{channel: "{{{{ to }}}}", text: "{{{{ body }}}}", room: "{{{{ id }}}}"}}
    notify: {{to: to, text: body}}
"""
AGENT = "name: Bot\ntools: {site: '*'}\n"
SETTINGS = "roles: {L2: [lee]}\n"

CHILD = """
name: Child
act:
  - {id: s, tool: site.look, with: {id: "{{ room.room }}"}}
  - {wait: 5ms}
  - {tool: site.patch, with: {id: "{{ room.room }}", title: c1}, undo: {tool: site.patch, with: {id: "{{ room.room }}", title: u1}}}
  - {reading: {tool: site.look, with: {id: "{{ room.room }}"}}, check: reading.volume >= 0, within: 2s, every: 5ms, for: 10ms}
outputs: {volume: s.volume}
"""


def patch(number: int, more: str = "") -> str:
    """A write that must happen once, and its undo, which must happen at most once."""
    undo = f'{{tool: site.patch, with: {{id: "{{{{ room.room }}}}", title: u{number}}}}}'
    return f'  - {{tool: site.patch, with: {{id: "{{{{ room.room }}}}", title: c{number}}}, undo: {undo}{more}}}\n'


INTAKE = '  - {id: s, tool: site.look, with: {id: "{{ room.room }}"}}\n'
HOLD = "plan:\n  - {check: \"s.status != 'InMeeting'\", hold: true}\n"
RESTART = '  - {tool: site.restart, with: {id: "{{ room.room }}"}, undo: none, why: w}\n'
POWER = '  - {tool: site.power, with: {id: "{{ room.room }}", power: "on"}, undo: auto}\n'
TICKET = '  - {tool: site.ticket, with: {id: "{{ room.room }}", title: t1}}\n'
SAY = '  - {notify: {site: "#av", text: %s, id: "{{ room.room }}"}}\n'
FAILS = '  - {tool: site.patch, with: {id: "{{ room.room }}", title: " "}, undo: none, why: it fails}\n'
VERIFY = (
    "verify:\n  - {reading: {tool: site.get, with: {id: \"{{ room.room }}\"}}, check: reading.target == 'on', within: 5s, every: 5ms}\n"
)
ROLLBACK = 'guardrails: {rollback_actions: [{notify: {site: "#av", text: r1, id: "{{ room.room }}"}}]}\n'
EACH = (
    '  - {for_each: %s, parallel: 3, tool: site.patch, with: {id: "{{ room.room }}", title: "{{ item }}"}, '
    'undo: {tool: site.patch, with: {id: "{{ room.room }}", title: "u-{{ item }}"}}}\n'
)
DO = '  - {do: "On: %s"}\n'
DO_UNDO = '  - {do: "On: %s", undo: {tool: site.patch, with: {id: "{{ room.room }}", title: u2}}}\n'
DO_EACH = '  - {for_each: [a, b, c, d], parallel: 3, do: "On: look, mark it"}\n'
CONFIRM = '  - {confirm: The display is on, reading: {tool: site.get, with: {id: "{{ room.room }}"}}}\n'


@dataclass(frozen=True)
class Scenario:
    """A recipe, the status it ends with, and the marks it leaves: each must be seen exactly once."""

    name: str
    recipe: str
    status: str
    once: frozenset[str]
    maybe: frozenset[str] = frozenset()
    """Marks that hang on what runs in parallel: at most once, and each with its undo."""
    power: str = "off"
    faults: tuple[dict[str, object], ...] = ()
    rooms: int = 1
    texts: dict[str, str] = field(default_factory=dict)
    once_told: Scenario | None = None
    """What must have become of it when a person said that `c1`, which nobody saw end, is done."""


def _marks(text: str) -> frozenset[str]:
    return frozenset(text.split())


SCENARIOS = (
    Scenario(
        "straight",
        f"name: X\nintake:\n{INTAKE}{HOLD}act:\n{TICKET}{POWER}{patch(1)}{SAY % 's1'}{VERIFY}",
        "success",
        _marks("t1 c1 s1"),
        power="on",
    ),
    Scenario(
        "taken-back",
        f"name: X\n{ROLLBACK}intake:\n{INTAKE}{HOLD}act:\n{patch(1)}{POWER}{patch(2)}{FAILS}{SAY % 's1'}",
        "failed",
        _marks("c1 c2 u1 u2 r1"),
    ),
    Scenario(
        "parallel",
        f"name: X\nintake:\n{INTAKE}{HOLD}act:\n{EACH % '[a, b, c, d, e, f, g]'}{POWER}{VERIFY}",
        "success",
        _marks("a b c d e f g"),
        power="on",
    ),
    Scenario(
        "parallel-taken-back",
        f"name: X\n{ROLLBACK}act:\n{patch(1)}{EACH % repr(['a', 'b', ' ', 'd', 'e', 'f'])}",
        "failed",
        _marks("c1 u1 r1"),
        maybe=_marks("a b d e f"),
    ),
    Scenario(
        "approved",
        f"name: X\nintake:\n{INTAKE}{HOLD}act:\n{patch(1, ', approval: L2')}{POWER}  - {{approve: L2}}\n{patch(2)}{VERIFY}",
        "success",
        _marks("c1 c2"),
        power="on",
    ),
    Scenario(
        "called",
        f"name: X\n{ROLLBACK}intake:\n{INTAKE}act:\n  - {{id: c, recipe: Child}}\n{patch(2)}  - {{check: c.volume < 0}}\n",
        "failed",
        _marks("c1 c2 u1 u2 r1"),
        texts={"recipes/child.yaml": CHILD},
    ),
    Scenario(
        "lost-answer",
        f"name: X\n{ROLLBACK}act:\n{POWER}{patch(1)}{SAY % 's1'}",
        "failed",
        _marks("c1 r1"),
        faults=({"kind": "drop_after", "action": "create_ticket", "times": 1},),
        once_told=Scenario("lost-answer, told", "", "unverified", _marks("c1 s1"), power="on"),
    ),
    Scenario(
        "restart",
        f"name: X\nintake:\n{INTAKE}{HOLD}act:\n{RESTART}{POWER}{VERIFY}",
        "success",
        _marks("restart"),
        power="on",
    ),
    Scenario(
        "model",
        f"name: X\nintake:\n{INTAKE}{HOLD}act:\n{DO % 'look tell t1, power mark c1, restart, look mark c2'}{patch(3)}{VERIFY}{CONFIRM}",
        "success",
        _marks("t1 c1 c2 c3 restart"),
        power="on",
    ),
    Scenario(
        "model-taken-back",
        f"name: X\n{ROLLBACK}intake:\n{INTAKE}{HOLD}act:\n{patch(1)}{DO % 'power, look'}{DO_UNDO % 'power mark c2, tell t1'}{FAILS}",
        "failed",
        _marks("c1 c2 t1 u1 u2 r1"),
    ),
    Scenario(
        "models-in-parallel",
        f"name: X\nintake:\n{INTAKE}{HOLD}act:\n{DO_EACH}{POWER}{VERIFY}",
        "success",
        _marks("a b c d"),
        power="on",
    ),
    Scenario("fleet", f"name: X\nintake:\n{INTAKE}{HOLD}act:\n{patch(1)}{POWER}{VERIFY}", "success", _marks("c1"), power="on", rooms=3),
)
