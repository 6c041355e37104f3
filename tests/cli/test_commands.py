"""The table of commands against the commands, and what a fast command may import."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from importlib import import_module

import pytest
import typer

from avops.cli.main import run
from avops.cli.table import COMMANDS

HEAVY = (
    "anthropic",
    "asyncio",
    "httpx2",
    "icalendar",
    "jsonschema",
    "jsonschema_rs",
    "markdown_it",
    "mcp",
    "openai",
    "plotext",
    "pydantic",
    "rich",
    "ruamel",
    "sqlite3",
    "sqlite_utils",
    "yaml",
)


def imported(*arguments: str) -> set[str]:
    """The heavy packages that a command line has imported when it is done."""
    program = (
        "import sys, io, contextlib, json\n"
        "sys.argv = ['avops', *json.loads(sys.argv[1])]\n"
        "from avops.__main__ import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    main()\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, json.dumps(arguments)], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout)) & set(HEAVY)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_of_itself_what_the_table_says(name):
    module, line = COMMANDS[name]
    assert line == import_module(module).HELP
    command = typer.main.get_command(import_module(module).app)
    assert (command.help or "").startswith(line)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name, capsys):
    assert run([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert "Usage: avops" in text
    if "COMMAND [ARGS]" in text:
        for sub in _sub_commands(name):
            assert run([name, sub, "--help"]) == 0
            assert "Example: avops " in capsys.readouterr().out, sub
    else:
        assert "Example: avops " in text


def _sub_commands(name: str) -> list[str]:
    command = typer.main.get_command(import_module(COMMANDS[name][0]).app)
    return list(command.commands)


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("run", "--help"), ("tick", "--help"), ("dash", "--help")])
def test_a_fast_command_imports_nothing_heavy(arguments):
    assert imported(*arguments) == set()


def test_a_tick_with_nothing_due_imports_no_more_than_it_needs(tmp_path, monkeypatch):
    (tmp_path / "avops.yaml").write_text("timezone: Europe/Berlin\n", encoding="utf-8")
    (tmp_path / "workflows").mkdir()
    (tmp_path / "workflows" / "a.yaml").write_text('name: A\nagent: B\nrecipe: R\ntrigger: {cron: "0 6 1 1 *"}\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    long_ago = (tmp_path / "workflows" / "a.yaml").stat().st_mtime - 3600
    os.utime(tmp_path / "workflows" / "a.yaml", (long_ago, long_ago))
    assert run(["tick"]) == 0
    with sqlite3.connect(tmp_path / ".avops" / "avops.db") as connection:
        connection.execute("UPDATE schedule_files SET read_at_ns = read_at_ns + 10000000000")
    connection.close()
    assert imported("tick") == {"sqlite3", "yaml"}


def test_a_command_that_is_none_is_told_the_near_one(capsys):
    assert run(["rnus"]) == 2
    error = capsys.readouterr().err
    assert error == "error: no command 'rnus'\nhint: did you mean 'avops runs'?\n"


def test_a_missing_argument_is_a_usage_error_with_a_hint(capsys):
    assert run(["run"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: missing argument 'agent'")
    assert "hint: avops run --help" in error


def test_an_unknown_option_is_a_usage_error(capsys):
    assert run(["runs", "list", "--limt", "3"]) == 2
    assert "no such option: --limt" in capsys.readouterr().err.lower()


def test_outside_a_project_the_error_says_how_to_make_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["runs", "list"]) == 3
    error = capsys.readouterr().err
    assert "there is no avops project here" in error
    assert "avops init" in error


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["run", "A", "R", "--mock"], ["run", "A", "R", "--mock=*"]),
        (["run", "--mock", "A", "R"], ["run", "--mock=*", "A", "R"]),
        (["run", "A", "--mock", "R"], ["run", "A", "--mock=*", "R"]),
        (["run", "A", "R", "--mock", "zoom"], ["run", "A", "R", "--mock", "zoom"]),
        (["run", "A", "R", "--mock", "--json"], ["run", "A", "R", "--mock=*", "--json"]),
        (["run", "A", "R", "--mock=zoom"], ["run", "A", "R", "--mock=zoom"]),
    ],
)
def test_mock_may_stand_alone_or_name_a_tool(given, meant):
    from avops.cli.main import with_bare_mock

    assert with_bare_mock(given) == meant


def test_the_page_of_the_commands_is_their_own_help():
    from scripts.cli_docs import TARGET, cli_markdown

    assert TARGET.read_text(encoding="utf-8") == cli_markdown(), "write it anew: python scripts/cli_docs.py"
