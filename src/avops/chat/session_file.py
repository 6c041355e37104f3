"""A conversation kept in a file, so that it can be taken up again.

What the file holds is remembered, shown to the model and nothing else: no line of it is ever carried out.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from typing import TYPE_CHECKING

from avops.chat.memory import Exchange, LookedUp, Memory
from avops.errors import AvopsError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VERSION = 1
LARGEST = 2_000_000
"""Bytes; a conversation is far smaller."""


def load_session(file: Path) -> Memory:
    """The conversation in the file; an empty one when there is no file, or nothing in it.

    AvopsError for a file that is no conversation, or one of a newer version: it is left as it is.
    """
    try:
        found = file.stat()
    except FileNotFoundError:
        return Memory()
    except OSError as error:
        raise _unreadable(file, error) from None
    if not stat.S_ISREG(found.st_mode):
        raise AvopsError(f"'{file}' is no file", hint="give --session a file's name")
    if found.st_size == 0:
        return Memory()
    if found.st_size > LARGEST:
        raise _broken(file, f"it is larger than {LARGEST // 1_000_000} MB")
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise _unreadable(file, error) from None
    except (ValueError, RecursionError):
        raise _broken(file, "it is no JSON") from None
    return _memory(file, data)


def save_session(file: Path, memory: Memory, redact: Callable[[str], str] = str) -> None:
    """Writes the conversation beside and renames it; only its owner can read it. StorageError when it cannot be written."""
    data = {
        "avops_chat": VERSION,
        "forgotten": memory.forgotten,
        "exchanges": [_fields(exchange, redact) for exchange in memory.exchanges],
    }
    text = json.dumps(data, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, beside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(beside, file)
        except BaseException:
            os.unlink(beside)
            raise
    except OSError as error:
        raise StorageError(f"'{file}' cannot be written: {(error.strerror or str(error)).lower()}") from error


def _fields(exchange: Exchange, redact: Callable[[str], str]) -> dict[str, object]:
    return {
        "asked": redact(exchange.asked),
        "answer": redact(exchange.answer),
        "command": exchange.command,
        "cancelled": exchange.cancelled,
        "looked_up": [
            {"name": each.name, "arguments": redact(each.arguments), "result": redact(each.result), "is_error": each.is_error}
            for each in exchange.looked_up
        ],
    }


def _memory(file: Path, data: object) -> Memory:
    if not isinstance(data, dict) or not isinstance(data.get("avops_chat"), int):
        raise _broken(file, "it is JSON of another kind")
    if data["avops_chat"] != VERSION:
        raise _broken(file, f"its version is {data['avops_chat']}, and this avops knows {VERSION}")
    exchanges, forgotten = data.get("exchanges"), data.get("forgotten", 0)
    if not isinstance(exchanges, list) or not isinstance(forgotten, int) or forgotten < 0:
        raise _broken(file, "its exchanges are missing")
    return Memory([_exchange(file, number, each) for number, each in enumerate(exchanges, 1)], forgotten=forgotten)


def _exchange(file: Path, number: int, data: object) -> Exchange:
    if not isinstance(data, dict):
        raise _broken(file, f"exchange {number} is none")
    texts = [data.get("asked"), data.get("answer")]
    flags = [data.get("command", False), data.get("cancelled", False)]
    looked_up = data.get("looked_up", [])
    if not all(isinstance(text, str) for text in texts) or not all(isinstance(flag, bool) for flag in flags):
        raise _broken(file, f"exchange {number} is none")
    if not isinstance(looked_up, list):
        raise _broken(file, f"exchange {number} is none")
    return Exchange(
        asked=str(texts[0]),
        answer=str(texts[1]),
        command=bool(flags[0]),
        cancelled=bool(flags[1]),
        looked_up=tuple(_looked_up(file, number, each) for each in looked_up),
    )


def _looked_up(file: Path, number: int, data: object) -> LookedUp:
    names = ("name", "arguments", "result")
    if not isinstance(data, dict) or not all(isinstance(data.get(name), str) for name in names):
        raise _broken(file, f"a look-up of exchange {number} is none")
    name, arguments, result = (str(data[key]) for key in names)
    return LookedUp(name=name, arguments=arguments, result=result, is_error=data.get("is_error") is True)


def _broken(file: Path, why: str) -> AvopsError:
    return AvopsError(f"'{file}' is no conversation that can be taken up: {why}", hint="give another name, or move the file away")


def _unreadable(file: Path, error: OSError) -> AvopsError:
    return StorageError(f"'{file}' cannot be read: {(error.strerror or str(error)).lower()}")
