"""JSON that came in an archive: bounded, without double keys, and with the place of a mistake."""

from __future__ import annotations

import json

from avops.errors import DocumentError, FindingsError, Location
from avops.model.diagnostic import Diagnostic, Severity
from avops.project.yaml_source import decode_utf8, line_of

_DEEPEST = 40


def read_json(data: bytes, path: str) -> object:
    """What the text says. Raises DocumentError with line and column, FindingsError for double keys and for depth."""
    text = decode_utf8(data, path).removeprefix("\ufeff")
    try:
        found: object = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        told = Diagnostic(
            rule="json-syntax",
            severity=Severity.ERROR,
            message=f"this is no JSON: {error.msg[:1].lower()}{error.msg[1:]}",
            path=path,
            line=error.lineno,
            column=error.colno,
            snippet=line_of(text, error.lineno)[:2000],
        )
        raise DocumentError([told]) from None
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise FindingsError(f"this is no JSON that avops reads: {reason}", where=Location(path)) from None
    if _is_deep(found):
        raise FindingsError("this is no JSON that avops reads: it is nested too deep", where=Location(path))
    return found


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key '{double[:80]}' stands twice")
    return made


def _constant(word: str) -> object:
    raise ValueError(f"'{word}' is no JSON value")


def _is_deep(value: object, depth: int = 0) -> bool:
    if depth > _DEEPEST:
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_is_deep(each, depth + 1) for each in inner)
