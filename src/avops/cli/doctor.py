"""`avops doctor`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Say what is wrong here, and the command that mends it."


@app.command(help=f"{HELP}\n\nExample: avops doctor --json")
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False) -> int:
    """Looks, and starts or reaches nothing; exits 1 when something is wrong."""
    from dataclasses import asdict

    from avops import wiring
    from avops.project.clock import SystemClock
    from avops.report.diagnostics import visible
    from avops.wiring.diagnosis import diagnose

    findings = list(diagnose(wiring.find_workspace(), SystemClock().now()))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        width = max(len(finding.what) for finding in findings)
        for finding in findings:
            print(f"{'✓' if finding.is_well else '✗'} {finding.what:<{width}}  {visible(finding.seen)}")
            if finding.mend:
                print(f"  {'':<{width}}  hint: {visible(finding.mend)}")
    return 0 if all(finding.is_well for finding in findings) else 1
