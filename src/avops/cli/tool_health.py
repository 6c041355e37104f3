"""`avops tool health`: a table, or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.report.sheet import Page, Sheet
    from avops.wiring.tool_health import ToolHealth


def show_health(name: str | None, *, as_json: bool) -> int:
    """Prints how the tools are; 1 when one is not well."""
    from dataclasses import asdict

    from avops import wiring
    from avops.cli.screen import show, zone_of
    from avops.wiring.tool_health import tools_health

    workspace = wiring.open_workspace()
    rows = tools_health(workspace, name)
    if as_json:
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2))
    else:
        show(lambda sheet: _page(sheet, rows), zone_of(workspace.timezone))
    return 0 if all(row.is_well for row in rows) else 1


def _page(sheet: Sheet, rows: Sequence[ToolHealth]) -> Page:
    from avops.report.sheet import ATTENTION, BAD, GOOD, QUIET, STRONG, Page

    page = Page(sheet)
    if not rows:
        page.line(("no tools here", QUIET))
        return page
    width = max(len("name"), *(len(row.name) for row in rows))
    page.line((f"{'name':<{width}}  {'kind':<9} {'status':<10} {'latency':>8}", STRONG))
    styles = {"ok": GOOD, "mock": QUIET, "unasked": QUIET, "untrusted": ATTENTION}
    for row in rows:
        latency = "" if row.latency_s is None else f"{row.latency_s * 1000:.0f} ms"
        marks = " [mock]" if row.status == "mock" else " [simulated]" if row.simulated else ""
        status = f"{row.status:<10}"
        page.line(
            f"{sheet.fit(row.name, width):<{width}}  {row.kind or '':<9} ", (status, styles.get(row.status, BAD)), f" {latency:>8}{marks}"
        )
        if not row.is_well or row.status == "unasked":
            page.paragraph(row.detail, indent=4)
            if row.hint:
                page.paragraph(row.hint, QUIET, indent=4, first="hint: ")
    return page
