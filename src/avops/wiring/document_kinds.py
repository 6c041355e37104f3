"""What differs between agents, recipes, tools and workflows when their files are changed; all else is done alike for them.

One description per noun: which names it takes, what its text must be beyond its schema, and what else in the world goes by
its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.errors import UsageError
from avops.project.names import folded, slug

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from avops.project.documents import Loaded
    from avops.project.references import Noun
    from avops.wiring.document_references import Mention
    from avops.wiring.workspace import Workspace

_TOOL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_NAME = re.compile(r"\S(.{0,118}\S)?")
# What a checkout on Windows cannot hold as a file, whatever its ending.
_DEVICE = re.compile(r"con|prn|aux|nul|com\d|lpt\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """How files of one noun are changed."""

    noun: Noun
    an: str
    """The noun with its article."""
    keeps: str
    """What goes on under the old name after a renaming."""
    judge: Callable[[Workspace, str, str], None]
    """Raises AvopsError for a text, of the file at a path, that could not be used although it fits the schema."""
    before_renaming: Callable[[Workspace, str], None]
    """Raises UsageError while the document must keep its name."""
    after_renaming: Callable[[Workspace, Loaded[object], str, str], None]
    """Lets what avops keeps outside the files go on: gets the document as it was, its new name and new path."""
    goes_along: Callable[[Workspace, Mention], bool]
    """True for a mention that a deletion takes away by itself, instead of asking for it."""

    def require_name(self, name: str) -> None:
        """Raises UsageError for a name that no document of this kind may have, or that gives no file name."""
        if self.noun == "tool" and not _TOOL_NAME.fullmatch(name):
            raise UsageError(f"'{name}' is no name for a tool", hint="use letters, digits, '_' and '-', such as room_sensors")
        if not _NAME.fullmatch(name) or not name.isprintable():
            raise UsageError(f"'{name}' is no name for {self.an}", hint="at most 120 characters on one line, no spaces at the ends")
        if slug(name) == "unnamed" and folded(name) != "unnamed":
            raise UsageError(f"'{name}' gives no file name", hint="use letters or digits in it")
        if _DEVICE.fullmatch(slug(name)):
            raise UsageError(f"no file can be called '{slug(name)}.yaml' on Windows", hint="choose another name")


def document_kind(noun: Noun) -> DocumentKind:
    """The description of a noun."""
    return {"agent": _AGENT, "recipe": _RECIPE, "tool": _TOOL, "workflow": _WORKFLOW}[noun]


def _sound(workspace: Workspace, text: str, path: str) -> None:
    """Nothing beyond the schema; lint says the rest."""


def _may(workspace: Workspace, name: str) -> None:
    """Nothing stands against it."""


def _nothing_else(workspace: Workspace, before: Loaded[object], name: str, path: str) -> None:
    """Nothing outside the files goes by the name."""


def _asked_for(workspace: Workspace, mention: Mention) -> bool:
    return False


def _judge_workflow(workspace: Workspace, text: str, path: str) -> None:
    from avops.wiring.workflow_files import judged

    judged(workspace, text, path)


def _require_idle(workspace: Workspace, name: str) -> None:
    from avops.wiring.workflow_files import require_idle

    require_idle(workspace, name)


def _move_schedule(workspace: Workspace, before: Loaded[object], name: str, path: str) -> None:
    from avops.wiring.workflow_files import rename_in_schedule

    rename_in_schedule(workspace, str(getattr(before.value, "name", "")), name)


def _move_trust(workspace: Workspace, before: Loaded[object], name: str, path: str) -> None:
    from avops.wiring.tool_files import keep_trust

    keep_trust(workspace, before, path)


def _is_of_operator(workspace: Workspace, mention: Mention) -> bool:
    from avops.wiring.tool_files import operator_path

    return mention.path == operator_path(workspace)


_AGENT = DocumentKind(
    noun="agent",
    an="an agent",
    keeps="its runs so far keep the old name",
    judge=_sound,
    before_renaming=_may,
    after_renaming=_nothing_else,
    goes_along=_asked_for,
)
_RECIPE = DocumentKind(
    noun="recipe",
    an="a recipe",
    keeps="its runs so far keep the old name",
    judge=_sound,
    before_renaming=_may,
    after_renaming=_nothing_else,
    goes_along=_asked_for,
)
_TOOL = DocumentKind(
    noun="tool",
    an="a tool",
    keeps="the runs that used it so far keep the old name",
    judge=_sound,
    before_renaming=_may,
    after_renaming=_move_trust,
    goes_along=_is_of_operator,
)
_WORKFLOW = DocumentKind(
    noun="workflow",
    an="a workflow",
    keeps="its runs so far keep the old name; its schedule goes on under the new one",
    judge=_judge_workflow,
    before_renaming=_require_idle,
    after_renaming=_move_schedule,
    goes_along=_asked_for,
)

NOUNS: Sequence[DocumentKind] = (_AGENT, _RECIPE, _TOOL, _WORKFLOW)
