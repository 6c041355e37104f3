"""Which programs this project may start, and which host may get which secret, as this account has recorded it.

The record lies outside every project (`~/.config/avops/trust.json`, or below `XDG_CONFIG_HOME`), so that a cloned
project, a pull request or an imported bundle cannot grant itself anything. A claim is trusted word for word: when a
program's arguments or a secret's host change, it needs trust again.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from avops.errors import AvopsError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from avops.model.document import Document
    from avops.model.settings import Settings
    from avops.model.tool import DeviceTool, HttpTool, ToolBase


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing a tool wants: to start a program, or to send a secret to a host."""

    tool: str
    kind: str
    """`program` or `secret`."""
    what: str
    """As people read it: the argument list, or `env:NAME to https://host`."""

    @property
    def hash(self) -> str:
        """Tells this claim from any other."""
        return hashlib.sha256(json.dumps([self.tool, self.kind, self.what]).encode()).hexdigest()


def claims(manifest: ToolBase, root: Path | None = None) -> Iterator[Claim]:
    """What a tool's manifest wants; a tool without programs and secrets wants nothing.

    A function of the project at `root` is claimed with a hash of its file, so that a change needs trust again; so is each file
    of the project that a program's argument list names.
    """
    from avops.model.tool import CommandTool, DeviceTool, HttpTool, McpTool, PluginTool, PythonTool

    if isinstance(manifest, CommandTool):
        for name, action in manifest.actions.items():
            yield Claim(tool=manifest.name, kind="program", what=f"{name}: {_program(root, action.argv)}")
    if isinstance(manifest, PythonTool):
        for name, function in manifest.actions.items():
            yield Claim(tool=manifest.name, kind="program", what=f"{name}: {_function(root, function.function)}")
    if isinstance(manifest, PluginTool):
        for reference in manifest.secrets:
            told = json.dumps(manifest.options, ensure_ascii=False, sort_keys=True)
            yield Claim(tool=manifest.name, kind="secret", what=f"{reference} to the kind '{manifest.kind}' with {told}")
    if isinstance(manifest, HttpTool) and manifest.auth is not None:
        yield from _service_claims(manifest)
    if isinstance(manifest, McpTool):
        if manifest.command is not None:
            yield Claim(tool=manifest.name, kind="program", what=_program(root, manifest.command))
        if manifest.url is not None and manifest.auth is not None:
            for reference in _references(manifest.auth):
                yield Claim(tool=manifest.name, kind="secret", what=f"{reference} to {origin(manifest.url)}")
    if isinstance(manifest, DeviceTool):
        for reference in manifest.secrets:
            yield Claim(tool=manifest.name, kind="secret", what=f"{reference} to {_device(manifest)}")
    for variable in manifest.env:
        yield Claim(tool=manifest.name, kind="secret", what=f"env:{variable} to its program")


MODEL_KEYS = {"anthropic": "env:ANTHROPIC_API_KEY", "openai": "env:OPENAI_API_KEY"}
"""The key of each provider, unless the settings name another."""


MODEL_HOSTS = {"anthropic": "api.anthropic.com", "openai": "api.openai.com"}
"""Each provider's own host; hosts below it are its own too."""


def is_own_server(settings: Settings) -> bool:
    """True when the model is asked at the provider's own servers. A host that another reader of the URL could take for another is none."""
    import re
    from urllib.parse import urlsplit

    if settings.provider is None or settings.base_url is None:
        return settings.provider is not None
    vendor = re.escape(MODEL_HOSTS[settings.provider])
    return re.fullmatch(rf"([a-z0-9-]+\.)*{vendor}(:[0-9]+)?", urlsplit(settings.base_url).netloc, re.IGNORECASE) is not None


def model_key(settings: Settings) -> str | None:
    """The reference to the key that the model's server is sent; None when it is sent none."""
    from avops.model.settings import is_loopback

    if settings.api_key is not None or settings.provider is None:
        return settings.api_key
    return None if settings.base_url is not None and is_loopback(settings.base_url) else MODEL_KEYS[settings.provider]


def model_claims(settings: Settings) -> Iterator[Claim]:
    """What the settings want for the model. A provider's own key at the provider's own host needs no trust."""
    reference = model_key(settings)
    if settings.provider is None or reference is None:
        return
    if is_own_server(settings) and reference == MODEL_KEYS[settings.provider]:
        return
    place = origin(settings.base_url) if settings.base_url is not None else f"the servers of {settings.provider}"
    yield Claim(tool="avops.yaml", kind="secret", what=f"{reference} to {place}")


