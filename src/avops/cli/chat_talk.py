"""A chat as it goes: each message is a command that a person typed, or goes to the assistant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.chat.memory import Exchange, Memory, cut
from avops.chat.parsing import is_command, parse
from avops.errors import AvopsError, UsageError

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from avops.chat.assistant import Answer
    from avops.cli.chat_report import Report
    from avops.cli.chat_screen import Screen
    from avops.connectors.secrets import EnvironmentSecrets
    from avops.ports import Model

INTERRUPTED = 130
UNKEPT = 3
LONGEST = 100_000
"""Characters of a message."""
REMEMBERED = 4_000
"""Characters of a command's report; the rest can be looked up."""


class Talk:
    """One conversation. `say` never raises for what a message asks for; its code is what a script would exit with.

    With a session file the conversation is taken up from it, and kept in it after each message.
    """

    def __init__(self, screen: Screen, *, session: Path | None = None, quiet: bool = False) -> None:
        from avops.chat.session_file import load_session, save_session

        self._screen = screen
        self._session = session
        self._quiet = quiet
        self._memory = load_session(session) if session is not None else Memory()
        self._model: Model | None = None
        self._opened: tuple[str | None, ...] = ()
        self._secrets: EnvironmentSecrets | None = None
        self._runner: asyncio.Runner | None = None
        self._is_kept = True
        if session is not None:
            save_session(session, self._memory)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._runner is not None:
            try:
                if self._model is not None:
                    self._runner.run(self._model.close())
            finally:
                self._runner.close()

    @property
    def length(self) -> int:
        """How many exchanges are remembered."""
        return len(self._memory.exchanges)

    def say(self, message: str) -> int:
        """Carries out a message that a person typed, and tells the screen what came of it; 0 when all is well."""
        message = clean(message)
        if not message.strip():
            return 0
        fields: dict[str, object] = {"message": message, "kind": "command" if is_command(message) else "message"}
        code = self._say(message, fields)
        return code or (0 if self._is_kept else UNKEPT)

    def _say(self, message: str, fields: dict[str, object]) -> int:
        from avops.cli.chat_report import Report

        hidden: str | None = None
        try:
            if len(message) > LONGEST:
                raise UsageError(f"the message has {len(message)} characters, expected at most {LONGEST}")
            fields["message"] = hidden = self.hidden(message)
            return self._command(message, hidden, fields) if is_command(message) else self._ask(hidden, fields)
        except AvopsError as error:
            told = {"message": error.message, "hint": error.hint, "where": str(error.where) if error.where else None}
            self._screen.error(error, {**fields, "code": error.exit_code, "error": told})
            if is_command(message) and hidden is not None:
                self._remember(hidden, Report(text=f"error: {error.message}", code=error.exit_code))
            return error.exit_code
        except KeyboardInterrupt:
            self._keep()
            self._screen.cancelled({**fields, "code": INTERRUPTED, "cancelled": True})
            return INTERRUPTED

    def hidden(self, message: str) -> str:
        """The message without the secrets in it: those that avops knows, and values whose key says that they are one."""
        from avops import wiring
        from avops.chat.commands import RunAgent, RunSop
        from avops.chat.hiding import without_secrets
        from avops.wiring.chat import redactor, secret_inputs

        workspace = wiring.open_workspace()
        names: frozenset[str] = frozenset()
        if is_command(message):
            try:
                command = parse(message)
            except UsageError:
                command = None
            if isinstance(command, RunAgent):
                names = secret_inputs(workspace, command.recipe)
            elif isinstance(command, RunSop):
                names = secret_inputs(workspace, command.name)
        return redactor(workspace, self._secrets).text(without_secrets(message, names))

    def _command(self, message: str, hidden: str, fields: dict[str, object]) -> int:
        from avops.cli.chat_desk import carry_out

        report = carry_out(parse(message), quiet=self._quiet)
        if report.forgets:
            self._memory.clear()
            self._keep()
        else:
            self._remember(hidden, report)
        fields |= {"code": report.code, "text": report.text, "data": self._redacted(report.data), "hints": list(report.hints)}
        self._screen.report(report, fields)
        return report.code

    def _ask(self, hidden: str, fields: dict[str, object]) -> int:
        answer = self._answered(hidden)
        self._keep()
        fields |= {
            "code": 0,
            "text": answer.text,
            "model": answer.model,
            "lookups": [
                {"name": each.name, "arguments": dict(each.arguments), "result": each.data, "is_error": each.is_error}
                for each in answer.found
            ],
            "usage": {
                "input_tokens": answer.usage.input_tokens,
                "output_tokens": answer.usage.output_tokens,
                "cost_usd": None if answer.usage.cost_usd is None else float(answer.usage.cost_usd),
            },
            "notes": [*answer.notes, *_forgotten(answer)],
        }
        self._screen.end_answer(fields)
        for note in (*answer.notes, *_forgotten(answer)):
            self._screen.note(note)
        return 0

    def _answered(self, hidden: str) -> Answer:
        import asyncio

        from avops import wiring
        from avops.cli.screen import open_records
        from avops.connectors.secrets import EnvironmentSecrets
        from avops.wiring.chat import assistant, redactor
        from avops.wiring.models import open_model

        workspace = wiring.open_workspace()
        if self._runner is None:
            self._runner = asyncio.Runner()
        settings = workspace.settings
        wanted = (settings.provider, settings.model, settings.base_url, settings.api_key)
        if self._model is None or wanted != self._opened:
            secrets = EnvironmentSecrets(dotenv=workspace.root / ".env")
            model = open_model(workspace, secrets)
            if self._model is not None:
                self._runner.run(self._model.close())
            self._model, self._secrets, self._opened = model, secrets, wanted
        ready = assistant(workspace, self._model, self._memory, redactor(workspace, self._secrets), open_records)
        return self._runner.run(ready.answer(hidden, self._screen.piece, self._screen.looking_up))

    def _remember(self, hidden: str, report: Report) -> None:
        text = "\n".join([report.text, *(f"hint: {hint}" for hint in report.hints)])
        self._memory.add(Exchange(asked=hidden, answer=str(self._redacted(cut(text, REMEMBERED))), command=True))
        self._keep()

    def _redacted(self, data: object) -> object:
        from avops import wiring
        from avops.wiring.chat import redactor

        return redactor(wiring.open_workspace(), self._secrets).data(data)

    def _keep(self) -> None:
        """Keeps the conversation in its file; what keeps it from that is told, and the chat goes on."""
        if self._session is None:
            return
        from avops.chat.session_file import save_session
        from avops.cli.main import tell

        try:
            save_session(self._session, self._memory)
            self._is_kept = True
        except AvopsError as error:
            self._is_kept = False
            tell(error)


def _forgotten(answer: Answer) -> tuple[str, ...]:
    return (f"the oldest exchanges are forgotten, to make room: {answer.forgotten}",) if answer.forgotten else ()


def clean(message: str) -> str:
    """The message with plain line ends, without control characters but tabs, and without what is no text."""
    plain = message.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    return "".join(character for character in plain if character in "\n\t" or ord(character) > 0x9F or character.isprintable())
