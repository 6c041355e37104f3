"""What lint found last time, kept outside every project, so that a repository cannot bring its own verdict along.

Two files per project below the account's cache folder: the whole report for a set of options and file contents; and for
each recipe what was found in it, with what its findings depend on. Anything that cannot be read is as good as nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avops import __version__
from avops.lint.lint_report import LintReport, diagnostic_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from avops.lint.linter import Judged

KEPT_REPORTS = 8
_CODE = ("lint", "expression", "model", "project", "schedule")


class Cache:
    """The cache of one project; `folder` is given in tests."""

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        base = folder or _caches() / "avops" / "lint"
        name = hashlib.sha256(str(root).encode("utf-8", "surrogatepass")).hexdigest()[:24]
        self._reports = base / f"{name}.reports.json"
        self._recipes = base / f"{name}.recipes.json"
        self.code = code_digest()

    def report(self, key: str, digest: Callable[[str], str | None]) -> LintReport | None:
        """The report kept under a key, when the other files it looked at are unchanged; `digest` gives the sum of one."""
        entry = self._read(self._reports).get(key)
        if not isinstance(entry, dict) or not isinstance(entry.get("report"), dict) or not isinstance(entry.get("files"), dict):
            return None
        if any(digest(path) != known for path, known in entry["files"].items()):
            return None
        try:
            return LintReport.from_data(entry["report"])
        except (KeyError, TypeError, ValueError):
            return None

    def keep_report(self, key: str, report: LintReport, files: Mapping[str, str | None]) -> None:
        """Keeps a report, and drops the oldest beyond eight."""
        entries = self._read(self._reports)
        entries.pop(key, None)
        while len(entries) >= KEPT_REPORTS:
            del entries[next(iter(entries))]
        entries[key] = {"report": report.as_data(), "files": dict(files)}
        self._write(self._reports, entries)

    def recipes(self) -> dict[str, Any]:
        """What was found in each recipe, by path; see `recipe_entry`."""
        return self._read(self._recipes)

    def keep_recipes(self, entries: Mapping[str, object]) -> None:
        """Keeps what was found in each recipe."""
        self._write(self._recipes, dict(entries))

    def _read(self, file: Path) -> dict[str, Any]:
        try:
            data = json.loads(file.read_bytes())
            entries = data["entries"] if data["code"] == self.code else {}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return {}
        return entries if isinstance(entries, dict) else {}

    def _write(self, file: Path, entries: dict[str, Any]) -> None:
        data = json.dumps({"code": self.code, "entries": entries}, ensure_ascii=True, separators=(",", ":"), default=str)
        part = file.with_name(f"{file.name}.{os.getpid()}.part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(data, encoding="ascii")
            part.replace(file)
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)  # without a cache lint is slower, and no worse


def _caches() -> Path:
    """Where the account keeps its caches; a folder that cannot be made, for an account without a home: then nothing is kept."""
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return Path(os.devnull)


def code_digest() -> str:
    """Tells one version of the rules, of what they stand on and of the installed packages from any other."""
    digest = hashlib.sha256(__version__.encode())
    package = Path(__file__).resolve().parents[1]
    for name in _CODE:
        for folder, _, files in os.walk(package / name):
            for file in sorted(files):
                if file.endswith(".py"):
                    found = os.stat(f"{folder}/{file}")
                    digest.update(f"{folder}/{file} {found.st_size} {found.st_mtime_ns}\n".encode("utf-8", "surrogatepass"))
    for folder in sys.path:
        # Packages bring kinds of tools; one that is installed or taken away changes its folder's time.
        if folder.endswith(("site-packages", "dist-packages")) and os.path.isdir(folder):
            digest.update(f"{folder} {os.stat(folder).st_mtime_ns}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]


def recipe_entry(judged: Judged, content: str, answers: str) -> list[object]:
    """What was found in a recipe of this content, when the project answered so."""
    assert judged.facts is not None
    return [
        content,
        [list(question) for question in judged.asked],
        answers,
        [diagnostic_data(each) for each in judged.diagnostics],
        judged.facts.as_data(),
        judged.draft,
    ]


def answers_digest(asked: Iterable[tuple[str, str]], answer: Callable[[str, str], str]) -> str:
    """A digest of what the project says to the questions."""
    return hashlib.sha256("\n".join(answer(kind, name) for kind, name in asked).encode()).hexdigest()[:32]
