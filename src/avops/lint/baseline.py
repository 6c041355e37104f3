"""The findings that an old project starts with: kept in a file, and not told again until they change.

A finding is known by its file, rule and message, not by its line, so that edits elsewhere in the file do not bring it
back.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from avops.model.diagnostic import Diagnostic

VERSION = 1


def key_of(found: Diagnostic) -> tuple[str, str, str]:
    """What tells a finding from others, wherever it moves in its file."""
    return found.path, found.rule, found.message


def baseline_text(found: Iterable[Diagnostic]) -> str:
    """The text of a baseline file."""
    counts = Counter(key_of(each) for each in found)
    entries = [{"path": path, "rule": rule, "message": message, "count": count} for (path, rule, message), count in sorted(counts.items())]
    return json.dumps({"version": VERSION, "findings": entries}, ensure_ascii=False, indent=1) + "\n"


def read_baseline(text: str | bytes, path: str) -> Mapping[tuple[str, str, str], int]:
    """The findings of a baseline file; UsageError when it is none."""
    try:
        data = json.loads(text)
        if data["version"] != VERSION:
            raise ValueError(f"version {data['version']}")
        return {(str(each["path"]), str(each["rule"]), str(each["message"])): int(each["count"]) for each in data["findings"]}
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"'{path}' is no lint baseline", hint="`avops lint --write-baseline FILE` writes one") from error
