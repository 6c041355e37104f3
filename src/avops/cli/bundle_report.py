"""What export and import tell: tables for people, JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from avops.bundle.outcome import ImportReport, Item
    from avops.bundle.packing import Packed

_NOTES_SHOWN = 40


def print_packed(packed: Packed, file: str, size: int, *, as_json: bool, out: TextIO) -> None:
    """What is in the bundle, what was left out and why, and what its documents refer to elsewhere."""
    from avops.bundle.packing import summary

    if as_json:
        told = {
            "file": file,
            "size": size,
            "parts": [{"kind": part.kind, "name": part.name, "path": part.path} for part in packed.parts],
            "left_out": [asdict(each) for each in packed.left_out],
            "outside": [{"kind": kind, "name": name, "by": part.path} for part, kind, name in packed.outside],
        }
        print(json.dumps(told, indent=2, ensure_ascii=False), file=out)
        return
    print(f"Exported {summary(packed.parts)} to {file} ({size:,} bytes)", file=out)
    if packed.left_out:
        print("left out:", file=out)
        _columns([(each.path, each.reason) for each in packed.left_out], out)
    if packed.outside:
        print("not in the bundle, and referred to:", file=out)
        _columns([(f"{kind} '{name}'", f"by {part.path}") for part, kind, name in packed.outside], out)


def import_data(report: ImportReport) -> dict[str, object]:
    """The report as `--json` prints it; the same for a dry run."""
    data = asdict(report)
    items = data.pop("items")
    notes = data.pop("notes")
    return {**data, "done": not report.dry_run, "counts": report.counts(), "items": items, "notes": notes}


def print_import(report: ImportReport, *, as_json: bool, out: TextIO) -> None:
    """What became of each part, or would; then what a person has to do now."""
    if as_json:
        print(json.dumps(import_data(report), indent=2, ensure_ascii=False), file=out)
        return
    for item in report.items:
        if item.fate != "same":
            _print_item(item, out)
    counts = report.counts()
    told = ", ".join(f"{count} {fate if fate != 'same' else 'as they were'}" for fate, count in counts.items() if count) or "nothing"
    came = {"avops": "", "folders": " (no manifest)", "streamlit": " (AV-AIops Streamlit app)"}[report.source]
    print(f"{'Would import' if report.dry_run else 'Imported'} {report.archive}{came}: {told}", file=out)
    _section("not imported as it was:", (_note(note) for note in report.notes), out)
    _section("no part of a bundle, left alone:", report.ignored, out)
    _section("missing here, and referred to:", (f"{each.kind} '{each.name}', by {each.entry}" for each in report.missing), out)
    _section("warning:", report.warnings, out)
    _section("not trusted yet (avops trust shows and records it):", report.trust, out)
    _section("switched off (avops workflow enable NAME --in-file switches one on):", report.disabled, out)
    if report.dry_run:
        print("Nothing was changed.", file=out)


def _note(note: object) -> str:
    where = getattr(note, "entry", "") + (f":{line}" if (line := getattr(note, "line", None)) else "")
    original = getattr(note, "original", None)
    return f"{where}: {getattr(note, 'message', '')}{f': {original}' if original else ''}"


def _print_item(item: Item, out: TextIO) -> None:
    from avops.report.diagnostics import visible

    named = f"{item.kind} '{item.name}'" + (f" as '{item.new_name}'" if item.new_name else "")
    place = f" ({item.path})" if item.path != item.name else ""
    why = f": {item.reason}" if item.reason else ""
    print(visible(f"{item.fate:<11} {named}{place}{why}"), file=out)
    if item.conflict and item.conflict != item.path:
        print(visible(f"{'':<11} there already: {item.conflict}"), file=out)
    if item.backup:
        print(visible(f"{'':<11} the old one is kept as {item.backup}"), file=out)
    for each in item.rewritten:
        print(visible(f"{'':<11} rewrote {each}"), file=out)


def _section(title: str, rows: Iterable[str], out: TextIO) -> None:
    from avops.report.diagnostics import visible

    listed = list(rows)
    if not listed:
        return
    print(title, file=out)
    for row in listed[:_NOTES_SHOWN]:
        shown = visible(row)
        print(f"  {shown if len(shown) <= 240 else shown[:239] + '…'}", file=out)
    if len(listed) > _NOTES_SHOWN:
        print(f"  and {len(listed) - _NOTES_SHOWN} more; --json shows all", file=out)


def _columns(rows: Sequence[tuple[str, str]], out: TextIO) -> None:
    from avops.report.diagnostics import visible

    width = min(max(len(first) for first, _ in rows), 60)
    for first, second in rows:
        print(f"  {visible(first):<{width}}  {visible(second)}", file=out)
