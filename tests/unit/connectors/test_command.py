"""Programs as tools: real ones, started from argument lists."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from avops.connectors.command import CommandConnector
from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import AvopsError, ToolError
from avops.model.tool import CommandTool

if TYPE_CHECKING:
    from pathlib import Path

    from avops.connectors.command import ConnectedCommandTool

ECHO = "import json, sys; print(json.dumps(sys.argv[1:]))"


def tool(root: Path, secrets: dict[str, str] | None = None, *, env: list[str] | None = None, **action: Any) -> ConnectedCommandTool:
    manifest = {"name": "local", "kind": "command", "env": env or [], "actions": {"run": action}}
    return CommandConnector(project_root=root).open(CommandTool.model_validate(manifest), EnvironmentSecrets(secrets or {}))


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def call(made: ConnectedCommandTool, **arguments: object) -> Any:
    return asyncio.run(made.call("run", arguments))


def failure(made: ConnectedCommandTool, **arguments: object) -> ToolError:
    with pytest.raises(ToolError) as caught:
        call(made, **arguments)
    return caught.value


def test_arguments_reach_the_program_as_they_are(tmp_path):
    made = tool(tmp_path, argv=python(ECHO, "{{ a }}", "--to={{ b }}", "c"), input={"a": {}, "b": {}}, parse="json")
    assert call(made, a="x; rm -rf $HOME `id` *", b="-1 'two'") == ["x; rm -rf $HOME `id` *", "--to=-1 'two'", "c"]
    assert call(made, a=12, b=True) == ["12", "--to=true", "c"]


def test_an_optional_argument_that_is_absent_is_left_out(tmp_path):
    made = tool(
        tmp_path, argv=python(ECHO, "{{ a }}", "--b={{ b }}"), input={"a": {"default": "z"}, "b": {"required": False}}, parse="json"
    )
    assert call(made) == ["z"]


@pytest.mark.parametrize("value", ["-rf", "--help", "-", -5, "a\nb", "a\x00b", None, ["a"]])
def test_a_value_that_would_be_an_option_or_end_the_argument_is_refused(tmp_path, value):
    error = failure(tool(tmp_path, argv=python(ECHO, "{{ a }}"), input={"a": {}}), a=value)
    assert error.happened == "no"


@pytest.mark.parametrize(
    ("parse", "expected"),
    [("text", {"text": "one\ntwo", "exit_code": 0}), ("lines", {"lines": ["one", "two"], "exit_code": 0})],
)
def test_what_a_program_prints(tmp_path, parse, expected):
    assert call(tool(tmp_path, argv=python("print('one\\ntwo')"), parse=parse)) == expected


def test_a_text_is_given_to_standard_input(tmp_path):
    made = tool(tmp_path, argv=python("import sys; print(sys.stdin.read().upper())"), input={"a": {}}, stdin="say {{ a }}")
    assert call(made, a="hello")["text"] == "SAY HELLO"


def test_a_program_that_reads_nothing_gets_no_terminal(tmp_path):
    assert call(tool(tmp_path, argv=python("import sys; print(repr(sys.stdin.read()))")))["text"] == "''"


def test_a_program_sees_only_the_variables_that_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("OTHER_SECRET", "hidden")
    code = "import os; print(os.environ.get('TOKEN'), os.environ.get('OTHER_SECRET'), 'PATH' in os.environ)"
    assert call(tool(tmp_path, {"TOKEN": "s3cret"}, env=["TOKEN"], argv=python(code)))["text"] == "s3cret None True"


def test_a_variable_that_is_not_set_stops_the_call(tmp_path):
    error = failure(tool(tmp_path, env=["TOKEN"], argv=python("open('ran', 'w')")))
    assert error.happened == "no"
    assert "env:TOKEN" in error.message
    assert not (tmp_path / "ran").exists()


def test_a_program_works_in_the_projects_folder(tmp_path):
    assert call(tool(tmp_path, argv=python("import os; print(os.getcwd())")))["text"] == str(tmp_path.resolve())


def test_a_program_of_the_project(tmp_path):
    script = tmp_path / "tools" / "hello.sh"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho hello $1\n")
    made = tool(tmp_path, argv=["tools/hello.sh", "{{ who }}"], input={"who": {}})
    assert "no program 'tools/hello.sh'" in failure(made, who="you").message
    script.chmod(0o755)
    assert call(made, who="you")["text"] == "hello you"


@pytest.mark.parametrize(("effect", "happened"), [("read", "no"), ("write", "unknown")])
def test_an_exit_code_that_is_not_expected(tmp_path, effect, happened):
    made = tool(tmp_path, effect=effect, argv=python("import sys; sys.exit('the lamp is\\x1b[31m hot')"))
    error = failure(made)
    assert error.happened == happened
    assert "ended with 1: the lamp is [31m hot" in error.message


def test_an_exit_code_that_is_expected(tmp_path):
    assert call(tool(tmp_path, argv=python("raise SystemExit(3)"), ok_exit=[0, 3]))["exit_code"] == 3


def test_a_program_that_was_killed(tmp_path):
    error = failure(tool(tmp_path, argv=python("import os; os.kill(os.getpid(), 9)")))
    assert (error.happened, "signal 9" in error.message) == ("unknown", True)


def test_a_program_that_cannot_be_started_did_nothing(tmp_path):
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x00\x01 not a program")
    broken.chmod(0o755)
    assert failure(tool(tmp_path, argv=["./broken"])).happened == "no"


def test_what_is_not_json(tmp_path):
    error = failure(tool(tmp_path, effect="read", argv=python("print('on')"), parse="json"))
    assert "not JSON" in error.message


def test_a_program_that_prints_too_much_is_ended(tmp_path):
    error = failure(tool(tmp_path, argv=python("while True: print('x' * 1000)")))
    assert (error.happened, "more than 1024 KiB" in error.message) == ("unknown", True)


def test_a_long_complaint_is_kept_from_its_end(tmp_path):
    error = failure(tool(tmp_path, argv=python("import sys; sys.stderr.write('x' * 100_000 + 'the end'); sys.exit(1)")))
    assert error.message.endswith("the end")
    assert len(error.message) < 2100


# The program and its child hold the pipe open; reading it ends when both are gone.
FAMILY = """
import signal, subprocess, sys
if sys.argv[2] == 'stubborn':
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
pipe = open(sys.argv[1], 'w')
subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'], pass_fds=[pipe.fileno()])
print('both run', file=pipe, flush=True)
signal.pause()
"""


@pytest.mark.parametrize("manners", ["polite", "stubborn"])
def test_a_call_that_is_cancelled_ends_the_program_and_what_it_started(tmp_path, manners):
    os.mkfifo(tmp_path / "pipe")

    async def main() -> None:
        running = asyncio.create_task(tool(tmp_path, argv=python(FAMILY, "pipe", manners)).call("run", {}))
        with await asyncio.to_thread((tmp_path / "pipe").open) as pipe:
            assert await asyncio.to_thread(pipe.readline) == "both run\n"
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            assert await asyncio.wait_for(asyncio.to_thread(pipe.read), 30) == ""

    asyncio.run(main())


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["{{ program }}"], "is not fixed"),
        ([sys.executable, "{{ other }}"], "argv[1]: 'other' is not defined there; expected one of: program"),
        ([sys.executable, "{{ program"], "argv[1]: '{{' is never closed"),
    ],
)
def test_an_argument_list_that_cannot_be_used(tmp_path, argv, words):
    with pytest.raises(AvopsError) as caught:
        tool(tmp_path, argv=argv, input={"program": {}})
    assert words in caught.value.message
    assert caught.value.message.startswith("tool 'local': action 'run'")


def test_health(tmp_path):
    assert asyncio.run(tool(tmp_path, argv=python(ECHO)).health()).ok
    report = asyncio.run(tool(tmp_path, argv=["no-such-program-here"]).health())
    assert (report.ok, report.detail) == (False, "there is no program 'no-such-program-here'")
