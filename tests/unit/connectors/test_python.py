"""Functions of the project as tools: each call in a real process."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from avops.connectors.python import PythonConnector
from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import AvopsError, ToolError
from avops.model.tool import HttpTool, PythonTool
from avops.project.trust import TrustRecord, claims
from avops.wiring.tools import Toolbox, tool_problems

if TYPE_CHECKING:
    from pathlib import Path

    from avops.connectors.python import ConnectedPythonTool


def manifest(function: str = "local.py:act", *, env: list[str] | None = None, **action: Any) -> PythonTool:
    return PythonTool.model_validate(
        {"name": "local", "kind": "python", "env": env or [], "actions": {"run": {"function": function, **action}}}
    )


def tool(root: Path, source: str, secrets: dict[str, str] | None = None, **action: Any) -> ConnectedPythonTool:
    (root / "local.py").write_text(source, encoding="utf-8")
    return PythonConnector(project_root=root).open(manifest(**action), EnvironmentSecrets(secrets or {}))


def call(made: ConnectedPythonTool, **arguments: object) -> Any:
    return asyncio.run(made.call("run", arguments))


def failure(made: ConnectedPythonTool, **arguments: object) -> ToolError:
    with pytest.raises(ToolError) as caught:
        call(made, **arguments)
    return caught.value


def test_arguments_go_in_by_name_and_the_value_comes_out(tmp_path):
    made = tool(tmp_path, "def act(a, b=2, **more):\n    return [a, b, more]\n", input={"a": {}, "c": {"default": None}})
    assert call(made, a={"x": [1.5, True, "ä; rm -rf *"]}) == [{"x": [1.5, True, "ä; rm -rf *"]}, 2, {"c": None}]


def test_a_coroutine_is_awaited(tmp_path):
    source = "import asyncio\n\nasync def act():\n    await asyncio.sleep(0)\n    return 'done'\n"
    assert call(tool(tmp_path, source)) == "done"


def test_what_it_prints_is_no_answer(tmp_path):
    source = (
        "import os, subprocess, sys\n\ndef act():\n    print('{')\n    subprocess.run([sys.executable, '-c', 'print(1)'])\n    return 7\n"
    )
    assert call(tool(tmp_path, source)) == 7


def test_classes_of_the_file_find_their_module(tmp_path):
    source = (
        "from __future__ import annotations\nfrom dataclasses import asdict, dataclass\n\n"
        "@dataclass\nclass Row:\n    n: int\n\ndef act():\n    return asdict(Row(1))\n"
    )
    assert call(tool(tmp_path, source)) == {"n": 1}


def test_it_sees_only_the_variables_that_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("OTHER_SECRET", "other")
    made = tool(tmp_path, "import os\n\ndef act():\n    return dict(os.environ)\n", {"TOKEN": "t"}, env=["TOKEN"])
    seen = call(made)
    assert seen["TOKEN"] == "t"
    assert set(seen) - {"HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "TZ", "TOKEN"} == set()


def test_a_variable_that_is_missing_starts_nothing(tmp_path):
    made = tool(tmp_path, "open('began', 'w')\n\ndef act():\n    pass\n", env=["TOKEN"])
    assert failure(made).happened == "no"
    assert not (tmp_path / "began").exists()


def test_nothing_else_of_the_project_can_be_imported(tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit('taken in')")
    (tmp_path / "helper.py").write_text("value = 1")
    assert call(tool(tmp_path, "import json\n\ndef act():\n    return json.loads('1')\n")) == 1
    error = failure(tool(tmp_path, "import helper\n\ndef act():\n    return helper.value\n"))
    assert "ModuleNotFoundError" in error.message


@pytest.mark.parametrize(
    ("source", "happened", "told"),
    [
        ("def act():\n    raise OSError('no display')\n", "unknown", "OSError: no display (local.py, line 2)"),
        ("def act():\n    import sys\n    sys.exit(3)\n", "unknown", "SystemExit: 3"),
        ("def act():\n    import os\n    os._exit(3)\n", "unknown", "ended with 3, and without an answer"),
        ("def act():\n    import os, signal\n    os.kill(os.getpid(), signal.SIGKILL)\n", "unknown", "was ended by signal 9"),
        ("def act():\n    return {1, 2}\n", "unknown", "TypeError"),
        ("def act():\n    return float('nan')\n", "unknown", "ValueError"),
        ("def act():\n    return act()\n", "unknown", "RecursionError"),
        ("def act():\n    return len()\n", "unknown", "TypeError"),
        ("raise RuntimeError('while it was read')\n", "unknown", "RuntimeError: while it was read (local.py, line 1)"),
        ("class No(Exception):\n    happened = 'no'\n\ndef act():\n    raise No('the door is open')\n", "no", "No: the door is open"),
        ("def act(a):\n    return a\n", "no", "TypeError"),
        ("def other():\n    pass\n", "no", "there is no function 'act'"),
        ("act = 1\n", "no", "there is no function 'act'"),
        ("def act(:\n", "no", "SyntaxError"),
        ("# -*- coding: klingon -*-\n", "no", "encoding"),
    ],
)
def test_failures_say_what_is_known(tmp_path, source, happened, told):
    error = failure(tool(tmp_path, source))
    assert told in error.message
    assert error.happened == happened
    assert "\n" not in error.message


def test_a_read_that_fails_changed_nothing(tmp_path):
    assert failure(tool(tmp_path, "def act():\n    raise OSError('x')\n", effect="read")).happened == "no"


def test_an_answer_that_is_too_long(tmp_path):
    error = failure(tool(tmp_path, "def act():\n    return 'x' * 2_000_000\n"))
    assert "1024 KiB" in error.message
    assert error.happened == "unknown"


def test_a_cancelled_call_ends_everything_that_the_function_started(tmp_path):
    os.mkfifo(tmp_path / "pids")
    source = (
        "import os, signal, subprocess, sys\n\ndef act():\n"
        "    child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
        "    with open('pids', 'w') as file:\n        file.write(f'{os.getpid()} {child.pid}')\n    signal.pause()\n"
    )
    made = tool(tmp_path, source)

    async def main() -> list[int]:
        waiting = asyncio.create_task(made.call("run", {}))
        pids = await asyncio.to_thread((tmp_path / "pids").read_text)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return [int(pid) for pid in pids.split()]

    for pid in asyncio.run(main()):
        while _runs(pid):
            os.sched_yield()


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(
    "function",
    [
        "../out.py:act",
        "/etc/out.py:act",
        "a/../out.py:act",
        ".hidden/out.py:act",
        "out.py",
        "out.sh:act",
        "out.py:a.b",
        "out.py:_act",
        "a b.py:act",
    ],
)
def test_a_path_that_leads_out_or_to_what_is_hidden_is_no_function(function):
    with pytest.raises(ValidationError):
        manifest(function)


def test_a_link_out_of_the_project_is_not_followed(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "out.py").write_text("def act():\n    return 1\n")
    (root / "in.py").symlink_to(tmp_path / "out.py")
    (root / ".git").mkdir()
    (root / ".git" / "hook.py").write_text("def act():\n    return 1\n")
    (root / "hook.py").symlink_to(root / ".git" / "hook.py")
    (root / "folder.py").mkdir()
    for name in ("in", "hook", "folder", "gone"):
        made = PythonConnector(project_root=root).open(manifest(f"{name}.py:act"), EnvironmentSecrets({}))
        error = failure(made)
        assert error.happened == "no"
        assert f"{name}.py" in error.message


def test_health_looks_at_the_file_and_starts_nothing(tmp_path):
    made = tool(tmp_path, "open('began', 'w')\n\ndef act():\n    pass\n")
    assert asyncio.run(made.health()).ok
    for source, told in (("def other(): pass\n", "no function 'act'"), ("def act(:\n", "is not Python")):
        report = asyncio.run(tool(tmp_path, source).health())
        assert not report.ok
        assert told in report.detail
    assert not (tmp_path / "began").exists()


def test_health_may_be_an_action(tmp_path):
    (tmp_path / "local.py").write_text("def act():\n    raise OSError('it is off')\n")
    data = {
        "name": "local",
        "kind": "python",
        "health": {"action": "run"},
        "actions": {"run": {"effect": "read", "function": "local.py:act"}},
    }
    report = asyncio.run(PythonConnector(project_root=tmp_path).open(PythonTool.model_validate(data), EnvironmentSecrets({})).health())
    assert not report.ok
    assert "it is off" in report.detail


def test_a_manifest_of_another_kind_is_refused(tmp_path):
    other = HttpTool.model_validate({"name": "x", "kind": "http", "base_url": "http://x.example", "actions": {}})
    with pytest.raises(AvopsError, match="not a tool of kind 'python'"):
        PythonConnector(project_root=tmp_path).open(other, EnvironmentSecrets({}))


def test_trust_covers_every_byte_of_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    root = tmp_path / "project"
    root.mkdir()
    wanted = manifest()
    secrets = EnvironmentSecrets({})
    (gone,) = tool_problems(root, wanted, secrets)
    assert "local.py" in gone.message
    (root / "local.py").write_text("def act():\n    return 1\n")
    (untrusted,) = tool_problems(root, wanted, secrets)
    assert untrusted.hint == "avops trust"
    assert "run: local.py:act sha256:" in untrusted.message
    TrustRecord().record(root, claims(wanted, root))
    assert list(tool_problems(root, wanted, secrets)) == []
    assert asyncio.run(Toolbox(root, secrets).tool(wanted, False).call("run", {})) == 1

    (root / "local.py").write_text("def act():\n    return 2\n")
    assert [problem.hint for problem in tool_problems(root, wanted, secrets)] == ["avops trust"]
    with pytest.raises(ToolError, match="nobody here has trusted") as caught:
        Toolbox(root, secrets).tool(wanted, False)
    assert caught.value.happened == "no"


def test_what_was_read_is_what_runs_though_the_file_changes(tmp_path):
    made = tool(tmp_path, "def act():\n    return 1\n")
    assert call(made) == 1
    (tmp_path / "local.py").write_text("def act():\n    return 2\n")
    assert call(made) == 1
