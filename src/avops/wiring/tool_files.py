"""The files of tools: new ones, what refers to them, and their end."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from avops.errors import AvopsError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from avops.model.tool import ToolBase
    from avops.project.documents import Loaded
    from avops.wiring.workspace import Workspace


def new_tool(workspace: Workspace, name: str, text: str) -> Path:
    """Writes a tool's file; UsageError when the name is taken, DocumentError when the text is no sound tool."""
    from avops.wiring.document_files import new_document

    return workspace.root / new_document(workspace, "tool", name, text)


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


def keep_trust(workspace: Workspace, before: Loaded[object], path: str) -> None:
    """Lets trust go with a tool that got another name: claims that were trusted stay so, and no others become it."""
    from avops.project.documents import load_document
    from avops.project.trust import TrustRecord, claims

    if before.value is None:
        return
    record, root = TrustRecord(), workspace.root
    earlier = list(claims(cast("ToolBase", before.value), root))
    untrusted = {(claim.kind, claim.what) for claim in record.untrusted(root, earlier)}
    renamed = load_document("tool", (root / path).read_bytes(), path).required()
    kept = [claim for claim in claims(renamed, root) if (claim.kind, claim.what) not in untrusted]
    if kept:
        record.record(root, kept)


def operator_path(workspace: Workspace) -> str | None:
    """The file of the operator agent, which may use every tool."""
    found = _operator(workspace)
    return None if found is None else found[1].relative_to(workspace.root).as_posix()


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
