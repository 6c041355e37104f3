"""Runs one function of a file in a process of its own: `python -I python_runner.py`.

Standard input brings `{"file", "source", "function", "arguments"}`; standard output gets `{"value"}`, or `{"error", "began"}`.
What the function prints goes to standard error. Only the standard library is used, because this stands outside of avops.
"""

from __future__ import annotations

import json
import os
import sys
import types
from typing import IO, Any


def main() -> None:
    """Answers once, and ends."""
    request = json.load(sys.stdin.buffer)
    # The copy is not inherited, so that nothing the function starts can hold the answer open.
    with os.fdopen(os.dup(1), "wb") as answer:
        os.dup2(2, 1)
        _write(answer, run(request))


def run(request: dict[str, Any]) -> dict[str, Any]:
    """What came of the function; `began` is False when nothing of it can have been done."""
    file, name, arguments = request["file"], request["function"], request["arguments"]
    module = types.ModuleType(os.path.basename(file).removesuffix(".py"))
    module.__file__ = file
    sys.modules[module.__name__] = module
    try:
        code = compile(request["source"], file, "exec")
    except (SyntaxError, ValueError) as error:
        return {"error": _told(error, file), "began": False}
    try:
        exec(code, module.__dict__)  # noqa: S102  # the very text that a person has trusted
    except BaseException as error:
        return {"error": _told(error, file), "began": True}
    function = module.__dict__.get(name)
    if not callable(function):
        return {"error": f"there is no function '{name}' in '{file}'", "began": False}
    try:
        value = function(**arguments)
        if hasattr(value, "__await__"):
            import asyncio

            value = asyncio.run(_finished(value))
        return {"value": json.loads(json.dumps(value, allow_nan=False))}
    except BaseException as error:
        began = not _does_not_fit(function, arguments, error) and getattr(error, "happened", None) != "no"
        return {"error": _told(error, file), "began": began}


async def _finished(value: Any) -> Any:
    return await value


def _does_not_fit(function: Any, arguments: dict[str, Any], error: BaseException) -> bool:
    """True when the function does not take these arguments, so that it was never entered."""
    if not isinstance(error, TypeError):
        return False
    import inspect

    try:
        inspect.signature(function).bind(**arguments)
    except TypeError:
        return True
    except ValueError:
        return False
    return False


def _told(error: BaseException, file: str) -> str:
    """The error in one text, with the line of the file that it left last."""
    line, at = getattr(error, "lineno", None), error.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_filename == file:
            line = at.tb_lineno
        at = at.tb_next
    text = str(error.msg if isinstance(error, SyntaxError) else error)
    where = f" ({os.path.basename(file)}, line {line})" if line else ""
    return f"{type(error).__name__}{': ' if text else ''}{text[:2000]}{where}"


def _write(answer: IO[bytes], told: dict[str, Any]) -> None:
    answer.write(json.dumps(told).encode())


if __name__ == "__main__":
    main()
