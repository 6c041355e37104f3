"""Bodies that are files: what is sent, and what never leaves the project."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tests.unit.connectors.recording_server import Reply, Seen, recording

from avops.connectors.http import HttpConnector
from avops.connectors.http_body import MAX_FILE
from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import ToolError
from avops.model.http import Request
from avops.model.tool import HttpTool

INPUT: dict[str, Any] = {name: {"type": "string", "required": False} for name in ("path", "name", "text", "type")}


def send(root: Path | None, file: dict[str, str], headers: dict[str, str] | None = None, **arguments: str) -> Seen:
    """The one request of a call."""

    async def main() -> list[Seen]:
        async with recording(lambda request: Reply(data={})) as recorder:
            action = {
                "effect": "record",
                "input": INPUT,
                "request": {"method": "POST", "path": "/", "file": file, "headers": headers or {}},
            }
            data = {"name": "svc", "kind": "http", "base_url": recorder.url, "private": True, "actions": {"send": action}}
            tool = HttpConnector(project_root=root).open(HttpTool.model_validate(data), EnvironmentSecrets({}))
            try:
                await tool.call("send", arguments)
            finally:
                await tool.close()
            return recorder.seen

    (seen,) = asyncio.run(main())
    return seen


PATH = {"path": "{{ path }}"}


def test_a_file_is_the_whole_body(tmp_path):
    (tmp_path / "report.pdf").write_bytes(b"%PDF\x00\xff")
    seen = send(tmp_path, PATH, path="report.pdf")
    assert seen.body == b"%PDF\x00\xff"
    assert seen.headers["content-type"] == "application/pdf"


def test_the_manifest_says_the_media_type(tmp_path):
    (tmp_path / "x").write_text("a")
    assert send(tmp_path, PATH, path="x").headers["content-type"] == "application/octet-stream"
    assert send(tmp_path, PATH | {"type": "text/csv"}, path="x").headers["content-type"] == "text/csv"
    assert send(tmp_path, PATH, {"Content-Type": "text/x"}, path="x").headers["content-type"] == "text/x"


def test_a_text_is_a_file_too():
    seen = send(None, {"text": "{{ text }}", "name": "note.txt"}, text="Grüße")
    assert seen.body == "Grüße".encode()
    assert seen.headers["content-type"] == "text/plain"


def test_a_field_of_a_form(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.txt").write_text("line\r\n--x")
    seen = send(tmp_path, PATH | {"field": "file", "name": "{{ name }}"}, path="logs/a.txt", name='a"\r\nX: 1.txt')
    boundary = re.fullmatch(r"multipart/form-data; boundary=(avops-[0-9a-f]{32})", seen.headers["content-type"])
    assert boundary is not None
    mark = boundary[1]
    assert seen.body.decode() == (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a%22%0D%0AX: 1.txt"\r\n'
        f"Content-Type: text/plain\r\n\r\nline\r\n--x\r\n--{mark}--\r\n"
    )


def test_what_a_run_made_can_be_sent(tmp_path):
    folder = tmp_path / ".avops" / "artifacts" / "1"
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("<p>")
    assert send(tmp_path, PATH, path=".avops/artifacts/1/report.html").body == b"<p>"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (".env", "is hidden"),
        (".avops/avops.db", "is hidden"),
        ("sub/../.env", "is hidden"),
        ("link", "is hidden"),
        ("out", "no file of this project"),
        ("../outside", "no file of this project"),
        ("/etc/hostname", "no file of this project"),
        ("missing", "no file of this project"),
        ("sub", "no file of this project"),
        ("a\x00b", "no file of this project"),
        ("large", "larger than 16 MiB"),
    ],
)
def test_what_never_leaves(tmp_path, path, words):
    root = tmp_path / "project"
    (root / "sub").mkdir(parents=True)
    (root / ".avops").mkdir()
    (root / ".env").write_text("SECRET=1")
    (root / ".avops" / "avops.db").write_text("x")
    (root / "link").symlink_to(".env")
    (tmp_path / "outside").write_text("x")
    (root / "out").symlink_to(tmp_path / "outside")
    with (root / "large").open("wb") as file:
        file.truncate(MAX_FILE + 1)
    with pytest.raises(ToolError, match=words) as caught:
        send(root, PATH, path=path)
    assert caught.value.happened == "no"


def test_without_a_project_or_a_file_nothing_is_sent(tmp_path):
    with pytest.raises(ToolError, match="no project"):
        send(None, PATH, path="a")
    with pytest.raises(ToolError, match="no file to send"):
        send(tmp_path, PATH)


def test_a_media_type_cannot_hold_a_header(tmp_path):
    with pytest.raises(ToolError, match="not a media type"):
        send(tmp_path, {"text": "a", "type": "{{ type }}"}, type="text/plain\r\nX: 1")


@pytest.mark.parametrize("request_", [{"json": {}, "form": {}}, {"json": None, "file": {"text": "a"}}, {"form": {}, "file": {"text": "a"}}])
def test_a_request_has_one_body(request_):
    with pytest.raises(ValidationError, match="one body"):
        Request.model_validate({"method": "POST", "path": "/"} | request_)


@pytest.mark.parametrize("file", [{}, {"path": "a", "text": "b"}])
def test_a_file_has_one_source(file):
    with pytest.raises(ValidationError, match="either a 'path' or a 'text'"):
        Request.model_validate({"method": "POST", "path": "/", "file": file})
