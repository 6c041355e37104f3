"""`avops trust`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Record which programs and hosts this project may use."


@app.command(help=f"{HELP}\n\nExample: avops trust --tool inventory --yes")
def trust(
    tool: Annotated[str | None, typer.Option("--tool", help="Only what this tool wants.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Record all that is shown without asking.")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Forget everything that was recorded for this project.")] = False,
) -> int:
    """Shows what the tools want, and records what a person grants; nothing is started or contacted."""
    from avops import wiring
    from avops.project.trust import TrustRecord, claims, model_claims
    from avops.report.diagnostics import visible
    from avops.wiring.input_secrets import workflow_claims

    workspace, record = wiring.open_workspace(), TrustRecord()
    if revoke:
        print(f"forgot {record.revoke(workspace.root)} trusted claims of this project")
        return 0
    documents = [workspace.tool(tool)] if tool else list(workspace.project.tools)
    wanted = [claim for loaded in documents if loaded.value is not None for claim in claims(loaded.value, workspace.root)]
    if not tool:
        wanted += model_claims(workspace.settings)
        wanted += workflow_claims(workspace)
    missing = record.untrusted(workspace.root, wanted)
    for claim in wanted:
        mark = "new" if claim in missing else "trusted"
        print(f"{mark:8} {claim.tool}  {claim.kind}  {visible(claim.what)}")
    if not wanted:
        print("nothing here starts a program or sends a secret")
    if not missing:
        return 0
    if not yes and not (sys.stdin.isatty() and typer.confirm(f"Trust the {len(missing)} new ones, on this machine and for this account?")):
        print(f"hint: {len(missing)} not trusted; avops trust --yes records them", file=sys.stderr)
        return 1
    record.record(workspace.root, missing)
    print(f"recorded {len(missing)} in {record.path}")
    return 0
