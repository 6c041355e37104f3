"""The tools of a process, and what keeps one from being used here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import Any

    from avops.engine.program import Problem
    from avops.model.tool import ToolBase
    from avops.ports import Tool
    from avops.wiring.workspace import Workspace


class Toolbox:
    """The tools of a process: each opened when first called, shared by all runs, closed at the end."""

    def __init__(self, root: Path, secrets: Any) -> None:
        self._root = root
        self._secrets = secrets
        self._open: dict[tuple[str, bool, str], Tool] = {}
        self._by_id: dict[tuple[int, bool], tuple[ToolBase, Tool]] = {}
        """The same by the manifest itself: comparing manifests word for word costs more than many a call."""

    def tool(self, manifest: ToolBase, mocked: bool) -> Tool:
        """The tool of a manifest; two runs with different manifests of one name get different tools."""
        from avops.connectors.registry import open_tool

        known_by_id = self._by_id.get((id(manifest), mocked))
        if known_by_id is not None and known_by_id[0] is manifest:
            return known_by_id[1]
        key = (manifest.name, mocked, repr(manifest) if not mocked else "")
        known = self._open.get(key)
        if known is None:
            if not mocked:
                self._check_programs(manifest)
            known = self._open[key] = open_tool(manifest, self._secrets, self._root, mock=mocked)
        self._by_id[id(manifest), mocked] = (manifest, known)
        return known

    def _check_programs(self, manifest: ToolBase) -> None:
        """ToolError for a function or a program whose file has changed since the run began: it is read when it is first called."""
        from avops.errors import ToolError
        from avops.model.tool import CommandTool, McpTool, PythonTool
        from avops.project.trust import TrustRecord, claims

        if not isinstance(manifest, (CommandTool, McpTool, PythonTool)):
            return
        for claim in TrustRecord().untrusted(self._root, claims(manifest, self._root)):
            raise ToolError(f"the tool '{manifest.name}' has changed, and nobody here has trusted that: {claim.what}", hint="avops trust")

    async def close(self) -> None:
        """Closes every tool; one that cannot be closed does not keep the others open."""
        import asyncio

        await asyncio.gather(*(tool.close() for tool in self._open.values()), return_exceptions=True)
        self._open.clear()
        self._by_id.clear()


def tool_problems(root: Path, manifest: ToolBase, secrets: Any, *, denied: Sequence[str] = ()) -> Iterable[Problem]:
    """What keeps a tool from being used here.

    A domain that the policy denies, a package that is not installed, programs and secrets that nobody trusted, secrets that are
    missing. Nothing is started or contacted.
    """
    from avops.engine.calls import denied_host
    from avops.engine.program import Problem
    from avops.errors import AvopsError
    from avops.project.trust import TrustRecord, claims

    if host := denied_host(_addresses(manifest), denied):
        message = f"the tool '{manifest.name}' would go to '{host}', which avops.yaml denies"
        yield Problem(message=message, hint="take the tool out, or the domain from policy.denied_domains")
        return
    if missing := _missing_package(manifest):
        extra, package = missing
        message = f"the tool '{manifest.name}' needs the package '{package}', which is not installed"
        yield Problem(message=message, hint=f"pip install 'avops[{extra}]'")
        return
    wanted = list(claims(manifest, root))
    gone = list(_missing_functions(root, manifest))
    if gone:
        yield from gone
        return
    for claim in TrustRecord().untrusted(root, wanted):
        verb = "start a program that" if claim.kind == "program" else "use a secret in a way that"
        yield Problem(message=f"the tool '{manifest.name}' would {verb} nobody here has trusted: {claim.what}", hint="avops trust")
    for claim in wanted:
        reference = claim.what.partition(" to ")[0]
        if claim.kind == "secret" and claim.what.endswith(" to its program") is False and reference.startswith(("env:", "keyring:")):
            try:
                secrets.resolve(reference)
            except AvopsError as error:
                yield Problem(message=f"the tool '{manifest.name}': {error.message}", hint=error.hint)


def _addresses(manifest: ToolBase) -> list[object]:
    """Everything in a manifest that says where requests go, or what programs are told."""
    places = [getattr(manifest, key, None) for key in ("base_url", "url", "host", "command", "options")]
    auth, actions = getattr(manifest, "auth", None), getattr(manifest, "actions", {})
    return [*places, getattr(auth, "token_url", None), *(getattr(action, "argv", None) for action in actions.values())]


def _missing_package(manifest: ToolBase) -> tuple[str, str] | None:
    """The extra and the package that a tool of this kind needs and that is not installed; it is looked for, not imported."""
    from importlib.util import find_spec

    needs = {"mcp": "mcp", "snmp": "puresnmp"}
    kind = str(getattr(manifest, "kind", ""))
    return (kind, needs[kind]) if kind in needs and find_spec(needs[kind]) is None else None


def _missing_functions(root: Path, manifest: ToolBase) -> Iterator[Problem]:
    from avops.engine.program import Problem
    from avops.errors import AvopsError
    from avops.model.tool import PythonTool
    from avops.project.function_file import read_function_file

    for action in manifest.actions.values() if isinstance(manifest, PythonTool) else ():
        try:
            read_function_file(root, action.function)
        except AvopsError as error:
            yield Problem(message=f"the tool '{manifest.name}': {error.message}", hint=error.hint or "avops lint")


def tool_catalog(workspace: Workspace) -> tuple[Any, ...]:
    """The project's tools as the SOP converter knows them; a manifest that cannot be read is left to `avops lint`.

    Names, synonyms and schemas are taken as they are written: converting needs no more, and judging every manifest would
    double the time a technician waits.
    """
    from avops.errors import AvopsError
    from avops.project.yaml_text import read_yaml
    from avops.sop.catalog import ToolCatalogEntry

    found = []
    for entry in workspace.project.tools.entries:
        try:
            data = read_yaml(entry.read(), path=entry.relative)
        except AvopsError:
            continue
        if not isinstance(data, dict) or not isinstance(data.get("name"), str):
            continue
        actions = data.get("actions")
        if not isinstance(actions, dict):
            actions = _built_in(workspace, entry.relative)
        found.append(
            ToolCatalogEntry(
                name=data["name"],
                description=_text(data.get("description")),
                synonyms=_texts(data.get("synonyms")),
                actions=tuple(_action(name, action) for name, action in actions.items() if isinstance(action, dict)),
            )
        )
    return tuple(found)


def _built_in(workspace: Workspace, path: str) -> dict[str, Any]:
    """The actions of a tool whose kind brings its own."""
    tool = workspace.project.tools.find(path).value
    actions = getattr(tool, "actions", None) or {}
    return {name: action.model_dump(mode="json", by_alias=True, exclude_none=True) for name, action in actions.items()}


def _action(name: str, action: dict[str, Any]) -> Any:
    from avops.sop.catalog import ActionCatalogEntry

    inputs, notify, output = action.get("input"), action.get("notify"), action.get("output")
    schemas = {key: schema for key, schema in inputs.items() if isinstance(schema, dict)} if isinstance(inputs, dict) else {}
    tells = (_text(notify.get("to")), _text(notify.get("text"))) if isinstance(notify, dict) else None
    return ActionCatalogEntry(
        name=str(name),
        description=_text(action.get("description")),
        effect=_text(action.get("effect")) or "write",
        input=schemas,
        synonyms=_texts(action.get("synonyms")),
        notify=tells,
        output=output if isinstance(output, dict) else {},
        restores=action.get("restore") is not None,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()
