"""A project, or one text, against all rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from avops.lint.checked import AgentView, SettingsView, TestView, TextView, ToolView, WorkflowView
from avops.lint.facts import RecipeFacts
from avops.lint.places import Places
from avops.lint.recipe_view import RecipeView
from avops.lint.rule import MOST
from avops.lint.rules import RULES
from avops.model.diagnostic import Diagnostic, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from avops.lint.checked import Checked
    from avops.lint.rule import Finding, Rule
    from avops.project.documents import Kind, Loaded

_RULES = {
    kind: tuple(rule for rule in RULES if getattr(rule, kind))
    for kind in ("agent", "recipe", "settings", "test", "text", "tool", "workflow")
}
_VIEWS: dict[str, Any] = {"agent": AgentView, "settings": SettingsView, "test": TestView, "tool": ToolView, "workflow": WorkflowView}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was found in one file, before severities and suppressions; `facts` of a recipe, `asked` as in `Checked`."""

    path: str
    diagnostics: tuple[Diagnostic, ...]
    facts: RecipeFacts | None = None
    asked: tuple[tuple[str, str], ...] = ()
    draft: bool = False


def judge(kind: Kind, loaded: Loaded[Any], project: Checked) -> Judged:
    """Everything that the rules say about one document."""
    project.asked.clear()
    places = Places(loaded.path, loaded.text)
    found = list(loaded.diagnostics)
    text_view = TextView(
        kind=kind,
        path=loaded.path,
        text=loaded.text,
        data=loaded.data,
        project=project,
        valid=loaded.value is not None,
        lower=loaded.text.lower(),
    )
    for rule in _RULES["text"]:
        found += _told(rule, rule.text(text_view), places)  # type: ignore[misc]  # chosen by having it
    facts = None
    draft = False
    if loaded.value is None:
        facts = broken_facts(loaded) if kind == "recipe" else None
    elif kind == "recipe":
        recipe = RecipeView(loaded.value, loaded.path, loaded.text, project)
        draft = recipe.doc.draft
        for rule in _RULES["recipe"]:
            assert rule.recipe is not None
            for finding in islice(rule.recipe(recipe), MOST):
                found.append(places.diagnostic(rule.name, finding))
        facts = recipe.facts
    else:
        view = _VIEWS[kind](path=loaded.path, text=loaded.text, doc=loaded.value, project=project)
        for rule in _RULES[kind]:
            found += _told(rule, getattr(rule, kind)(view), places)
    found = _with_secrets_hidden(found)
    return Judged(path=loaded.path, diagnostics=tuple(found), facts=facts, asked=tuple(sorted(project.asked)), draft=draft)


def _with_secrets_hidden(found: list[Diagnostic]) -> list[Diagnostic]:
    """The findings, with every secret starred out of the lines shown, also those of other findings on its line."""
    secrets = [each for each in found if each.rule == "secret-in-clear"]
    if not secrets:
        return found
    lines: dict[int, str] = {}
    for each in secrets:
        line = lines.get(each.line, each.snippet or "")
        first, last = each.column - 1, (each.end_column or each.column + 1) - 1
        lines[each.line] = line[:first] + "*" * (last - first) + line[last:]
    return [replace(each, snippet=lines[each.line]) if each.line in lines and each.snippet is not None else each for each in found]


def broken_facts(loaded: Loaded[Any]) -> RecipeFacts:
    """What can be said of a recipe that cannot be used: its name, so that others do not miss it."""
    name = loaded.data.get("name") if isinstance(loaded.data, dict) else None
    own = loaded.path.rpartition("/")[2].rpartition(".")[0]
    return RecipeFacts(name=name if isinstance(name, str) and name else own, path=loaded.path, broken=True)


def _told(rule: Rule, findings: Iterable[Finding], places: Places) -> Iterator[Diagnostic]:
    return (places.diagnostic(rule.name, finding) for finding in islice(findings, MOST))


def unreadable(path: str, message: str) -> Judged:
    """What is told of a file that cannot be read."""
    return Judged(path=path, diagnostics=(Diagnostic(rule="unreadable", severity=Severity.ERROR, message=message, path=path),))
