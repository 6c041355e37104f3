"""A script as a procedure: each comment in it says what the commands below it do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from avops.sop.blocks import with_sections
from avops.sop.lazily import lazily

if TYPE_CHECKING:
    from avops.sop.blocks import Block

_COMMENT = lazily(r"^\s*(?:#+|//|::|REM\b|--)\s*(?P<words>[A-Za-z].{2,200}?)[\s#:]*$")
_SHELLS = ("", "bash", "sh", "shell", "zsh", "console", "powershell", "ps1", "pwsh", "cmd", "bat", "text", "sql")
MOST = 200  # parts of a script


def opened(blocks: list[Block]) -> list[Block]:
    """The blocks, with the parts of each script as items: the comment, and the commands below it as its code."""
    out: list[Block] = []
    lists = max((b.list_id for b in blocks), default=-1) + 1
    for block in blocks:
        parts = _parts(block) if block.kind == "code" and block.language in _SHELLS else []
        if not 2 <= len(parts) <= MOST:
            out.append(block)
            continue
        for at, words, commands in parts:
            line = block.line + (1 if block.fenced else 0) + at
            end = line + commands.count("\n") + 1
            out.append(replace(block, kind="item", text=words, line=line, end=line, ordered=True, list_id=lists, depth=1))
            out.append(replace(block, text=commands, line=line + 1, end=end, fenced=False))
        lists += 1
    return with_sections(out) if len(out) != len(blocks) else blocks


def _parts(block: Block) -> list[tuple[int, str, str]]:
    """(offset, words, commands) of each comment that commands follow."""
    found: list[tuple[int, str, str]] = []
    lines = block.text.split("\n")
    words: str | None = None
    at = 0
    commands: list[str] = []
    for offset, line in enumerate([*lines, "# end"]):
        comment = _COMMENT.match(line)
        if comment is None and (line.strip().strip("#") or commands):
            commands.append(line)
        if comment is None:
            continue
        if words is not None and any(command.strip() and not command.lstrip().startswith(("#", "//", "::")) for command in commands):
            found.append((at, words, "\n".join(commands).strip("\n")))
        words, at, commands = comment["words"], offset, []
    return found
