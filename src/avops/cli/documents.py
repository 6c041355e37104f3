"""`list` and `show` of the documents of a project, alike for agents, recipes, tools and workflows."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avops.project.documents import Loaded
    from avops.wiring import Workspace

Kind = Literal["agent", "recipe", "tool", "workflow"]
Row = dict[str, object]


def noun(kind: Kind, summary: str, row: Callable[[Any, Workspace], Row]) -> typer.Typer:
    """The sub-commands of one kind; `row` gives the columns of a sound document in the list."""
    app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True, help=summary)

    @app.callback()
    def root() -> None:
        """The sub-commands stand below."""

    @app.command("list", help=f"List the {kind}s.\n\nExample: avops {kind} list --json")
    def list_documents(as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False) -> int:
        from avops import wiring

        workspace = wiring.open_workspace()
        documents = list(getattr(workspace.project, f"{kind}s"))
        rows = [_row(loaded, row, workspace) for loaded in documents]
        print(json.dumps(rows, ensure_ascii=False, indent=2)) if as_json else _table(rows, kind)
        broken = [loaded for loaded in documents if loaded.value is None]
        for loaded in broken:
            print(f"broken: {loaded.path}: {loaded.diagnostics[0].message}", file=sys.stderr)
        if broken:
            print("hint: avops lint", file=sys.stderr)
        return 1 if broken else 0

    @app.command("show", help=f"Show one {kind}.\n\nExample: avops {kind} show NAME")
    def show_document(
        name: Annotated[str, typer.Argument(help="Its name or file name.")],
        as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
    ) -> int:
        from avops import wiring

        workspace = wiring.open_workspace()
        loaded = getattr(workspace.project, f"{kind}s").find(name)
        document = loaded.required()
        if as_json:
            data: Mapping[str, object] = {"path": loaded.path, **document.model_dump(mode="json", by_alias=True, exclude_none=True)}
            print(json.dumps(data, ensure_ascii=False, indent=2))
        else:
            from avops.report.diagnostics import visible

            print(f"# {loaded.path}")
            print("\n".join(visible(line) for line in loaded.text.splitlines()))
        return 0

    return app


def _row(loaded: Loaded[Any], row: Callable[[Any, Workspace], Row], workspace: Workspace) -> Row:
    if loaded.value is None:
        return {"name": loaded.path, "path": loaded.path, "broken": loaded.diagnostics[0].message}
    return {"name": loaded.value.name, **row(loaded.value, workspace), "path": loaded.path}


def _table(rows: list[Row], kind: str) -> None:
    if not rows:
        print(f"no {kind}s here; avops init makes some to begin with", file=sys.stderr)
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    columns = [name for name in max(rows, key=len) if name != "broken"]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(row.get(column))) for column in columns))
    Console(highlight=False).print(table)


def _cell(value: object) -> str:
    from avops.report.diagnostics import visible

    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return visible(", ".join(map(str, value)))
    return "—" if value is None or value == "" else visible(str(value))
