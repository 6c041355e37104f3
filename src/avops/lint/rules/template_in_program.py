"""A template decides which program is started, or is read by a shell.

Arguments are passed as a list, so that they stay arguments. A shell would read them again, and `; rm -rf` with them.

Wrong:

    argv: [sh, -c, "ping {{ host }}"]

Right:

    argv: [ping, -c, "1", "{{ host }}"]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.checked import declared_actions
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import ToolView

_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "fish", "cmd", "cmd.exe", "powershell", "powershell.exe", "pwsh", "pwsh.exe"})
_INTERPRETERS = frozenset({"python", "python3", "perl", "ruby", "node", "php", "env", "xargs", "ssh", "sudo", "eval"})


def _check(tool: ToolView) -> Iterator[Finding]:
    for name, action in declared_actions(tool.doc).items():
        argv: list[str] = getattr(action, "argv", [])
        if not argv:
            continue
        path = ("actions", name, "argv")
        if "{{" in argv[0]:
            yield Finding("a template decides which program is started", (*path, 0), "write the program's name")
        program = argv[0].replace("\\", "/").rpartition("/")[2].lower()
        if program not in _SHELLS and program not in _INTERPRETERS:
            continue
        for index, argument in enumerate(argv[1:], start=1):
            before = argv[index - 1].lower()
            is_code = before.startswith(("-c", "/c", "-e", "-command", "--eval")) or (
                program in _SHELLS and before.endswith("c") and before.startswith("-")
            )
            if "{{" in argument and is_code:
                yield Finding(
                    f"'{program}' reads this as a program, the values in it too",
                    (*path, index),
                    "start the program itself, with its arguments as a list",
                )


RULE = Rule(number="AV602", name="template-in-program", family=Family.SECURITY, levels=ALWAYS, page=__doc__, tool=_check)
