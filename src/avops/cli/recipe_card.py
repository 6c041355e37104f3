"""`avops recipe card`."""

from __future__ import annotations

import sys
from pathlib import Path

from avops.errors import UsageError

FORMATS = ("html", "pdf", "text")
_ENDINGS = {".htm": "html", ".html": "html", ".pdf": "pdf"}


def print_card(name: str, *, room: str | None, inputs: list[str], layout: str | None, output: Path | None) -> int:
    """Writes a card to a file, or to standard output."""
    from avops import wiring
    from avops.cli.run import gathered
    from avops.cli.screen import write_file
    from avops.wiring.cards import make_card

    chosen = layout or _ENDINGS.get(output.suffix.lower() if output else "", "text")
    if chosen not in FORMATS:
        raise UsageError(f"no format '{chosen}', expected one of {', '.join(FORMATS)}")
    if chosen == "pdf" and output is None and sys.stdout.isatty():
        raise UsageError("a PDF is no text for a terminal", hint="add --output card.pdf")
    workspace = wiring.open_workspace()
    card = make_card(workspace, name, room=room, inputs=gathered(inputs, None))
    made: str | bytes
    if chosen == "pdf":
        from avops.project.clock import SystemClock
        from avops.report.card_pdf import card_pdf

        made, lost = card_pdf(card, SystemClock().now())
        if lost:
            print(f"warning: no typeface here has {lost[:40]}; they are '?' in the PDF", file=sys.stderr)
            print("hint: --format html shows every character", file=sys.stderr)
    elif chosen == "html":
        from avops.report.card_html import card_html

        made = card_html(card)
    else:
        from avops.report.card_text import card_text

        made = card_text(card)
    if output is not None:
        write_file(output, made)
        print(output, file=sys.stderr)
    elif isinstance(made, bytes):
        sys.stdout.buffer.write(made)
    else:
        sys.stdout.write(made)
    if card.is_draft:
        print(f"note: '{card.title}' is a draft that nobody has reviewed", file=sys.stderr)
    return 0