def _program(root: Path | None, argv: Sequence[str]) -> str:
    """The argument list, with the sum of each file of the project that it names."""
    told = json.dumps(list(argv), ensure_ascii=False)
    sums = [f"{entry} {found[:16]}" for entry in argv if root is not None and (found := _sum_of(root, entry)) is not None]
    return f"{told} with {', '.join(sums)}" if sums else told


def _sum_of(root: Path, entry: str) -> str | None:
    """The SHA-256 of a file of the project; None for what is none."""
    if not entry or "{{" in entry or "\0" in entry:
        return None
    try:
        file = (root / entry).resolve()
        if not file.is_relative_to(root.resolve()) or not file.is_file():
            return None
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, RuntimeError, ValueError):
        return None


def _function(root: Path | None, function: str) -> str:
    from avops.project.function_file import function_claim, read_function_file

    if root is None:
        return function
    try:
        return function_claim(function, read_function_file(root, function))
    except AvopsError as error:
        return f"{function}, but {error.message}"


def _service_claims(manifest: HttpTool) -> Iterator[Claim]:
    """The secrets of an HTTP tool's `auth`. With a token they go to whoever makes it, and the token to the service."""
    auth = manifest.auth
    assert auth is not None
    token_url = getattr(auth, "token_url", None)
    service = origin(manifest.base_url)
    for reference in _references(auth):
        yield Claim(tool=manifest.name, kind="secret", what=f"{reference} to {origin(token_url) if token_url else service}")
    if token_url:
        yield Claim(tool=manifest.name, kind="secret", what=f"a token of {origin(token_url)} to {service}")


def _references(auth: Document) -> list[str]:
    return [value for value in auth.model_dump().values() if isinstance(value, str) and value.startswith(("env:", "keyring:"))]


def origin(url: str) -> str:
    """Scheme, host and port of a URL."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _device(manifest: DeviceTool) -> str:
    """Where a device tool sends its secrets: one device, or all that its calls may name."""
    place = manifest.host or ", ".join(sorted(manifest.hosts))
    return f"{manifest.kind}://{place} port {getattr(manifest, 'port', '')}"


def destination(manifest: ToolBase) -> str:
    """Where the arguments of a tool's calls go: a host, a device, or programs of this machine."""
    from avops.model.tool import DeviceTool, HttpTool, McpTool, PluginTool

    if isinstance(manifest, HttpTool):
        return origin(manifest.base_url)
    if isinstance(manifest, McpTool) and manifest.url is not None:
        return origin(manifest.url)
    if isinstance(manifest, PluginTool):
        return f"the kind '{manifest.kind}' with {json.dumps(manifest.options, ensure_ascii=False, sort_keys=True)}"
    if isinstance(manifest, DeviceTool):
        return _device(manifest)
    return "a program of this machine"


def _config_folder() -> Path:
    named = os.environ.get("XDG_CONFIG_HOME")
    if named:
        return Path(named)
    try:
        return Path.home() / ".config"
    except RuntimeError:  # an account that the system does not know, such as a number that a container was given
        raise StorageError(
            "this account has no home folder, so nothing tells what it trusts", hint="set HOME, or XDG_CONFIG_HOME"
        ) from None


class TrustRecord:
    """What this account trusts, per project folder."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or _config_folder() / "avops" / "trust.json"

    def untrusted(self, root: Path, wanted: Iterable[Claim]) -> list[Claim]:
        """Those claims of a project that are not recorded."""
        known = self._read().get(str(root.resolve()), {})
        return [claim for claim in wanted if claim.hash not in known]

    def record(self, root: Path, granted: Iterable[Claim]) -> None:
        """Adds the claims to what is trusted; the file is written beside, then renamed, readable by this account only."""
        record = self._read()
        known = record.setdefault(str(root.resolve()), {})
        known.update({claim.hash: f"{claim.tool} {claim.kind} {claim.what}" for claim in granted})
        self._write(record)

    def revoke(self, root: Path) -> int:
        """How many claims of the project were trusted; none is any more."""
        record = self._read()
        gone = record.pop(str(root.resolve()), {})
        self._write(record)
        return len(gone)

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            record = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise StorageError(f"the trust record '{self.path}' cannot be read", hint="mend or remove it, then run avops trust") from error
        return record if isinstance(record, dict) else {}

    def _write(self, record: dict[str, dict[str, str]]) -> None:
        beside = self.path.with_suffix(".part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(record, file, indent=1, sort_keys=True)
            beside.replace(self.path)
        except OSError as error:
            raise StorageError(f"the trust record '{self.path}' cannot be written: {error.strerror}") from error
