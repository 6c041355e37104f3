"""The root of the command line: commands are imported when they are called, and errors are printed in one place."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from avops.cli import completion
from avops.cli.table import COMMANDS
from avops.errors import AvopsError, DocumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


class LazyGroup(TyperGroup):
    """A group that knows its commands by name and imports the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name, imported now; None for any other name."""
        if cmd_name not in COMMANDS:
            return None
        app: typer.Typer = import_module(COMMANDS[cmd_name][0]).app
        command = typer.main.get_command(app)
        command.name = cmd_name
        if completion.is_asked():
            return completion.offer_names(cmd_name, command)
        return command

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """The commands that begin so, without an import; the options of the root after a dash."""
        if incomplete.startswith("-"):
            return super(TyperGroup, self).shell_complete(ctx, incomplete)
        return completion.offer_commands(COMMANDS, incomplete)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments name; a near miss is told what it may have meant."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            from avops.errors import UsageError
            from avops.project.suggestions import closest

            near = closest(name, list(COMMANDS))
            hint = f"did you mean 'avops {near}'?" if near else "avops --help lists the commands"
            raise UsageError(f"no command '{name}'", hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The table, without an import."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


app = typer.Typer(
    cls=LazyGroup,
    help="SOPs of an AV team as reviewed, executable runbooks.\n\nExample: avops run Zoom_Room_Agent 'Display Fix' --room HQ-1",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


@app.callback()
def root(
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
    version: bool = typer.Option(False, "--version", "-V", help="Show the version.", is_eager=True),
) -> None:
    """Handled in `run`, so that they work before and after a command alike."""
    if version:
        from avops import __version__

        print(f"avops {__version__}")
        raise typer.Exit


def run(arguments: Sequence[str]) -> int:
    """The exit code of a command line; every error is printed here, on standard error."""
    if completion.is_asked():
        return completion.complete(typer.main.get_command(app))
    _write_what_the_terminal_lacks_as_escapes()
    debug = "--debug" in arguments
    rest = with_bare_mock([argument for argument in arguments if argument != "--debug"])
    _mark_mock_mode(rest)
    try:
        result = typer.main.get_command(app).main(args=rest, prog_name="avops", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except AvopsError as error:
        if debug:
            raise
        return tell(error)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:
        if debug:
            raise
        return _tell_foreign(error)


def _write_what_the_terminal_lacks_as_escapes() -> None:
    """Signs that the encoding of the terminal or the pipe does not have end no command."""
    from io import TextIOWrapper

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.encoding.lower() not in ("utf-8", "utf8"):
            stream.reconfigure(errors="backslashreplace")


def _mark_mock_mode(arguments: list[str]) -> None:
    """One line on standard error while the project here is in mock mode; not for help, nor where there is no command."""
    if not set(COMMANDS).intersection(arguments[:1]) or {"--help", "-h"}.intersection(arguments):
        return
    from pathlib import Path

    from avops.cli.mock_mark import mock_mark

    try:
        mark = mock_mark(Path.cwd())
    except OSError:  # the current folder is gone
        return
    if mark is not None:
        print(mark, file=sys.stderr)


WORDS_BEFORE_A_TOOL = {"run": 2, "plan": 2, "workflow": 2, "sop": 2}
"""How many words a command takes before a word after `--mock` can be a tool's name."""
MOCK_ALONE = frozenset({"init"})
"""Commands whose `--mock` takes no tool."""


def with_bare_mock(arguments: list[str]) -> list[str]:
    """The arguments with `--mock=*` for a `--mock` that stands alone: at the end, before another option, or before a name
    that the command needs for itself."""
    command = next((word for word in arguments if not word.startswith("-")), "")
    if command in MOCK_ALONE:
        return arguments
    out: list[str] = []
    words = -1
    for index, word in enumerate(arguments):
        following = arguments[index + 1] if index + 1 < len(arguments) else "-"
        if word == "--mock" and (following.startswith("-") or words < WORDS_BEFORE_A_TOOL.get(command, 0)):
            out.append("--mock=*")
            continue
        words += not word.startswith("-")
        out.append(word)
    return out


def tell(error: AvopsError) -> int:
    """Prints an error for people, and gives its exit code."""
    if isinstance(error, DocumentError):
        from avops.report.diagnostics import render_diagnostics

        print(render_diagnostics(error.diagnostics), file=sys.stderr)
        return error.exit_code
    from avops.report.diagnostics import visible

    where = f"{error.where}: " if error.where else ""
    print(f"error: {visible(_discreet(where + error.message))}", file=sys.stderr)
    cause = error.__cause__
    while cause is not None:
        first = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
        print(f"  because: {visible(_discreet(first))}", file=sys.stderr)
        cause = cause.__cause__
    if error.hint:
        print(f"hint: {visible(_discreet(error.hint))}", file=sys.stderr)
    return error.exit_code


def _discreet(text: str) -> str:
    """The text without the secrets of this process: services quote what they refuse. Where no secret was read, nothing is loaded."""
    known = sys.modules.get("avops.connectors.secrets")
    secrets: tuple[str, ...] = () if known is None else known.handed_out_here()
    if not secrets:
        return text
    from avops.engine.redaction import Redactor

    return Redactor(lambda: secrets).text(text)


def _tell_foreign(error: Exception) -> int:
    """A usage error of the command-line library, or something nobody expected."""
    if isinstance(error, typer.Exit):
        return error.exit_code
    if isinstance(error, typer.Abort):
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    told = getattr(error, "format_message", None)
    if callable(told):
        message = str(told()).rstrip(".")
        context = getattr(error, "ctx", None)
        if message or context is None:
            print(f"error: {message[:1].lower()}{message[1:]}", file=sys.stderr)
            command = getattr(context, "command_path", "avops")
            print(f"hint: {command} --help shows what it takes", file=sys.stderr)
        else:
            print(context.get_help())
        return int(getattr(error, "exit_code", 2))
    print(f"error: avops went wrong: {type(error).__name__}: {_discreet(str(error))}", file=sys.stderr)
    print("hint: run it again with --debug, and report what it shows", file=sys.stderr)
    return 3
