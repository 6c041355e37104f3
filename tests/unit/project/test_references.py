"""Where documents name one another."""

from __future__ import annotations

import pytest

from avops.project.references import references
from avops.project.yaml_text import read_yaml

RECIPE = """
guardrails:
  rollback_actions:
    - notify: {slack: "#av", text: hello}
    - tool: tickets.create
      with: {tool: not.one, recipe: not one}
intake:
  - tool: zoom.get_room
    with: {recipe: no, calls: [{tool: no.no}]}
plan:
  - check: reading.power == 'display.power'
    reading: {tool: display.get_power}
  - wait: {until: reading.on, reading: {tool: display.get_power}}
act:
  - tool: display.set_power
    undo: {tool: display.reset}
  - recipe: Other
    with: {agent: X}
  - {tool: [broken]}
  - nonsense
verify: nothing
"""


def found(kind: str, text: str) -> list[tuple[str, str, str]]:
    return [(each.noun, each.name + each.action, ".".join(map(str, each.path))) for each in references(kind, read_yaml(text))]  # type: ignore[arg-type]


def test_a_recipe_names_tools_and_recipes_and_its_arguments_are_data() -> None:
    assert found("recipe", RECIPE) == [
        ("tool", "zoom.get_room", "intake.0.tool"),
        ("tool", "display.get_power", "plan.0.reading.tool"),
        ("tool", "display.get_power", "plan.1.wait.reading.tool"),
        ("tool", "display.set_power", "act.0.tool"),
        ("tool", "display.reset", "act.0.undo.tool"),
        ("recipe", "Other", "act.1.recipe"),
        ("tool", "slack", "guardrails.rollback_actions.0.notify.slack"),
        ("tool", "tickets.create", "guardrails.rollback_actions.1.tool"),
    ]


def test_workflows_name_agents_recipes_and_other_workflows() -> None:
    text = """
    agents: {intake: A, plan: B, act: C, verify: D}
    recipe: R
    trigger: {after: W, on: failed}
    stages: [{agent: S, recipe: T}, {agents: {act: U}, recipe: V}]
    """
    assert [each[:2] for each in found("workflow", text)] == [
        ("agent", "A"),
        ("agent", "B"),
        ("agent", "C"),
        ("agent", "D"),
        ("recipe", "R"),
        ("agent", "S"),
        ("recipe", "T"),
        ("agent", "U"),
        ("recipe", "V"),
        ("workflow", "W"),
    ]


def test_settings_and_tests_name_what_they_use() -> None:
    settings = """
    operator_agent: op
    mock: [zoom]
    kb: {tool: web, publish_tool: now}
    alerts: {agent: Teller, notify: {slack: "#a"}, ticket: {open: tickets.create, close: tickets.resolve}}
    """
    assert found("settings", settings) == [
        ("agent", "op", "operator_agent"),
        ("tool", "zoom", "mock.0"),
        ("tool", "web", "kb.tool"),
        ("tool", "now", "kb.publish_tool"),
        ("agent", "Teller", "alerts.agent"),
        ("tool", "slack", "alerts.notify.slack"),
        ("tool", "tickets.create", "alerts.ticket.open"),
        ("tool", "tickets.resolve", "alerts.ticket.close"),
    ]
    test = """
    recipe: R
    tools: {zoom.get_room: {tool: no.no}}
    tests:
      - name: one
        agent: A
        tools: {slack.post: {}}
        expect: {status: success, calls: [slack.post, {tool: zoom.set}], reads: [zoom.get_room]}
    """
    assert found("test", test) == [
        ("recipe", "R", "recipe"),
        ("tool", "zoom.get_room", "tools.zoom.get_room"),
        ("agent", "A", "tests.0.agent"),
        ("tool", "slack.post", "tests.0.tools.slack.post"),
        ("tool", "slack.post", "tests.0.expect.calls.0"),
        ("tool", "zoom.set", "tests.0.expect.calls.1.tool"),
        ("tool", "zoom.get_room", "tests.0.expect.reads.0"),
    ]


@pytest.mark.parametrize("text", ["[]", "x", "tools: [a]\nrecipes: {a: b}\n", "recipes: [1, {a: b}]\ntrigger: 7\nstages: no\nmock: true"])
@pytest.mark.parametrize("kind", ["agent", "recipe", "settings", "test", "workflow", "tool"])
def test_what_has_another_shape_names_nobody(kind: str, text: str) -> None:
    assert found(kind, text) == []
