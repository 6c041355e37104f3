"""The prompt of `avops chat` on a terminal. Only this module and the history know the library that draws it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application.current import get_app
from prompt_toolkit.completion import Completer, Completion
from prompt_toolkit.key_binding import KeyBindings

from avops.chat.completion import Names, offers
from avops.chat.parsing import ENDS, takes_more
from avops.errors import AvopsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document
    from prompt_toolkit.key_binding import KeyPressEvent

    from avops.cli.chat_talk import Talk
    from avops.wiring import Workspace

PROMPT = "avops> "
MENU_LINES = 6


class NameCompleter(Completer):
    """Offers commands, their keys, and the names of the project as it was when the prompt was made."""

    def __init__(self) -> None:
        self._names: Names | None = None

    def forget(self) -> None:
        """Reads the project again when it is next needed."""
        self._names = None

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """The offers for the text before the cursor."""
        before = document.text_before_cursor
        if not before.startswith("/"):
            return
        if self._names is None:
            self._names = _names()
        for offer in offers(before, self._names):
            yield Completion(offer.text, start_position=-offer.length, display=offer.shown)


def converse(talk: Talk) -> int:
    """Talks until the person leaves with Ctrl-D."""
    from avops import wiring
    from avops.cli.chat_history import FILE, ChatHistory

    workspace = wiring.open_workspace()
    completer = NameCompleter()
    session: PromptSession[str] = PromptSession(
        PROMPT,
        multiline=True,
        completer=completer,
        complete_while_typing=False,
        reserve_space_for_menu=MENU_LINES,
        history=ChatHistory(workspace.root / FILE, lambda message: _hidden(talk, message)),
        key_bindings=_keys(),
        prompt_continuation=lambda width, line, wraps: " " * max(width - 2, 0) + "  " if wraps else "· ".rjust(width),
    )
    _greet(workspace, talk)
    while True:
        completer.forget()
        try:
            message = session.prompt()
        except KeyboardInterrupt:
            print("(Ctrl-D leaves; Ctrl-C stops an answer or a run)", file=sys.stderr)
            continue
        except EOFError:
            return 0
        talk.say(message)


def _hidden(talk: Talk, message: str) -> str:
    """The message for the history; nothing of it where secrets cannot be told apart, since the project cannot be read."""
    try:
        return talk.hidden(message)
    except AvopsError:
        return ""


def _names() -> Names:
    from avops import wiring
    from avops.wiring.chat import names

    try:
        return names(wiring.open_workspace())
    except AvopsError:
        return Names()


def _greet(workspace: Workspace, talk: Talk) -> None:
    import shutil
    import textwrap

    from avops.cli.chat_screen import shown

    settings = workspace.settings
    if settings.provider is None:
        lines = ["no model is configured: commands work, messages need one; avops settings set provider NAME"]
    else:
        lines = [f"model {settings.provider}:{settings.model}"]
    if talk.length:
        lines.append(f"the conversation goes on: {talk.length} exchanges are remembered")
    lines.append("/help lists the commands, Tab completes, Alt-Enter begins a line, Ctrl-D leaves")
    width = shutil.get_terminal_size().columns
    for line in lines:
        for part in textwrap.wrap(line, max(width - 1, 20), break_on_hyphens=False):
            print(shown(part), file=sys.stderr)


def _keys() -> KeyBindings:
    """Enter sends, but goes on with the steps of `/sop`; Ctrl-C takes back what was typed."""
    keys = KeyBindings()

    @keys.add("enter")
    def send(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        document = buffer.document
        if takes_more(document.lines[0]):
            is_end = document.cursor_position_row > 0 and document.current_line.strip().casefold() in ("", *ENDS)
            if not is_end:
                buffer.insert_text("\n")
                return
        buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add("c-c")
    def take_back(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            get_app().exit(exception=KeyboardInterrupt, style="class:aborting")

    return keys
