"""An MCP server is started in whatever version is newest.

What was looked at and trusted is one version. The next one can do something else under the same name, and it is fetched
without a question. (The actions themselves are pinned in the manifest: the key `pin` is required.)

Wrong:

    command: [npx, -y, "@acme/room-server"]

Right:

    command: [npx, -y, "@acme/room-server@1.4.2"]
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.lint.rule import ADVICE, Family, Finding, Rule
from avops.model.tool import McpTool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import ToolView

_RUNNERS = frozenset({"npx", "bunx", "pnpx", "uvx", "pipx"})
_OPTIONS_WITH_VALUE = frozenset({"--from", "--package", "-p", "--spec", "--with", "--python", "--index-url", "--registry"})
_PINNED = re.compile(r".+(?:@|==)v?\d[\w.+!-]*$")
_LOCAL = re.compile(r"[./~]|\w:\\|git\+.*@[0-9a-f]{40}$")


def _check(tool: ToolView) -> Iterator[Finding]:
    command = tool.doc.command if isinstance(tool.doc, McpTool) else None
    if not command:
        return
    program = command[0].replace("\\", "/").rpartition("/")[2].lower().removesuffix(".exe").removesuffix(".cmd")
    if program not in _RUNNERS and program not in ("docker", "podman"):
        return
    index = _package(command) if program in _RUNNERS else _image(command)
    if index is None:
        return
    package = command[index]
    is_pinned = _PINNED.match(package) or _LOCAL.match(package) if program in _RUNNERS else "@sha256:" in package
    if not is_pinned:
        hint = "write the version: NAME@1.2.3" if program in _RUNNERS else "write the digest: IMAGE@sha256:…"
        yield Finding(f"'{package}' is fetched in whatever version is newest", ("command", index), hint)


def _package(command: list[str]) -> int | None:
    """Where the package stands that a runner fetches: after `--from` and the like, else the first that is no option."""
    for index, argument in enumerate(command[1:], start=1):
        if argument in ("--from", "--package", "-p", "--spec"):
            return index + 1 if index + 1 < len(command) else None
    skip = False
    for index, argument in enumerate(command[1:], start=1):
        if skip or argument.startswith("-") or argument in ("run", "exec"):
            skip = argument in _OPTIONS_WITH_VALUE
            continue
        return index
    return None


def _image(command: list[str]) -> int | None:
    """Where the image of `docker run` stands: the first after `run` that is no option; options with values use `=`."""
    if "run" not in command:
        return None
    skip = False
    for index, argument in enumerate(command[command.index("run") + 1 :], start=command.index("run") + 1):
        if skip or argument.startswith("-"):
            skip = (
                not skip
                and "=" not in argument
                and argument in ("-e", "--env", "-v", "--volume", "--name", "--network", "-u", "--user", "-w", "--mount", "-p")
            )
            continue
        return index
    return None


RULE = Rule(number="AV611", name="unpinned-mcp-tool", family=Family.SECURITY, levels=ADVICE, page=__doc__, tool=_check)
