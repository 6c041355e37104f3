"""A document's text judged before it replaces the one in its file: its schema, what it needs of the project, and lint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.errors import DocumentError, FindingsError
from avops.model.diagnostic import Severity
from avops.wiring.document_files import require_free
from avops.wiring.document_kinds import document_kind
from avops.wiring.linting import lint_scheduling

if TYPE_CHECKING:
    from avops.model.diagnostic import Diagnostic
    from avops.project.references import Noun
    from avops.wiring.workspace import Workspace


def judge_text(workspace: Workspace, noun: Noun, path: str, before: bytes, after: bytes) -> int:
    """How many warnings lint has about a text that may be saved at `path`.

    Raises DocumentError for mistakes, of the schema or that lint calls errors; those that the file had before do not count
    again. Raises another AvopsError for a name that is taken or odd, and for what the document needs and is not there.
    """
    from avops.project.documents import load_document

    kind = document_kind(noun)
    try:
        text = after.decode("utf-8")
    except UnicodeDecodeError:
        raise FindingsError("the text is not UTF-8") from None
    name = str(getattr(load_document(noun, text, path).required(), "name", ""))
    if name != getattr(load_document(noun, before, path).value, "name", None):
        kind.require_name(name)
        require_free(workspace, noun, name, path=path)
    kind.judge(workspace, text, path)
    found = findings(workspace, noun, path, after)
    errors = [each for each in found if each.severity is Severity.ERROR]
    if errors:
        known = {(each.rule, each.message) for each in findings(workspace, noun, path, before)}
        if new := [each for each in errors if (each.rule, each.message) not in known]:
            raise DocumentError(new)
    return sum(each.severity is Severity.WARNING for each in found)


def findings(workspace: Workspace, noun: Noun, path: str, text: bytes) -> list[Diagnostic]:
    """What lint says of a text as if it stood at `path`, in the light of the rest of the project."""
    from avops.lint.run import Request, lint_text

    request = Request(start=workspace.root, scheduling=lint_scheduling())
    return [each for each in lint_text(text, request, path=path, kind=noun).diagnostics if each.path == path]
