"""An agent is named that the project does not have.

Wrong:

    agent: SuportBot

Right:

    agent: SupportBot
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.checked import meant
from avops.lint.rule import ALWAYS, Family, Finding, Path, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import Checked, SettingsView, TestView, WorkflowView
    from avops.model.workflow import PhaseAgents


def _check(workflow: WorkflowView) -> Iterator[Finding]:
    doc = workflow.doc
    yield from _named(doc.agent, doc.agents, (), workflow.project)
    for index, stage in enumerate(doc.stages):
        yield from _named(stage.agent, stage.agents, ("stages", index), workflow.project)


def _check_settings(settings: SettingsView) -> Iterator[Finding]:
    operator = settings.doc.operator_agent
    if operator is not None:
        yield from _unknown(operator, ("operator_agent",), settings.project)


def _check_test(test: TestView) -> Iterator[Finding]:
    for path, part in test.parts:
        yield from _named(part.agent, part.agents, path, test.project)


def _named(agent: str | None, agents: PhaseAgents | None, path: Path, project: Checked) -> Iterator[Finding]:
    if agent is not None:
        yield from _unknown(agent, (*path, "agent"), project)
    if agents is not None:
        for phase in ("intake", "plan", "act", "verify"):
            yield from _unknown(getattr(agents, phase), (*path, "agents", phase), project)


def _unknown(name: str, path: Path, project: Checked) -> Iterator[Finding]:
    if project.is_whole and project.agents.find(name, by_file=True) is None:
        names = project.agents.names
        yield Finding(f"no agent is called '{name}'", path, meant(name, names) or "`avops agent new` makes one", names)


RULE = Rule(
    number="AV103",
    name="unknown-agent",
    family=Family.REFERENCES,
    levels=ALWAYS,
    page=__doc__,
    workflow=_check,
    settings=_check_settings,
    test=_check_test,
)
