"""`avops chat`."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from avops.cli.chat_talk import Talk

HELP = "Talk with an assistant, and give commands."

app = typer.Typer(rich_markup_mode=None, add_completion=False, help=HELP)


@app.command(help=f"{HELP}\n\nExample: avops chat -m '/agent run Zoom_Room_Agent recipe=\"Display Fix\" room=HQ-1'")
def chat(
    messages: Annotated[
        list[str] | None, typer.Option("-m", "--message", metavar="TEXT", help="Say this, and leave; may be repeated.")
    ] = None,
    session: Annotated[
        Path | None, typer.Option("--session", metavar="FILE", help="Take the conversation up from, and keep it in, a file.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Show raw payloads; with -m or without a terminal, an object per message.")
    ] = False,
) -> int:
    """With -m, or when standard input is no terminal, messages are said in turn up to the first that does not go well."""
    from avops import wiring
    from avops.cli.chat_screen import JsonScreen, TextScreen
    from avops.cli.chat_talk import Talk

    wiring.open_workspace()
    if not messages and sys.stdin.isatty() and sys.stdout.isatty():
        from avops.cli.chat_prompt import converse

        with Talk(TextScreen(payloads=as_json), session=session) as talk:
            return converse(talk)
    if messages:
        said: Iterable[str] = messages
    else:
        if isinstance(sys.stdin, TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")
        said = split(sys.stdin)
    screen = JsonScreen() if as_json else TextScreen()
    with Talk(screen, session=session, quiet=as_json) as talk:
        return say_all(talk, said)


def say_all(talk: Talk, messages: Iterable[str]) -> int:
    """Says the messages in turn; the exit code of the first that does not go well, after which nothing more is said."""
    for number, message in enumerate(messages, 1):
        code = talk.say(message)
        if code:
            if not isinstance(messages, list) or number < len(messages):
                print("hint: messages after this one are not said", file=sys.stderr)
            return code
    return 0


def split(lines: Iterable[str]) -> Iterator[str]:
    """The messages in lines of standard input: one a line; `/sop` goes on to an empty line, a `.` or `/end`."""
    from avops.chat.parsing import ENDS, takes_more

    block: list[str] = []
    for raw in lines:
        line = raw.rstrip("\r\n")
        if block:
            if line.strip().casefold() in ("", *ENDS):
                yield "\n".join(block)
                block = []
            else:
                block.append(line)
        elif takes_more(line):
            block = [line]
        elif line.strip():
            yield line
    if block:
        yield "\n".join(block)
