"""Programs that manifests name: where they are, and what they may see."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from avops.errors import AvopsError, ToolError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from avops.ports import SecretSource

PASSED_ON = ("HOME", "LANG", "LC_ALL", "PATH", "TZ")


def find_program(name: str, root: Path) -> str:
    """The path of a program: below the project when it has a slash, else on PATH; ToolError when it is not there."""
    if "/" in name:
        path = root / name
        found = str(path) if os.access(path, os.X_OK) and path.is_file() else None
    else:
        found = shutil.which(name)
    if found is None:
        raise ToolError(f"there is no program '{name}'", hint="is it installed and executable on this machine?")
    return found


def program_environment(names: Iterable[str], secrets: SecretSource) -> dict[str, str]:
    """The variables a program sees: `PASSED_ON`, and those its manifest names; ToolError when one of those is not set."""
    values = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    try:
        return values | {name: secrets.resolve(f"env:{name}") for name in names}
    except AvopsError as error:
        raise ToolError(error.message, hint=error.hint) from None
