"""Documents from their text: a value, or diagnostics that say what is wrong and where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from avops.errors import DocumentError
from avops.model.diagnostic import Diagnostic, Severity

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from avops.model.agent import Agent
    from avops.model.recipe import Recipe
    from avops.model.recipe_test import RecipeTest
    from avops.model.settings import Settings
    from avops.model.tool import Tool
    from avops.model.workflow import Workflow

Kind = Literal["agent", "recipe", "settings", "test", "tool", "workflow"]
KINDS: tuple[Kind, ...] = ("agent", "recipe", "settings", "test", "tool", "workflow")

M_co = TypeVar("M_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded(Generic[M_co]):
    """What became of a document: its `value`, or None with at least one error in `diagnostics`.

    `data` is what the text says before it was judged, None when it could not be read at all; it must not be changed.
    """

    path: str
    text: str
    data: object
    value: M_co | None
    diagnostics: tuple[Diagnostic, ...] = ()

    def required(self) -> M_co:
        """The value; `DocumentError` with the diagnostics when there is none."""
        if self.value is None:
            raise DocumentError(self.diagnostics)
        return self.value


@overload
def load_document(kind: Literal["agent"], text: str | bytes, path: str) -> Loaded[Agent]: ...
@overload
def load_document(kind: Literal["recipe"], text: str | bytes, path: str) -> Loaded[Recipe]: ...
@overload
def load_document(kind: Literal["settings"], text: str | bytes, path: str) -> Loaded[Settings]: ...
@overload
def load_document(kind: Literal["test"], text: str | bytes, path: str) -> Loaded[RecipeTest]: ...
@overload
def load_document(kind: Literal["tool"], text: str | bytes, path: str) -> Loaded[Tool]: ...
@overload
def load_document(kind: Literal["workflow"], text: str | bytes, path: str) -> Loaded[Workflow]: ...
@overload
def load_document(kind: Kind, text: str | bytes, path: str) -> Loaded[Agent | Recipe | RecipeTest | Settings | Tool | Workflow]: ...
def load_document(kind: Kind, text: str | bytes, path: str) -> Loaded[Any]:
    """The document of one kind that `text` holds; never raises for what the text says.

    An empty `avops.yaml` is a `Settings` of defaults; any other empty document is an error.
    """
    from avops.project.yaml_text import read_yaml

    warnings: list[Diagnostic] = []
    try:
        data = read_yaml(text, path=path, warnings=warnings)
    except DocumentError as error:
        return Loaded(path=path, text=_shown(text), data=None, value=None, diagnostics=(*error.diagnostics, *warnings))
    if data is None and kind == "settings":
        data = {}
    return judge(kind, data, _shown(text), path, warnings)


def judge(kind: Kind, data: object, text: str, path: str, warnings: list[Diagnostic] | None = None) -> Loaded[Any]:
    """The document that `data`, read from `text`, makes; `warnings` are those of the reader."""
    from pydantic import ValidationError

    told = tuple(warnings or ())
    wanted = _plugin_type(kind, data)
    try:
        value = _adapter(kind).validate_python(data) if wanted is None else wanted.model_validate(data)
    except ValidationError as error:
        if not isinstance(data, dict):
            found = [_no_mapping(kind, data, text, path)]
        else:
            from avops.project.document_errors import explain

            found = explain(error, wanted or document_type(kind), data, text, path)
        # A warning beside an error about the same line would say half of it again.
        lines = {each.line for each in found}
        told = tuple(each for each in told if each.line not in lines)
        return Loaded(path=path, text=text, data=data, value=None, diagnostics=(*found, *told))
    return Loaded(path=path, text=text, data=data, value=value, diagnostics=told)


def document_type(kind: Kind) -> Any:
    """The type that documents of one kind have; a union for tools."""
    if kind == "agent":
        from avops.model.agent import Agent

        return Agent
    if kind == "recipe":
        from avops.model.recipe import Recipe

        return Recipe
    if kind == "settings":
        from avops.model.settings import Settings

        return Settings
    if kind == "test":
        from avops.model.recipe_test import RecipeTest

        return RecipeTest
    if kind == "tool":
        from avops.model.tool import Tool

        return Tool
    from avops.model.workflow import Workflow

    return Workflow


def _plugin_type(kind: Kind, data: object) -> Any:
    """`PluginTool` for a tool whose kind an installed package brings, None for all else."""
    if kind != "tool" or not isinstance(data, dict):
        return None
    from avops.project.plugin_kinds import is_plugin_kind

    if not is_plugin_kind(data.get("kind")):
        return None
    from avops.model.tool import PluginTool

    return PluginTool


@cache
def _adapter(kind: Kind) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(document_type(kind))


def _no_mapping(kind: Kind, data: object, text: str, path: str) -> Diagnostic:
    from avops.project.document_wording import A_MAPPING, what_it_is
    from avops.project.yaml_positions import positions
    from avops.project.yaml_source import Span, diagnostic, line_of

    if data is None:
        message, hint = "the file is empty", f"write at least 'name: …', or start with `avops {kind} new`"
        if kind == "test":
            hint = "write 'tests:', or make one from a real run: avops runs record RUN"
        return Diagnostic(rule="wrong-type", severity=Severity.ERROR, message=message, path=path, hint=hint)
    span = positions(text).value(())
    end = max(len(line_of(text, span.line).rstrip()) + 1, span.column + 1)
    hint = "take the '- ' away" if isinstance(data, list) else "begin with 'name: …'"
    message = f"the document must be {A_MAPPING}, not {what_it_is(data)}"
    return diagnostic(path, text, "wrong-type", message, Span(span.line, span.column, span.line, end), hint=hint)


def _shown(text: str | bytes) -> str:
    return (text.decode("utf-8", "replace") if isinstance(text, bytes) else text).removeprefix("\ufeff")
