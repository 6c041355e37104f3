"""`avops export FILE.zip`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Put agents, recipes, workflows, tools, SOPs and articles into a zip."


@app.command(help=f"{HELP}\n\nExample: avops export av-ops.zip --only agents,recipes,workflows")
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="Where the bundle goes.")],
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME…]", help="Only these: names, paths, or such as recipe:NAME.")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="KINDS", help="Only these of agents, recipes, workflows, tools, sops, kb.")
    ] = None,
    needs: Annotated[bool, typer.Option("--needs", help="With names: also what they refer to.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what is in it and what is not as JSON.")] = False,
) -> int:
    """Never secrets, never telemetry; the same project gives the same bytes."""
    from avops import wiring
    from avops.bundle.packing import Wanted
    from avops.cli.bundle_report import print_packed
    from avops.cli.screen import write_file
    from avops.errors import FindingsError, UsageError
    from avops.wiring.bundling import pack_bundle

    if needs and not names:
        raise UsageError("--needs belongs to names", hint="avops export FILE.zip 'Display Fix' --needs")
    packed, data = pack_bundle(wiring.open_workspace(), Wanted(only=only or (), names=names or (), needs=needs))
    if file.exists() and not force and (not file.is_file() or file.read_bytes() != data):
        raise FindingsError(f"'{file}' is there already", hint="--force replaces it")
    write_file(file, data)
    print_packed(packed, str(file), len(data), as_json=as_json, out=sys.stdout)
    return 0
