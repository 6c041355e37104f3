"""The files of tools: new ones, what refers to them, and their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.errors import AvopsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from avops.wiring.workspace import Workspace


def new_tool(workspace: Workspace, name: str, text: str) -> Path:
    """Writes a tool's file; UsageError when the name is taken, DocumentError when the text is no sound tool."""
    from avops.project.documents import load_document
    from avops.project.writing import write_text

    file = workspace.project.tools.new_file(name)
    shown = file.relative_to(workspace.root).as_posix()
    taken = next((entry.relative for own, entry in workspace.project.tools.names if own.casefold() == name.casefold()), None)
    if taken is not None or file.exists():
        raise UsageError(f"there is a tool '{name}' already: '{taken or shown}'", hint=f"take another name, or: avops tool delete {name}")
    load_document("tool", text, shown).required()
    write_text(file, text)
    return file


def trust_tool(workspace: Workspace, file: Path) -> int:
    """How many claims of a tool are recorded as trusted now: a person has typed them."""
    from avops.project.documents import load_document
    from avops.project.trust import TrustRecord, claims

    wanted = list(claims(load_document("tool", file.read_bytes(), file.name).required(), workspace.root))
    if wanted:
        TrustRecord().record(workspace.root, wanted)
    return len(wanted)


def let_operator_use(workspace: Workspace, name: str) -> str | None:
    """Lists the tool under the operator agent, which may use every tool; its name, None when there is nothing to do."""
    from avops.project.yaml_edit import edit_yaml

    found = _operator(workspace)
    if found is None or name in found[0].tools:
        return None

    def add(data: Any) -> None:
        data.setdefault("tools", {})[name] = "*"

    agent, file, text = found
    _write_agent(file, edit_yaml(text, add))
    return str(agent.name)


def references_to(workspace: Workspace, name: str) -> list[str]:
    """The files of recipes and agents that name a tool, sorted; the operator agent, which names all, is left out."""
    wanted = name.casefold()
    operator = _operator(workspace)
    found = []
    for recipe in workspace.project.recipes:
        if any(tool.casefold() == wanted for tool in _tools_named(recipe.data)):
            found.append(recipe.path)
    for agent in workspace.project.agents:
        tools = agent.data.get("tools") if isinstance(agent.data, dict) else None
        is_operator = operator is not None and (workspace.root / agent.path) == operator[1]
        if not is_operator and isinstance(tools, dict) and any(str(tool).casefold() == wanted for tool in tools):
            found.append(agent.path)
    return sorted(found)


def delete_tool(workspace: Workspace, name: str, *, force: bool = False) -> tuple[str, list[str]]:
    """The path of the file that is gone, and the files that name the tool still; UsageError for those without `force`."""
    from avops.project.yaml_edit import edit_yaml

    entry = workspace.project.tools.entry(name)
    own = workspace.project.tools.name_of(entry) or entry.stem
    left = references_to(workspace, own)
    if left and not force:
        hint = f"change them first, or: avops tool delete {own} --force"
        raise UsageError(f"the tool '{own}' is used in {', '.join(f'{path!r}' for path in left)}", hint=hint)
    operator = _operator(workspace)
    if operator is not None and own in operator[0].tools:
        _write_agent(operator[1], edit_yaml(operator[2], lambda data: data["tools"].pop(own)))
    try:
        entry.file.unlink()
    except OSError as error:
        raise AvopsError(f"'{entry.relative}' cannot be deleted: {(error.strerror or str(error)).lower()}") from error
    return entry.relative, left


def _operator(workspace: Workspace) -> tuple[Any, Path, str] | None:
    name = workspace.settings.operator_agent
    if name is None:
        return None
    try:
        loaded = workspace.agent(name)
    except AvopsError:
        return None
    return None if loaded.value is None else (loaded.value, workspace.root / loaded.path, loaded.text)


def _write_agent(file: Path, text: str) -> None:
    from avops.project.documents import load_document
    from avops.project.writing import write_text

    load_document("agent", text, file.name).required()
    write_text(file, text)


def _tools_named(data: object) -> Iterator[str]:
    """The tools of all calls in a recipe's data, at any depth, broken recipes included."""
    if isinstance(data, list):
        for each in data:
            yield from _tools_named(each)
    if not isinstance(data, dict):
        return
    for key, value in data.items():
        if key == "tool" and isinstance(value, str):
            yield value.partition(".")[0]
        elif key == "notify" and isinstance(value, dict):
            yield from (str(each) for each in value)
        else:
            yield from _tools_named(value)
