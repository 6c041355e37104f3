"""Functions of a project that its tools name: `tools/inventory.py:find_device`."""

from __future__ import annotations

import hashlib
import stat
from typing import TYPE_CHECKING

from avops.errors import AvopsError

if TYPE_CHECKING:
    from pathlib import Path

MAX_SOURCE = 1024 * 1024


def read_function_file(root: Path, function: str) -> bytes:
    """What the file of a function holds; its path is relative to the project.

    AvopsError for one that is not there, that a link leads out of the project or to what is hidden, or that has more than
    `MAX_SOURCE` bytes.
    """
    name = function.partition(":")[0]
    base = root.resolve()
    try:
        target = (base / name).resolve(strict=True)
        parts = target.relative_to(base).parts
    except (OSError, ValueError, RuntimeError):
        raise AvopsError(f"'{name}' is no file of this project", hint="the path is relative to the folder of avops.yaml") from None
    if any(part.startswith(".") for part in parts):
        raise AvopsError(f"'{name}' is hidden, and is not run")
    try:
        if not stat.S_ISREG(target.stat().st_mode):
            raise AvopsError(f"'{name}' is no file of this project")
        with target.open("rb") as file:
            content = file.read(MAX_SOURCE + 1)
    except OSError as error:
        raise AvopsError(f"'{name}' cannot be read: {(error.strerror or str(error)).lower()}") from None
    if len(content) > MAX_SOURCE:
        raise AvopsError(f"'{name}' is larger than {MAX_SOURCE // 1024 // 1024} MiB")
    return content


def function_claim(function: str, content: bytes) -> str:
    """What trust in a function covers: its name, and every byte of its file."""
    return f"{function} sha256:{hashlib.sha256(content).hexdigest()}"


def function_problem(content: bytes, function: str) -> str | None:
    """Why a file does not hold the function, without running it; None when its own level gives the name a value."""
    import symtable
    from importlib.util import decode_source

    file, _, name = function.partition(":")
    try:
        found = symtable.symtable(decode_source(content), file, "exec").lookup(name)
    except KeyError:
        return f"there is no function '{name}' in '{file}'"
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # a UnicodeDecodeError is a ValueError
        line = getattr(error, "lineno", None)
        return f"'{file}' is not Python: {getattr(error, 'msg', None) or error}{f' (line {line})' if line else ''}"
    return None if found.is_assigned() or found.is_imported() else f"there is no function '{name}' in '{file}'"
