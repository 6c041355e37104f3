"""The tools of a process, and what keeps one from being used here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
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

    def tool(self, manifest: ToolBase, mocked: bool) -> Tool:
        """The tool of a manifest; two runs with different manifests of one name get different tools."""
        from avops.connectors.registry import open_tool

        key = (manifest.name, mocked, repr(manifest) if not mocked else "")
        known = self._open.get(key)
        if known is None:
            known = self._open[key] = open_tool(manifest, self._secrets, self._root, mock=mocked)
        return known

    async def close(self) -> None:
        """Closes every tool; one that cannot be closed does not keep the others open."""
        import asyncio

        await asyncio.gather(*(tool.close() for tool in self._open.values()), return_exceptions=True)
        self._open.clear()


def tool_problems(root: Path, manifest: ToolBase, secrets: Any) -> Iterable[Problem]:
    """What keeps a tool from being used here: programs and secrets that nobody trusted, secrets that are missing."""
    from avops.engine.program import Problem
    from avops.errors import AvopsError
    from avops.project.trust import TrustRecord, claims

    wanted = list(claims(manifest))
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


def tool_catalog(workspace: Workspace) -> tuple[Any, ...]:
    """The project's tools as the SOP converter knows them; a broken manifest is left to `avops lint`."""
    from avops.engine.program import actions_of
    from avops.sop.catalog import ActionCatalogEntry, ToolCatalogEntry

    return tuple(
        ToolCatalogEntry(
            name=tool.name,
            description=tool.description,
            synonyms=tuple(tool.synonyms),
            actions=tuple(
                ActionCatalogEntry(
                    name=name,
                    description=action.description,
                    effect=action.effect.value,
                    input=action.input,
                    synonyms=tuple(action.synonyms),
                    notify=(action.notify.to, action.notify.text) if action.notify else None,
                    output=action.output or {},
                )
                for name, action in actions_of(tool).items()
            ),
        )
        for loaded in workspace.project.tools
        if (tool := loaded.value) is not None
    )
