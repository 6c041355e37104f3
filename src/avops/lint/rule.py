"""What a rule is: a stable number and name, how much it weighs, what it looks at, and its page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from avops.model.diagnostic import Severity

if TYPE_CHECKING:
    from avops.lint.checked import AgentView, SettingsView, TestView, TextView, ToolView, WorkflowView
    from avops.lint.recipe_view import RecipeView
    from avops.project.yaml_source import Span

Path: TypeAlias = tuple[str | int, ...]


MOST = 100
"""Findings of one rule that are told for one file."""

FIRST = "0.1"
"""The minor version with which lint itself came."""


class Family(StrEnum):
    """What a rule is about; its hundreds digit is the family's place in this list."""

    SYNTAX = "syntax and schema"
    REFERENCES = "references"
    FLOW = "data flow"
    CONTRACT = "IPAV contract"
    GUARDRAILS = "guardrails"
    PRIVILEGE = "least privilege"
    SECURITY = "security"
    SCHEDULE = "schedule"
    DRIFT = "SOP drift"
    STYLE = "style"


class Levels(NamedTuple):
    """The severity of a rule in each profile; None is off."""

    minimal: Severity | None
    team: Severity | None
    strict: Severity | None


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO
ALWAYS = Levels(_E, _E, _E)
"""What the engine refuses, or what cannot be meant."""
TEAM = Levels(_W, _E, _E)
"""What a team must not merge."""
ADVICE = Levels(None, _W, _W)
"""What is probably a mistake."""
HINT = Levels(None, _I, _W)
"""What a careful team minds."""
STRICT = Levels(None, None, _W)
"""What only the strict profile minds."""
WARNS = Levels(_W, _W, _W)
"""What is always said and stops nobody."""


class Finding(NamedTuple):
    """What a rule has to say about one place of a document.

    The place is a data path; `at_key` points at its key; `offset` and `length` are characters of the text there.
    `span` is a place in the file itself, where there is no data path.
    """

    message: str
    path: Path = ()
    hint: str | None = None
    expected: tuple[str, ...] = ()
    at_key: bool = False
    offset: int = 0
    length: int = 0
    span: Span | None = None
    is_secret: bool = False


Findings: TypeAlias = Iterable[Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. The functions say which kinds of documents it looks at; a rule without any is told by the reader.

    `page` is the docstring of the rule's module: what it says, why, and how to mend it, with examples. `in_drafts_warns`:
    a draft gets a warning where a reviewed recipe gets an error.
    """

    number: str
    name: str
    family: Family
    levels: Levels
    page: str
    recipe: Callable[[RecipeView], Findings] | None = None
    agent: Callable[[AgentView], Findings] | None = None
    workflow: Callable[[WorkflowView], Findings] | None = None
    tool: Callable[[ToolView], Findings] | None = None
    settings: Callable[[SettingsView], Findings] | None = None
    test: Callable[[TestView], Findings] | None = None
    text: Callable[[TextView], Findings] | None = None
    in_drafts_warns: bool = False
    fixable: bool = False
    since: str = FIRST
    """The minor version with which the rule came: while that is the version, it is no more than a warning."""

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.page.strip().splitlines()[0].rstrip(".")
