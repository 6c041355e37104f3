"""Bodies that are files: a file of the project or a text, raw or as a field of a multipart form (RFC 7578)."""

from __future__ import annotations

import asyncio
import mimetypes
import re
import uuid
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from avops.connectors.rendering import ABSENT, prepare
from avops.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from avops.connectors.rendering import Rendering
    from avops.model.http import FileBody

MAX_FILE = 16 * 1024 * 1024
# Where runs keep what they made; everything else that is hidden (`.env`, the database, `.git`) stays here.
ARTIFACTS = (".avops", "artifacts")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(; *[\w-]+=[\w.-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan:
    """A file body with its templates parsed."""

    path: Rendering | None
    text: Rendering | None
    name: Rendering | None
    type: Rendering | None
    field: str | None


def plan_file(body: FileBody, names: Collection[str], what: str) -> FilePlan:
    """The plan of a file body; AvopsError, naming the place, for a template that cannot be used."""

    def part(key: str) -> Rendering | None:
        text = getattr(body, key)
        return None if text is None else prepare(text, names, f"{what}.{key}")

    return FilePlan(path=part("path"), text=part("text"), name=part("name"), type=part("type"), field=body.field)


async def render_file(plan: FilePlan, arguments: Mapping[str, object], root: Path | None) -> tuple[bytes, str]:
    """The body and its Content-Type; ToolError (nothing happened) for a file that cannot or must not be sent."""
    path, text = _text(plan.path, arguments), _text(plan.text, arguments)
    if path is None and text is None:
        raise ToolError("there is no file to send")
    content = (text or "").encode() if path is None else await asyncio.to_thread(_read, root, path)
    name = _text(plan.name, arguments) or (PurePosixPath(path).name if path else "file.txt")
    media_type = _text(plan.type, arguments) or mimetypes.guess_type(name, strict=False)[0] or "application/octet-stream"
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise ToolError(f"'{media_type[:60]}' is not a media type", hint="write one such as 'image/png'")
    if plan.field is None:
        return content, media_type
    return _multipart(plan.field, name, media_type, content)


def _multipart(field: str, name: str, media_type: str, content: bytes) -> tuple[bytes, str]:
    boundary = f"avops-{uuid.uuid4().hex}"
    # The escapes that browsers use for names in a form (HTML, "multipart/form-data").
    shown = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{shown}"\r\nContent-Type: {media_type}\r\n\r\n'
    return head.encode() + content + f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _read(root: Path | None, name: str) -> bytes:
    """A file below the project's folder that is not hidden."""
    if root is None:
        raise ToolError("there is no project whose files could be sent")
    base = root.resolve()
    try:
        target = (base / name).resolve(strict=True)
        parts = target.relative_to(base).parts
    except (OSError, ValueError, RuntimeError):
        raise ToolError(f"'{name}' is no file of this project") from None
    if any(part.startswith(".") for part in parts) and parts[:2] != ARTIFACTS:
        raise ToolError(f"'{name}' is hidden, and is not sent")
    try:
        if not target.is_file():
            raise ToolError(f"'{name}' is no file of this project")
        with target.open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except OSError as error:
        raise ToolError(f"'{name}' cannot be read: {(error.strerror or str(error)).lower()}") from None
    if len(content) > MAX_FILE:
        raise ToolError(f"'{name}' is larger than {MAX_FILE // 1024 // 1024} MiB")
    return content


def _text(part: Rendering | None, arguments: Mapping[str, object]) -> str | None:
    """A rendered text; None when it was left out."""
    value = ABSENT if part is None else part.render(arguments)
    return None if value is ABSENT or value is None else str(value)
