"""A role is named that `avops.yaml` does not have.

Nobody could approve: the run would wait until it expires.

Wrong:

    approval: Suport_L2

Right:

    approval: Support_L2
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.checked import meant
from avops.lint.rule import ALWAYS, Family, Finding, Path, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import AgentView, Checked, SettingsView
    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for step in recipe.steps:
        key = "approve" if step.kind == "approve" else "approval"
        role = step.option(key)
        if role is not None:
            yield from _unknown(role, step.at(key), recipe.project)


def _check_agent(agent: AgentView) -> Iterator[Finding]:
    for effect, role in agent.doc.approvals.items():
        yield from _unknown(role, ("approvals", effect), agent.project)


def _check_settings(settings: SettingsView) -> Iterator[Finding]:
    for role, people in settings.doc.roles.items():
        if not people:
            yield Finding(f"nobody has the role '{role}', so nobody could approve", ("roles", role), "name login accounts", at_key=True)


def _unknown(role: str, path: Path, project: Checked) -> Iterator[Finding]:
    if project.is_whole and role not in project.roles:
        hint = meant(role, project.roles) or "add it under roles: in avops.yaml"
        yield Finding(f"no role is called '{role}'", path, hint, project.roles)


RULE = Rule(
    number="AV105",
    name="unknown-role",
    family=Family.REFERENCES,
    levels=ALWAYS,
    page=__doc__,
    recipe=_check,
    agent=_check_agent,
    settings=_check_settings,
)
