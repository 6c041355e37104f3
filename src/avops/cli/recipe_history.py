"""`avops recipe history`: versions from git beside what the runs of each came to, and readiness."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from avops.cli.metrics import DURATION, is_met, written_metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.project.git_history import FileVersion
    from avops.report.recipe_history import Criterion, RecipeHistory, Version
    from avops.telemetry.recipe_results import LastRuns, VersionResults
    from avops.wiring import Workspace

ENOUGH_SUCCESS = 0.95
ENOUGH_VERIFIED = 0.98


def show_history(name: str, *, as_json: bool) -> int:
    """Prints the history of a recipe."""
    from avops import wiring
    from avops.cli.screen import show, zone_of
    from avops.report.recipe_history import history_document, history_page

    workspace = wiring.open_workspace()
    history = history_of(workspace, name)
    if as_json:
        print(history_document(history))
    else:
        show(lambda sheet: history_page(sheet, history), zone_of(workspace.timezone))
    return 0


def history_of(workspace: Workspace, name: str) -> RecipeHistory:
    """The recipe's versions and readiness."""
    from avops.cli.screen import open_records
    from avops.project.git_history import versions
    from avops.report.recipe_history import RecipeHistory
    from avops.telemetry import recipe_results

    entry = workspace.project.recipes.entry(name)
    text = entry.read().decode("utf-8", "replace")
    known = _read(text)
    own_name = str(known.get("name") or entry.stem)
    commits = versions(workspace.root, entry.relative)
    paths = list(dict.fromkeys([entry.relative, *(commit.path for commit in commits or ())]))
    with open_records(workspace.database) as reader:
        last = recipe_results.last_runs(reader, own_name)
        results = recipe_results.by_version(reader, own_name, paths)
    metrics = dict(written_metrics(entry))
    return RecipeHistory(
        name=own_name,
        path=entry.relative,
        is_draft=known.get("draft") is True,
        criteria=criteria_of(last, metrics.get(DURATION)),
        versions=_matched(commits or [], results, _sum(text)),
        has_git=commits is not None,
    )


def criteria_of(last: LastRuns, target: str | None) -> list[Criterion]:
    """The criteria of readiness, judged by the newest runs."""
    from avops.report.formats import duration, percent
    from avops.report.recipe_history import Criterion
    from avops.telemetry.recipe_results import JUDGED

    runs = f"{last.runs} of {JUDGED} runs"
    enough = last.runs >= JUDGED
    rate, verified = last.success_rate, last.verify_rate
    sign, _, number = (target or "").partition(" ")
    return [
        Criterion(
            name="enough runs to judge",
            measured=runs,
            wanted=f"the newest {JUDGED} that were not simulated",
            is_met=enough,
        ),
        Criterion(
            name="success",
            measured=percent(rate, "no run"),
            wanted=f"at least {ENOUGH_SUCCESS:.0%}".replace("%", " %"),
            is_met=None if rate is None else rate >= ENOUGH_SUCCESS,
        ),
        Criterion(
            name="95 % within",
            measured=duration(last.p95_s) or "no run",
            wanted=f"{sign} {duration(float(number))}" if target else f"no target: write success_metrics with {DURATION}",
            is_met=None if target is None or last.p95_s is None else is_met(last.p95_s, target),
        ),
        Criterion(
            name="Verify holds",
            measured=f"{percent(verified, 'no check')}, {last.verify_passed} of {last.verify_judged} checks",
            wanted=f"at least {ENOUGH_VERIFIED:.0%}".replace("%", " %"),
            is_met=None if verified is None else verified >= ENOUGH_VERIFIED,
        ),
    ]


def _matched(commits: Sequence[FileVersion], results: Sequence[VersionResults], current: str) -> list[Version]:
    """Texts of git and of runs brought together; a text that came back is one version, under its newest commit."""
    from avops.report.recipe_history import Version

    by_sum = {result.sha256: result for result in results}
    made: dict[str | None, Version] = {}
    for commit in commits:
        digest = _sum(commit.text)
        if digest in made:
            continue
        result = by_sum.get(digest)
        made[digest] = Version(
            commit=commit.short,
            at=commit.committed_at,
            author=commit.author,
            subject=commit.subject,
            version=_version(commit.text),
            runs=result.runs if result else 0,
            success_rate=result.success_rate if result else None,
            p95_s=result.p95_s if result else None,
            last_run=result.last_run if result else None,
            is_current=digest == current,
        )
    for result in results:
        if result.sha256 not in made:
            made[result.sha256] = Version(
                commit=None,
                at=result.first_at,
                author="",
                subject="as runs kept it" if result.sha256 else "text not kept",
                version="",
                runs=result.runs,
                success_rate=result.success_rate,
                p95_s=result.p95_s,
                last_run=result.last_run,
                is_current=result.sha256 == current,
            )
    return sorted(made.values(), key=lambda version: version.at, reverse=True)


def _sum(text: str) -> str:
    """The sum under which the database keeps a text."""
    return sha256(text.encode("utf-8")).hexdigest()


def _version(text: str) -> str:
    version = _read(text).get("version")
    return "" if version is None else str(version)


def _read(text: str) -> dict[str, object]:
    from avops.errors import AvopsError
    from avops.project.yaml_text import read_yaml

    try:
        data = read_yaml(text.encode("utf-8"), path="recipe")
    except AvopsError:
        return {}
    return data if isinstance(data, dict) else {}
