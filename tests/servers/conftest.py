"""MCP servers that others wrote, as `make test-servers` installs them below `build/servers`."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from avops.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SERVERS = Path(__file__).parents[2] / "build" / "servers"


def installed(path: str) -> Path:
    program = SERVERS / path
    assert program.exists(), f"{program} is missing: run `make test-servers`"
    return program


@pytest.fixture(scope="session")
def everything() -> Path:
    """The program of the reference server."""
    return installed("node_modules/.bin/mcp-server-everything")


@pytest.fixture(scope="session")
def time_python() -> Path:
    """A Python in which the time server is installed."""
    return installed("python/bin/python")


@pytest.fixture
def everything_http(everything: Path) -> Iterator[tuple[str, int]]:
    """Where the reference server answers over HTTP, and its process."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment = {**os.environ, "PORT": str(port)}
    with subprocess.Popen(
        [everything, "streamableHttp"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stderr is not None
            lines = []
            for line in server.stderr:
                lines.append(line)
                if "listening on port" in line:
                    yield f"http://127.0.0.1:{port}/mcp", server.pid
                    break
            else:
                pytest.fail(f"the server did not start: {''.join(lines)}")
        finally:
            server.kill()


@pytest.fixture
def avops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """A command line in an empty project, and what it prints."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    root = tmp_path / "project"
    (root / "agents").mkdir(parents=True)
    (root / "avops.yaml").write_text("operator_agent: operator\n")
    (root / "agents" / "operator.yaml").write_text("name: operator\ntools: {}\n")
    monkeypatch.chdir(root)

    def command(*arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return command
