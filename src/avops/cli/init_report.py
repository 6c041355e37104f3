"""What `avops init` says at the end: what was kept and restored, the counts, and what to try next."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avops.project.starter import Choices, Found, Seeded

KINDS = {"agents": "agents", "recipes": "recipes", "workflows": "workflows", "tools": "tools", "sops": "SOPs", "kb": "articles"}


def report(folder: Path, found: list[Found], seeded: Seeded, choices: Choices) -> None:
    """Counts to standard output, as all that is worth keeping; what to do next to standard error."""
    for path in seeded.changed:
        print(f"changed  {path} ({_changes(choices)})")
    for path in seeded.restored:
        print(f"restored {path} (your text is in {seeded.backup}/{path})")
    for path in seeded.kept:
        print(f"kept     {path} (it differs from the starter's)")
    if seeded.is_nothing:
        kept = f"; {len(seeded.kept)} that you changed are kept" if seeded.kept else ""
        print(f"Nothing to do: {len(seeded.same)} files are as the starter has them{kept}.")
    else:
        made = counted(seeded.made)
        if made:
            print(f"Made {made}.")
        files = "1 file" if len(seeded.made) == 1 else f"{len(seeded.made)} files"
        parts = [f"{files} made", f"{len(seeded.kept)} kept", f"{len(seeded.same)} as they were"]
        parts += [f"{len(seeded.changed)} changed"] if seeded.changed else []
        print(", ".join([*parts, f"{len(seeded.restored)} restored"]))
    _hints(folder, found, choices)


def counted(paths: Iterable[str]) -> str:
    """How many documents of each kind the paths are: `10 agents, 8 recipes`; empty for none."""
    counts = dict.fromkeys(KINDS, 0)
    for path in paths:
        kind = path.partition("/")[0]
        if kind in counts and not path.endswith(".test.yaml"):
            counts[kind] += 1
    return ", ".join(f"{number} {KINDS[kind]}" for kind, number in counts.items() if number).replace("1 agents", "1 agent")


def _changes(choices: Choices) -> str:
    from avops.project.editing import render

    return ", ".join(f"{key} taken out" if value is None else f"{key}: {render(value)}" for key, value in choices.settings.items())


def _hints(folder: Path, found: list[Found], choices: Choices) -> None:
    from avops.project.starter_settings import settings_as_written

    hints = [f"hint: {each.path} does not name '{line}', which is not for git" for each in found for line in _unignored(each)]
    if choices.ci == "none" and not choices.pre_commit:
        hints.append("hint: the project lies in another repository, so no CI file was written; avops help ci shows one")
    above = _project_above(folder)
    if above is not None:
        hints.append(f"hint: this project lies inside another one, '{above}'; commands here use this one")
    settings = next((each for each in found if each.path == "avops.yaml"), None)
    text = settings.text if settings is not None and settings.state != "kept" else settings.old if settings is not None else None
    is_mock = bool(settings_as_written(text).get("mock"))
    hints.append("next:")
    if folder.resolve() != Path.cwd():
        hints.append(f"  cd {shlex.quote(str(folder))}")
    hints += [f"  {line}" for line in _next(is_mock=is_mock, is_demo=choices.content == "demo")]
    for hint in hints:
        print(hint, file=sys.stderr)


def _project_above(folder: Path) -> Path | None:
    return next((above for above in folder.resolve().parents if (above / "avops.yaml").is_file()), None)


def _unignored(found: Found) -> list[str]:
    """The lines of the starter's .gitignore that a person's own does not have."""
    if found.path != ".gitignore" or found.state != "kept":
        return []
    theirs = {line.strip().strip("/") for line in (found.old or "").splitlines()}
    return [line for line in found.text.splitlines() if line.strip("/") not in theirs]


def _next(*, is_mock: bool, is_demo: bool) -> tuple[str, str, str]:
    """The three commands to try next."""
    run = "avops run Zoom_Room_Agent 'Display Fix' --room HQ-1"
    if is_demo and is_mock:
        return "avops lint", run, "avops workflow run 'Morning Systems Check'"
    if is_demo:
        return "avops lint", "avops sim &", run
    return "avops help tools", "avops sop convert FILE", "avops lint"
