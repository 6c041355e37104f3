"""`avops runs report`, `prune`, `artifacts --open` and `db vacuum`."""

from __future__ import annotations

import asyncio
import re
import webbrowser
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.cli.screens import QUICK, Site, avops, matches_golden
from tests.cli.test_dash import Reader, fill

from avops.model.run import Artifact, RunStatus, Simulated
from avops.telemetry.schedule_store import SqliteScheduleStore

if TYPE_CHECKING:
    from pathlib import Path

NAME = "Žižkov – größe"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site(tmp_path, monkeypatch)
    made.display_fix(works=False)
    made.display_fix(works=True)
    return made


def test_markdown_tells_the_run_in_order(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("runs", "report", "1") == 0
    text = capsys.readouterr().out
    matches_golden("runs-report-failed", re.sub(r"Made on .*", "Made on DATE", text))
    assert avops("runs", "report", "2") == 0
    shown = capsys.readouterr().out
    assert "**Succeeded. What was changed was checked afterwards" in shown
    assert "approved by alice" in shown


def test_the_page_stands_alone(site: Site, tmp_path: Path) -> None:
    site.run(QUICK.replace("It has power", "It has <script>alert(1)</script>"), get=[{"power": "on"}, {"power": "on"}])
    for run in ("1", "3"):
        assert avops("runs", "report", run, "--html", "run.html") == 0
        page = (tmp_path / "run.html").read_text(encoding="utf-8")
        reader = Reader()
        reader.feed(page)
        assert reader.open == []
        assert not {"script", "link", "img", "a"} & set(reader.seen)
        assert not re.search(r"https?:|//|url\(", page)
    assert "It has <script>alert(1)</script>" in reader.text


def test_the_pdf_holds_the_same_words(site: Site, tmp_path: Path) -> None:
    site.run(QUICK.replace("It has power", NAME), get=[{"power": "on"}, {"power": "on"}])
    assert avops("runs", "report", "3", "--pdf", "run.pdf", "--md", "run.md") == 0
    text = words_of((tmp_path / "run.pdf").read_bytes())
    assert "Run 3: Look Around" in text
    assert "Succeeded. What was changed was checked afterwards, and the checks passed." in text
    assert "Zizkov - größe: done" in text
    assert NAME in (tmp_path / "run.md").read_text(encoding="utf-8")


def test_a_long_run_takes_several_pages(site: Site, tmp_path: Path) -> None:
    steps = "\n".join(f"  - {{name: Step {number}, tool: room.get}}" for number in range(120))
    site.run(f"name: Long\nintake:\n{steps}\n", get=[{"power": "on"}] * 120)
    assert avops("runs", "report", "3", "--pdf", "run.pdf") == 0
    data = (tmp_path / "run.pdf").read_bytes()
    assert data.count(b"/Type /Page\n") > 2
    assert "120. Step 119" in words_of(data)


def words_of(data: bytes) -> str:
    """The text of a PDF that fpdf2 wrote with its built-in fonts."""
    streams = [zlib.decompress(found) for found in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL) if found[:1] == b"x"]
    shown = b"\n".join(re.sub(rb"\\([()\\])", rb"\1", found) for stream in streams for found in re.findall(rb"\((.*?)(?<!\\)\) Tj", stream))
    return shown.decode("latin-1")


def test_a_report_that_cannot_be_written_says_why(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("runs", "report", "1", "--md", "nowhere/run.md") == 3
    assert "'nowhere/run.md' cannot be written" in capsys.readouterr().err
    assert avops("runs", "report", "99") != 0


def test_pruning_keeps_the_newest_and_forgets_old_slots(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC)
    old = [(None, None, timedelta(days=100 + n), RunStatus.SUCCESS, 1.0, None, Simulated.NO) for n in range(5)]
    fill(site, [*old, (None, None, timedelta(days=200), RunStatus.WAITING, 1.0, None, Simulated.NO)], now=now)
    with SqliteScheduleStore(tmp_path / ".avops/avops.db") as store:
        from avops.model.schedule import Slot, SlotState

        slot = Slot(key="signage", planned_at=now - timedelta(days=120))
        assert store.claim(slot, process="p", now=now)
        store.close_slot(slot, SlotState.RAN)
    assert avops("runs", "prune", "--older-than", "90d", "--keep", "3", "--dry-run") == 0
    told = capsys.readouterr().out
    assert avops("runs", "prune", "--older-than", "90d", "--keep", "3") == 0
    done = capsys.readouterr().out
    number = re.search(r"\d+", done)
    assert number is not None
    assert told == f"would delete {number[0]} runs\n"
    assert done == f"deleted {number[0]} runs and 1 slot of the schedule\n"
    assert avops("runs", "list", "--status", "waiting", "--json") == 0
    assert '"waiting"' in capsys.readouterr().out
    assert avops("db", "check") == 0
    assert avops("db", "vacuum") == 0
    assert "MB freed" in capsys.readouterr().out
    assert avops("runs", "prune", "--older-than", "soon") == 2
    assert avops("runs", "prune", "--older-than", "0d") == 2


def test_artifacts_are_opened_where_they_can_be(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda target: opened.append(target) or True)
    assert avops("runs", "artifacts", "1", "--open") == 3
    assert "left nothing behind that can be opened" in capsys.readouterr().err
    (tmp_path / "note.txt").write_text("hello")
    (tmp_path.parent / "outside.txt").write_text("no")
    bench = site.bench()

    async def go() -> None:
        for url, path in (("https://tickets.example/1", None), ("javascript:alert(1)", None), (None, "note.txt"), (None, "../outside.txt")):
            await bench.store.add_artifact(1, Artifact(kind="file", title="It", id=None, url=url, path=path, step_key=None))

    asyncio.run(go())
    bench.close()
    assert avops("runs", "artifacts", "1", "--open") == 0
    assert opened == ["https://tickets.example/1", (tmp_path / "note.txt").resolve().as_uri()]
