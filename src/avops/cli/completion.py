"""What the shell offers when somebody presses Tab: commands, options, and names from the project at hand.

The words go in and out as Typer's completion does it (`avops --install-completion`). Names are looked for without
reading YAML as YAML, in bounded time. Whatever goes wrong, nothing is offered and nothing is said: a person is typing.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import redirect_stderr
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

VARIABLE = "_AVOPS_COMPLETE"
"""Set by the shell's function: which shell asks."""

PARAMETERS = {
    **{name: name for name in ("agent", "recipe", "room", "run", "tool", "workflow")},
    **{"after": "workflow", "before": "run", "first": "run", "mock": "tool", "parent": "run", "second": "run"},
    **{"agents": "agent", "decision": "decision", "recipes": "recipe", "tools": "tool", "topic": "topic"},
}
"""What an argument or option of this name takes, in every command that has one."""
OF_COMMAND = {
    "agent": "agent",
    "recipe": "recipe",
    "tool": "tool",
    "workflow": "workflow",
    "test": "recipe",
    "sop": "recipe",
}
"""What an argument called `name` or `names`, and `--from`, takes, by the first word of the command."""
NEW = frozenset({"add", "convert", "new", "scaffold"})
"""Commands whose name is a new one."""

_WORD = re.compile(r"[\w./,+-][\w ./,+-]*")
_NO_WORD = re.compile(r"[^\w .,:/()+-]")
_LONGEST = 80


def is_asked() -> bool:
    """Whether the shell asks for words, and no command is to run."""
    return bool(os.environ.get(VARIABLE))


def complete(group: Any) -> int:
    """Prints the words that may follow; the exit code is the shell function's."""
    # A shell shows descriptions as they are: rich, which would strip markup that they do not have, costs more than all the rest.
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # None is how an absent module is said
    _join_options()
    try:
        with redirect_stderr(StringIO()):
            group.main(args=[], prog_name="avops", standalone_mode=False)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except Exception:
        return 0
    return 0


def _join_options() -> None:
    """Takes the sign out of `--room=HQ`, which bash gives as three words, as if `--room HQ` had been typed."""
    words = os.environ.get("COMP_WORDS", "").split("\n")
    if "=" not in words or not os.environ.get("COMP_CWORD", "").isdecimal():
        return
    at = int(os.environ["COMP_CWORD"])
    kept: list[str] = []
    for index, word in enumerate(words):
        is_sign = word == "=" and bool(kept) and kept[-1].startswith("--")
        if is_sign and index == int(os.environ["COMP_CWORD"]):
            kept.append("")
        elif is_sign:
            at -= index < int(os.environ["COMP_CWORD"])
        else:
            kept.append(word)
    os.environ["COMP_WORDS"], os.environ["COMP_CWORD"] = "\n".join(kept), str(at)


def offer_names(name: str, command: Any) -> Any:
    """The command, whose arguments and options offer names of the project."""
    _offer([name], command)
    return command


def offer_commands(table: dict[str, tuple[str, str]], incomplete: str) -> list[Any]:
    """The commands that begin so, without an import of any."""
    return _items([(name, line) for name, (_, line) in table.items() if name.startswith(incomplete.lower())])


def _offer(path: list[str], command: Any) -> None:
    for parameter in getattr(command, "params", []):
        kind = _kind(path, parameter.name or "")
        if kind is not None:
            # Typer's parameters take a completer only where they are declared; here one table serves all commands.
            parameter.shell_complete = partial(_complete_parameter, kind)
    for name, sub in getattr(command, "commands", {}).items():
        _offer([*path, name], sub)


def _kind(path: Sequence[str], parameter: str) -> str | None:
    if parameter in ("name", "names"):
        return None if path[-1] in NEW else OF_COMMAND.get(path[0])
    return OF_COMMAND.get(path[0]) if parameter == "source" else PARAMETERS.get(parameter)


def _complete_parameter(kind: str, _context: Any, incomplete: str) -> list[Any]:
    from avops.cli import completion_names as names

    sources: dict[str, Callable[[str], Iterator[tuple[str, str]]]] = {
        "decision": names.decisions,
        "room": names.rooms,
        "run": names.runs,
        "topic": names.topics,
    }
    try:
        source = sources.get(kind)
        return _items(list(source(incomplete) if source else names.documents(kind, incomplete, quotes=_quotes())))
    except Exception:
        return []


def _quotes() -> bool:
    """Whether the shell puts signs before the spaces of a name by itself: bash does so only within quotes that are open."""
    if not os.environ[VARIABLE].endswith("bash"):
        return True
    import shlex

    try:
        shlex.split(os.environ.get("COMP_WORDS", ""))
    except ValueError:
        return True
    return False


def _items(words: Sequence[tuple[str, str]]) -> list[Any]:
    """Words with what they are, without any sign that a shell could obey: zsh evaluates what it is given."""
    from typer._click.shell_completion import CompletionItem

    return [CompletionItem(word, help=_NO_WORD.sub("", about)[:_LONGEST] or None) for word, about in words if _WORD.fullmatch(word)]
