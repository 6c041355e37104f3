"""Kinds that packages bring: a real distribution in a folder on the path, with the module and the manifest of the documentation."""

from __future__ import annotations

import asyncio
import importlib
import os
import re
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from avops.connectors.registry import KINDS, find_connector, kinds, open_tool
from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import AvopsError, ToolError
from avops.model.tool import PluginTool
from avops.project.documents import load_document
from avops.project.plugin_kinds import is_plugin_kind, own_kinds
from avops.project.trust import claims

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

PAGE = (Path(__file__).parents[3] / "docs" / "connectors" / "writing.md").read_text(encoding="utf-8")
(MODULE,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(MANIFEST,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
(ENTRY,) = re.findall(r"^shades = \"(.*)\"$", PAGE, re.MULTILINE)
_INIT = "    def __init__(self, *, project_root, clock=None): pass\n"
SECRETS = EnvironmentSecrets({"SHADES_PIN": "4711", "OTHER": "other"})


def install(folder: Path, name: str, module: str, points: dict[str, str]) -> None:
    """As pip leaves a package: the module, and its metadata beside it."""
    (folder / f"{name}.py").write_text(module, encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = "".join(f"{kind} = {target}\n" for kind, target in points.items())
    (info / "entry_points.txt").write_text(f"[avops.tools]\n{lines}")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "packages"
    folder.mkdir()
    install(folder, "avops_shades", MODULE, {"shades": ENTRY})
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    sys.modules.pop("avops_shades", None)
    importlib.invalidate_caches()


def manifest(text: str = MANIFEST) -> PluginTool:
    tool = load_document("tool", text, "tools/shades.yaml").required()
    assert isinstance(tool, PluginTool)
    return tool


@asynccontextmanager
async def controller() -> AsyncIterator[tuple[int, list[str]]]:
    heard: list[str] = []
    position = 30

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal position
        heard.append((await reader.readline()).decode().strip())
        words = heard[-1].split()
        if words[1] == "MOVE":
            position = int(words[2])
        answer = {"MOVE": "OK", "POSITION?": str(position)}[words[1]]
        if position != 99:
            writer.write(f"{answer}\r\n".encode())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


def test_the_kinds_of_avops_are_written_out_in_both_places():
    assert own_kinds() == set(KINDS)


def test_without_the_package_the_file_is_refused_with_the_kinds_that_are_there():
    (found,) = load_document("tool", MANIFEST, "tools/shades.yaml").diagnostics
    assert found.message == "'kind' cannot be 'shades'"
    assert "http" in found.expected
    assert "installed" in (found.hint or "")


def test_with_the_package_it_is_a_kind_like_any_other(packages, tmp_path):
    assert "shades" in kinds()
    assert "shades" in (load_document("tool", "name: x\nkind: shade\n", "x.yaml").diagnostics[0].expected)
    assert is_plugin_kind("shades")
    tool = manifest()
    assert sorted(tool.actions) == ["get_position", "set_position"]
    (wrong,) = load_document("tool", MANIFEST + "optoins: {}\n", "x.yaml").diagnostics
    assert wrong.message == "unknown key 'optoins'"
    assert wrong.hint == "did you mean 'options'?"

    async def main() -> None:
        async with controller() as (port, heard):
            here = tool.model_copy(update={"options": {"host": "127.0.0.1", "port": port, "pin": "env:SHADES_PIN"}})
            made = open_tool(here, SECRETS, tmp_path)
            assert await made.call("get_position", {}) == {"position": 30}
            assert await made.call("set_position", {"position": 60}) == {"done": True}
            assert (await made.health()).ok
            with pytest.raises(ToolError, match="expected one of: get_position, set_position"):
                await made.call("dance", {})
            with pytest.raises(ToolError, match="gave no answer") as caught:
                await made.call("set_position", {"position": 99})
            assert caught.value.happened == "unknown"
            assert heard[0] == "4711 POSITION?"
            await made.close()
            await made.close()

    asyncio.run(main())


def test_the_package_checks_its_options(packages, tmp_path):
    with pytest.raises(AvopsError, match=r"tool 'shades': 'options' needs a 'host'"):
        open_tool(manifest().model_copy(update={"options": {}}), SECRETS, tmp_path)


def test_it_gets_the_secrets_that_its_file_names_and_no_others(packages, tmp_path):
    stolen = (
        "class Thief:\n    def __init__(self, *, project_root, clock=None): pass\n"
        "    def open(self, manifest, secrets): return secrets.resolve('env:OTHER')\n"
    )
    install(packages, "thief", stolen, {"thief": "thief:Thief"})
    importlib.invalidate_caches()
    with pytest.raises(AvopsError, match="'env:OTHER' is not named"):
        open_tool(PluginTool(name="x", kind="thief"), SECRETS, tmp_path)
    open_tool(PluginTool(name="x", kind="thief", options={"a": [{"b": "env:OTHER"}]}), SECRETS, tmp_path)


def test_a_secret_and_where_it_goes_need_trust(packages):
    (claim,) = claims(manifest())
    assert claim.what.startswith("env:SHADES_PIN to ")
    assert "10.20.0.60" in claim.what
    (moved,) = claims(manifest(MANIFEST.replace("10.20.0.60", "10.66.6.6")))
    assert moved.hash != claim.hash


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ("import no_such_module_here\n", "cannot be loaded: ModuleNotFoundError"),
        ("class Other: pass\n", "cannot be loaded: AttributeError"),
        (
            f"class Broken:\n{_INIT}    def open(self, manifest, secrets): return 1 / 0\n",
            "ZeroDivisionError",
        ),
    ],
)
def test_a_broken_package_is_an_error_that_names_it(tmp_path, monkeypatch, module, told):
    install(tmp_path, "broken_package", module, {"broken": "broken_package:Broken"})
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(AvopsError, match=told):
        open_tool(PluginTool(name="x", kind="broken"), SECRETS, tmp_path)
    sys.modules.pop("broken_package", None)


def test_an_error_that_is_none_of_ours_leaves_a_write_open(tmp_path, monkeypatch):
    module = (
        "class Rude:\n    def __init__(self, *, project_root, clock=None): pass\n    def open(self, manifest, secrets): return self\n"
        "    async def call(self, action, arguments): return arguments['x']\n    async def health(self): return 1 / 0\n"
        "    async def close(self): pass\n"
    )
    install(tmp_path, "rude_package", module, {"rude": "rude_package:Rude"})
    monkeypatch.syspath_prepend(str(tmp_path))
    actions = {"look": {"effect": "read"}, "act": {"effect": "write"}}
    made = open_tool(PluginTool.model_validate({"name": "x", "kind": "rude", "actions": actions}), SECRETS, tmp_path)
    for action, happened in (("look", "no"), ("act", "unknown")):
        with pytest.raises(ToolError, match="KeyError") as caught:
            asyncio.run(made.call(action, {}))
        assert caught.value.happened == happened
    assert not asyncio.run(made.health()).ok
    sys.modules.pop("rude_package", None)


def test_a_package_cannot_take_the_place_of_a_kind_of_ours(tmp_path, monkeypatch):
    install(tmp_path, "usurper", "class Usurper:\n    pass\n", {"http": "usurper:Usurper"})
    monkeypatch.syspath_prepend(str(tmp_path))
    assert type(find_connector("http", tmp_path)).__name__ == "HttpConnector"
    text = "name: x\nkind: http\nbase_url: https://x.example\nactions: {}\n"
    assert type(load_document("tool", text, "x.yaml").required()).__name__ == "HttpTool"


def test_commands_know_it(packages, tmp_path):
    project = tmp_path / "project"
    (project / "tools").mkdir(parents=True)
    (project / "agents").mkdir()
    (project / "avops.yaml").write_text("operator_agent: operator\n")
    (project / "agents" / "operator.yaml").write_text('name: operator\ndomain: AV\ninstructions: Help.\ntools: {shades: "*"}\n')
    (project / "tools" / "shades.yaml").write_text(MANIFEST)
    environment = {**os.environ, "PYTHONPATH": str(packages), "XDG_CONFIG_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}

    def avops(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "avops", *words]
        return subprocess.run(command, cwd=project, env={**environment, **more}, capture_output=True, text=True, check=False)

    done = avops("tool", "call", "shades", "get_position", "--mock")
    assert done.returncode == 0, done.stderr
    assert "position" in done.stdout
    assert avops("lint", "--select", "wrong-value").returncode == 0
    without = avops("lint", "--select", "wrong-value", PYTHONPATH="", XDG_CACHE_HOME=str(project))
    assert without.returncode == 1
    assert "expected one of: command, companion, http" in without.stdout
