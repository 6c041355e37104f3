"""`avops recipe history`: versions with their results, and readiness."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.cli.screens import Site, avops

from avops.cli.recipe_history import criteria_of
from avops.model.run import RunEnd, RunStatus, Simulated, StepIntent, StepResult, StepStatus
from avops.project.git_history import versions
from avops.telemetry.recipe_results import LastRuns

if TYPE_CHECKING:
    from pathlib import Path

FIRST = "name: Display Fix\nversion: 1\nact: []\n"
SECOND = 'name: Display Fix\nversion: 2\nsuccess_metrics: [{metric: duration_seconds, target: "<= 30"}]\nact: []\n'
WHO = {
    "GIT_AUTHOR_NAME": "Kim",
    "GIT_AUTHOR_EMAIL": "kim@example.org",
    "GIT_COMMITTER_NAME": "Kim",
    "GIT_COMMITTER_EMAIL": "kim@example.org",
}


def git(folder: Path, *arguments: str, at: str = "2026-03-01T08:00:00Z") -> None:
    environment = {**os.environ, **WHO, "GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at, "GIT_CONFIG_GLOBAL": "/dev/null"}
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, env=environment)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site(tmp_path, monkeypatch)
    (tmp_path / "recipes").mkdir()
    return made


def write(site: Site, text: str, subject: str | None = None, at: str = "2026-03-01T08:00:00Z", name: str = "display-fix") -> None:
    (site.folder / f"recipes/{name}.yaml").write_text(text)
    if subject is not None:
        if not (site.folder / ".git").exists():
            git(site.folder, "init", "-q")
        git(site.folder, "add", "recipes")
        git(site.folder, "commit", "-q", "-m", subject, at=at)


def ran(
    site: Site,
    text: str,
    statuses: list[RunStatus],
    *,
    seconds: float = 10.0,
    simulated: Simulated = Simulated.NO,
    path: str = "display-fix",
) -> None:
    """Runs that started from a text; each has one check in Verify, which held when the run succeeded, at its second attempt."""
    bench = site.bench()

    async def go() -> None:
        from dataclasses import replace

        for number, status in enumerate(statuses):
            at = bench.clock.at + timedelta(hours=bench.clock.at.minute, minutes=number)
            start = replace(bench.start_of(text, started_at=at), texts={f"recipes/{path}.yaml": text})
            run_id = await bench.store.create_run(start)
            for attempt in (1, 2):
                held = attempt == 2 and status is RunStatus.SUCCESS
                intent = StepIntent(key="verify.0", attempt=attempt, phase="verify", kind="check", name="It is on", started_at=at)
                result = StepResult(key="verify.0", attempt=attempt, status=StepStatus.OK if held else StepStatus.FAILED, finished_at=at)
                await bench.store.record_step(run_id, intent, result)
            await bench.store.end_run(run_id, RunEnd(status=status, simulated=simulated, finished_at=at + timedelta(seconds=seconds)))

    asyncio.run(go())
    bench.close()


def history(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    assert avops("recipe", "history", "Display Fix", "--json") == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_each_commit_has_the_results_of_its_text(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    write(site, FIRST, "Make it")
    write(site, SECOND, "Give it a target; \x02odd", at="2026-03-02T08:00:00Z")
    ran(site, FIRST, [RunStatus.SUCCESS, RunStatus.FAILED])
    ran(site, SECOND, [RunStatus.SUCCESS] * 3)
    ran(site, SECOND, [RunStatus.FAILED] * 5, simulated=Simulated.ALL)
    found = history(capsys)
    assert [(one["version"], one["runs"], one["success_rate"], one["is_current"]) for one in found["versions"]] == [  # type: ignore[attr-defined]
        ("2", 3, 1.0, True),
        ("1", 2, 0.5, False),
    ]
    assert found["has_git"] is True
    assert avops("recipe", "history", "display-fix") == 0
    assert "Make it" in capsys.readouterr().out


def test_a_text_in_no_commit_and_a_renamed_file(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    write(site, FIRST + "# a long enough text to be known again\n" * 3, "Make it", name="old-name")
    git(site.folder, "mv", "recipes/old-name.yaml", "recipes/display-fix.yaml")
    git(site.folder, "commit", "-q", "-m", "Rename it", at="2026-03-01T09:00:00Z")
    ran(site, FIRST + "# a long enough text to be known again\n" * 3, [RunStatus.SUCCESS], path="old-name")
    write(site, SECOND)
    ran(site, SECOND, [RunStatus.FAILED])
    found = history(capsys)
    assert [(one["commit"] is None, one["runs"]) for one in found["versions"]] == [(True, 1), (False, 1)]  # type: ignore[attr-defined]


def test_without_git_versions_are_those_of_runs(site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    write(site, FIRST)
    ran(site, FIRST, [RunStatus.SUCCESS])
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(site.folder.parent))
    monkeypatch.setenv("PATH", "/nowhere")
    assert versions(site.folder, "recipes/display-fix.yaml") is None
    assert avops("recipe", "history", "Display Fix") == 0
    out = capsys.readouterr().out
    assert "no git history here" in out
    assert "not in git" in out


def test_readiness_is_judged_by_the_last_twenty_real_runs(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    write(site, SECOND)
    ran(site, SECOND, [RunStatus.FAILED] * 3)
    ran(site, SECOND, [RunStatus.SUCCESS] * 20)
    assert history(capsys)["is_ready"] is True
    ran(site, SECOND, [RunStatus.SUCCESS], seconds=90.0)
    assert history(capsys)["is_ready"] is True, "one slow run of twenty does not move the 95th percentile"
    ran(site, SECOND, [RunStatus.SUCCESS], seconds=90.0)
    criteria = {each["name"]: each["is_met"] for each in history(capsys)["criteria"]}  # type: ignore[attr-defined]
    assert criteria == {"enough runs to judge": True, "success": True, "95 % within": False, "Verify holds": True}


@pytest.mark.parametrize(
    ("last", "target", "met"),
    [
        (LastRuns(runs=19, success_rate=1.0, p95_s=1.0, verify_passed=9, verify_judged=9), "<= 5", [False, True, True, True]),
        (LastRuns(runs=20, success_rate=0.9, p95_s=5.0, verify_passed=97, verify_judged=100), "<= 5", [True, False, True, False]),
        (LastRuns(runs=20, success_rate=0.95, p95_s=5.1, verify_passed=98, verify_judged=100), "<= 5", [True, True, False, True]),
        (LastRuns(runs=20, success_rate=1.0, p95_s=5.0, verify_passed=0, verify_judged=0), None, [True, True, None, None]),
        (LastRuns(runs=0, success_rate=None, p95_s=None, verify_passed=0, verify_judged=0), "<= 5", [False, None, None, None]),
    ],
)
def test_criteria(last: LastRuns, target: str | None, met: list[bool | None]) -> None:
    assert [criterion.is_met for criterion in criteria_of(last, target)] == met
