"""Which commands only look, and change nothing."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from avops.sop.lazily import lazily


@cache
def _looking_commands() -> dict[str, list[list[str]]]:
    """The words of each command that only looks, by their first word; "Get-" stands for every word that starts so."""
    found: dict[str, list[list[str]]] = {}
    for line in (Path(__file__).parent / "data" / "commands.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("# "):
            spoken = line.lower().split()
            found.setdefault(spoken[0], []).append(spoken)
    return found


def _is_looking(command: str) -> bool:
    spoken = [word.rstrip(";") for word in command.lower().split()[:6]]
    if not spoken:
        return False
    verb = spoken[0].partition("-")[0] + "-"
    known = _looking_commands()
    if verb in known and spoken[0].startswith(verb):
        return True
    return any(
        len(spoken) >= len(wanted)
        and all(want in ("*", word) or (want[-1] == "-" and word.startswith(want)) for want, word in zip(wanted, spoken, strict=False))
        for wanted in known.get(spoken[0], ())
    )


_LOOKING_WORD = lazily(
    r"^[\w./-]+\s+(?:-\S+\s+|[\w-]+\s+){0,2}?(?:status|list|ls|show|get|describe|info|version|verify|check|validate|test|configtest|inspect"
    r"|diff|history|logs?|list[-_]\w+|--version|--check|--dry-run|--status|--list)(?![\w-])",
    re.IGNORECASE,
)
_PREFIX = lazily(r"^(?:sudo\s+(?:-\w+\s+)*|time\s+|watch\s+(?:-\S+\s+\d*\s*)*|\w+=\S+\s+|[$#>]\s+)+")


_WRAPPED = lazily(
    r"^(?:sudo\s+)?(?:knife\s+ssh\s+(?:'[^']*'|\"[^\"]*\"|\S+)|ssh\s+(?:-[pilFJoLRbcEmSWw]\s+\S+\s+|-\S+\s+)*\S+|(?:docker|podman|lxc)\s+exec\s+(?:-\S+\s+)*\S+"
    r"|(?:kubectl|oc)\s+(?:\S+\s+){0,6}?exec\s+[^'\"]*?--|(?:ba|z)?sh\s+-\w*c|salt\s+\S+\s+cmd\.run|ansible\s+\S+\s+(?:-\S+\s+\w+\s+)*?-a"
    r"|(?:[\w-]*psql|mysql|mariadb|sqlite3)\s+[^'\"]*?-\w*[ce])\s+(?P<inner>\S.*)$",
    re.DOTALL,
)


def _unwrapped(command: str) -> str:
    """The command that another runs somewhere else ("ssh host 'df -h'"), or `command` itself."""
    for _ in range(4):
        wrapped = _WRAPPED.match(command)
        if wrapped is None:
            return command
        inner = wrapped["inner"].strip()
        if inner[0] in "'\"":
            end = inner.rfind(inner[0])
            inner = inner[1 : end if end > 0 else None].replace('\\"', '"')
        command = _PREFIX.sub("", inner.strip())
    return command


@lru_cache(maxsize=2048)
def only_looks(command: str) -> bool:
    """Whether every line of `command` starts with a program or statement that only looks, and writes to no file."""
    lines = [line.strip() for line in command.replace("\\\n", " ").splitlines() if line.strip() and not line.strip().startswith("#")]
    if not lines or len(lines) > 40:
        return False
    for line in lines:
        if re.search(r"(?<![<0-9&-])>{1,2}\s*(?!/dev/null|&)[\w./$~]|\|\s*(?:sudo\s+)?(?:tee|sh|bash|xargs)\b|<<", line):
            return False
        bare = _unwrapped(_PREFIX.sub("", line))
        if not _LOOKING_WORD.match(bare) and not _is_looking(bare):
            return False
        if re.search(
            r"\s-(?:delete|exec|ok)\b|^select\b.*\b(?:create|drop|terminate|cancel|promote|switch|reload|reset|set)_", bare, re.IGNORECASE
        ) or not all(only_looks(part) for part in re.split(r"\s*(?:&&|\|\||;)\s*", bare)[1:]):
            return False
    return True
