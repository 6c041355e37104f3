"""Cards: what is printed, on how many pages, and what is recorded of what was ticked."""

from __future__ import annotations

import json
import re
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.changing import at_terminal
from tests.cli.screens import avops, matches_golden
from tests.cli.test_dash import Reader

from avops.project.account import login_account
from avops.report.card import CardId, new_card_id, read_card_id

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
ACCOUNT = login_account()
TOOL = """name: display
kind: http
base_url: http://127.0.0.1:1
private: true
actions:
  get: {description: Read whether the display is on, effect: read, output: {type: object}, request: {path: /}}
  set: {description: Switch the display, effect: write, input: {power: {type: string}}, request: {method: PUT, path: /p}}
  restart: {description: Restart the display, effect: destructive, request: {method: POST, path: /r}}
"""
RECIPE = """name: Wake Display
description: Bring a dark display back.
version: 3
room: required
inputs:
  channel: {default: "#av"}
  ticket: {description: What it is about}
  pin: {secret: true, default: "4711-secret"}
guardrails:
  timeout_minutes: 10
  window: "Mon-Fri 06:00-22:00"
  retries: 1
  rollback_actions: [{notify: {say: "{{ inputs.channel }}", text: "{{ room.name }} stays dark"}}]
success_metrics: [{metric: duration_seconds, target: "<= 300"}]
intake:
  - {id: state, name: Read the display, tool: display.get, with: {host: "{{ room.display_host }}"}}
plan:
  - {name: Nobody is in a meeting, check: "state.people == 0 or state.power == 'on'", hold: true}
act:
  - {name: Power it on, tool: display.set, with: {power: "on", pin: "{{ inputs.pin }}"}, when: state.power != 'on', undo: auto}
  - {name: Restart it, tool: display.restart, approval: L2, undo: none, why: a restart cannot be taken back}
verify:
  - {name: It has power, reading: {tool: display.get}, check: reading.power == 'on', within: 90s, for: 10s}
  - {name: It shows a picture, confirm: "Is the picture of {{ inputs.ticket }} there?"}
  - {name: Tell the channel, notify: {say: "{{ inputs.channel }}", text: It is back}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    texts = {
        "avops.yaml": f"timezone: Europe/Berlin\nroles: {{L2: [{ACCOUNT}]}}\npolicy: {{redact: ['\\d{{3}}-\\d{{4}}']}}\n",
        "tools/display.yaml": TOOL,
        "recipes/wake-display.yaml": RECIPE,
        "rooms.csv": "room,name,display_host\nHQ-1,Boardroom,d1.example\nHQ-2,Hall,d2.example\n",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    return tmp_path


def steady(text: str) -> str:
    """A card with the serial that every card has for itself taken out."""
    return re.sub(r"(-[0-9a-f]{8}-)[2-9A-Z]{7}", r"\1SERIAL7", text)


@pytest.fixture
def card(project: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """A text card for HQ-1."""
    assert avops("recipe", "card", "Wake Display", "--room", "hq-1", "-i", "ticket=INC7") == 0
    return capsys.readouterr().out


def filled(card: str, *, marks: dict[str, str] | None = None, started: str = "2026-03-02 09:00", ended: str = "09:12") -> str:
    """The card with every box ticked but for those of `marks`."""
    text = re.sub(r"^\[ \] (\w+)", lambda found: f"[{(marks or {}).get(found[1], 'x')}] {found[1]}", card, flags=re.MULTILINE)
    return (
        text.replace("Started:\n", f"Started: {started}\n").replace("Ended:\n", f"Ended: {ended}\n").replace("Done by:\n", "Done by: Ana\n")
    )


@pytest.fixture
def enter(project: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Enters a text card: exit code, output, error."""

    def entered(text: str, *more: str) -> tuple[int, str, str]:
        (project / "card.txt").write_text(text, encoding="utf-8")
        capsys.readouterr()
        code = avops("runs", "enter", "card.txt", *more)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return entered


def test_the_text_card_says_what_to_do_in_plain_words(card: str) -> None:
    matches_golden("card", steady(card))
    assert "4711" not in card
    assert all(len(line) <= 96 for line in card.splitlines())


def test_every_card_has_an_id_of_its_own(card: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("recipe", "card", "Wake Display") == 0
    other = capsys.readouterr().out
    ids = [re.findall(r"^Card: (.*)$", text, re.MULTILINE)[0] for text in (card, other)]
    assert ids[0] != ids[1]
    assert read_card_id(f" {ids[0].upper()} ") == read_card_id(ids[0])
    assert read_card_id(ids[0]).slug == "wake-display"
    wrong = [ids[0][:-1] + letter for letter in "ABCDEFGHJKLMNPQRSTUVWXYZ23456789" if letter != ids[0][-1]]
    for each in [*wrong, "", "wake-display", ids[0].replace("-", "_"), f"{ids[0]}A"]:
        with pytest.raises(Exception, match="is no card's id"):
            read_card_id(each)


def test_an_input_that_nobody_gave_is_left_open(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("recipe", "card", "Wake Display") == 0
    text = capsys.readouterr().out
    assert "Input ticket: ________\n" in text
    assert "Is the picture of (the input ticket) there?" in text
    assert "host = the room's display host" in text
    assert avops("recipe", "card", "Wake Display", "-i", "tickt=1") == 2


def test_room_and_inputs_may_be_written_in_by_hand(
    project: Path, enter: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = project / "recipes/wake-display.yaml"
    recipe.write_text(RECIPE.replace("name: Power it on", "name: 'Power on {{ room.name }} for {{ inputs.ticket }}'"), encoding="utf-8")
    assert avops("recipe", "card", "Wake Display") == 0
    text = capsys.readouterr().out
    assert "Room: ________\n" in text
    assert enter(filled(text))[:2] == (0, "Run 1 success, entered by hand\n")
    written = filled(text).replace("Room: ________", "Room: hall").replace("Input ticket: ________", "Input ticket: INC9")
    code, out, error = enter(written, "--again", "--json")
    assert (code, json.loads(out)["room"]) == (0, "HQ-2"), error


def test_the_html_card_stands_alone_and_fits_the_text(project: Path, card: str) -> None:
    recipe = project / "recipes/wake-display.yaml"
    recipe.write_text(RECIPE.replace("Restart it", "Restart <b>it</b> 会议"), encoding="utf-8")
    assert avops("recipe", "card", "Wake Display", "--room", "HQ-1", "-i", "ticket=<script>", "-o", "card.html") == 0
    page = (project / "card.html").read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    assert not {"script", "link", "img", "a"} & set(reader.seen)
    assert not re.search(r"https?:|url\(", page)
    assert reader.seen.count("li") >= 7
    assert "Restart <b>it</b> 会议" in reader.text
    assert "@page { size: A4" in page


def pages_of(data: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", data))


def drawn(data: bytes) -> str:
    """What the pages of a PDF draw, as far as it is in Latin 1."""
    streams = re.findall(rb"stream\r?\n(.*?)\nendstream", data, re.DOTALL)
    return "".join(zlib.decompressobj().decompress(stream).decode("latin-1") for stream in streams if stream[:1] == b"x")


def long_recipe(steps: int) -> str:
    words = "Take the cable of the matrix out, count to ten, and put it back. Look whether its lamp turns green, and note the time."
    rows = "".join(f"  - {{name: 'Do the thing number {number}', manual: '{words}'}}\n" for number in range(steps - 2))
    return f"name: Long\nact:\n{rows}verify:\n  - {{name: a, confirm: It works}}\n  - {{name: b, confirm: It goes on working}}\n"


@pytest.mark.parametrize(("steps", "pages"), [(3, 1), (25, 1), (90, 3)])
def test_the_pdf_card_is_one_page_as_long_as_people_can_read_it(project: Path, steps: int, pages: int) -> None:
    (project / "recipes/long.yaml").write_text(long_recipe(steps), encoding="utf-8")
    assert avops("recipe", "card", "Long", "--output", "long.pdf") == 0
    data = (project / "long.pdf").read_bytes()
    assert data.startswith(b"%PDF-")
    assert pages_of(data) == pages
    text = drawn(data)
    assert text.count(" re ") >= steps  # a box for every step
    assert text.count("\\(continued\\)") == pages - 1
    assert f"Do the thing number {steps - 3}" in text


def test_the_pdf_shows_the_letters_that_a_typeface_here_has(project: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from avops.report.card_pdf import card_pdf
    from avops.wiring import open_workspace
    from avops.wiring.cards import make_card

    (project / "recipes/long.yaml").write_text(long_recipe(3).replace("Long", '"Žižkov größe ωμέγα"'), encoding="utf-8")
    made = make_card(open_workspace(), "recipes/long.yaml")
    now = datetime(2026, 3, 2, 7, tzinfo=UTC)
    (tmp_path / "none").mkdir()
    data, lacks = card_pdf(made, now, [tmp_path / "none"])
    assert (lacks, "Zizkov gr" in drawn(data)) == ("έαγμω", True)
    assert card_pdf(made, now, [tmp_path / "none"]) == (data, lacks)
    (project / "recipes/cjk.yaml").write_text(long_recipe(3).replace("Long", "\U00013000"), encoding="utf-8")
    capsys.readouterr()
    assert avops("recipe", "card", "recipes/cjk.yaml", "--format", "pdf", "-o", "x.pdf") == 0
    assert "hint: --format html shows every character" in capsys.readouterr().err


def test_a_ticked_card_is_a_run_that_says_it_was_done_by_hand(
    card: str, enter: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    text = filled(card).replace("[x] A1  Power it on", "[x] A1  Power it on - the cable was loose\n      call 555-1234 next time")
    code, out, error = enter(text)
    assert (code, out) == (0, "Run 1 success, entered by hand\n"), error
    assert avops("runs", "show", "1", "--json") == 0
    run = json.loads(capsys.readouterr().out)
    assert {name: run[name] for name in ("trigger", "agent", "recipe", "room", "simulated", "started_by", "started_at", "finished_at")} == {
        "trigger": "card",
        "agent": "by hand",
        "recipe": "Wake Display",
        "room": "HQ-1",
        "simulated": "no",
        "started_by": ACCOUNT,
        "started_at": "2026-03-02T08:00:00Z",
        "finished_at": "2026-03-02T08:12:00Z",
    }
    assert [step["key"] for step in run["steps"]] == ["intake.0", "plan.0", "act.0", "act.1", "verify.0", "verify.1", "verify.2"]
    assert all(step["tool"] is None and step["actor"] == ACCOUNT and step["arguments"]["by_hand"] for step in run["steps"])
    assert run["steps"][2]["arguments"]["in_place_of"] == "display.set"
    assert run["steps"][2]["note"] == "entered by hand: the cable was loose; call «redacted» next time"
    assert [step["kind"] for step in run["steps"]] == ["manual", "confirm", "manual", "manual", "confirm", "confirm", "manual"]
    assert run["artifacts"][0]["kind"] == "card"
    assert avops("runs", "show", "1") == 0
    shown = capsys.readouterr().out
    assert "how       done by a person, entered by hand; avops called nothing" in shown
    assert f"entered by hand: the cable was loose; call «redacted» next time ({ACCOUNT})" in shown
    assert "call     display" not in shown
    assert avops("runs", "report", "1") == 0
    assert "a person with a card, entered by hand" in capsys.readouterr().out
    for command in (("runs", "record", "1"), ("resume", "1")):
        assert avops(*command) == 2
        assert "was done by a person and entered by hand" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("marks", "status", "message"),
    [
        ({"A1": "-"}, "success", ""),  # its condition allows it
        ({"A2": "-"}, "failed", "A2 was left out: Restart it"),
        ({"A2": " "}, "failed", "A2 was not ticked: Restart it"),
        ({"P1": " "}, "failed", "P1 was not ticked"),
        ({"I1": "!"}, "failed", "I1 failed: Read the display"),
        ({"V1": "!"}, "failed", "V1 failed"),
        ({"V1": " "}, "unverified", "V1 was not ticked: It has power"),
        ({"V2": "-"}, "unverified", "V2 was left out"),
        ({"V3": ""}, "unverified", "V3 was not ticked: Tell the channel"),
        ({"V1": "X", "V2": "x "}, "success", ""),
    ],
)
def test_it_succeeded_only_if_every_check_was_ticked(
    card: str, enter: Callable[..., tuple[int, str, str]], marks: dict[str, str], status: str, message: str
) -> None:
    code, out, error = enter(filled(card, marks=marks))
    assert (code, out) == (0 if status == "success" else 1, f"Run 1 {status}, entered by hand\n")
    assert message in error


def test_nobody_vouches_for_an_approval_of_a_role_that_they_do_not_have(
    project: Path, card: str, enter: Callable[..., tuple[int, str, str]]
) -> None:
    (project / "avops.yaml").write_text("timezone: Europe/Berlin\nroles: {L2: [somebody-else]}\n", encoding="utf-8")
    code, out, error = enter(filled(card))
    assert (code, out) == (1, "Run 1 unverified, entered by hand\n")
    assert f"A2 takes an approval of L2, which '{ACCOUNT}' cannot vouch for" in error


def test_with_four_eyes_nobody_vouches_for_their_own_work(
    project: Path, enter: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "recipes/wake-display.yaml").write_text(RECIPE.replace("  retries: 1", "  retries: 1\n  four_eyes: true"), encoding="utf-8")
    assert avops("recipe", "card", "Wake Display", "--room", "hq-1", "-i", "ticket=INC7") == 0
    text = filled(capsys.readouterr().out)
    for by in ("", ACCOUNT):
        code, out, error = enter(text.replace("Done by: Ana", f"Done by: {by}".strip()), "--again")
        assert (code, out.partition(",")[0].rpartition(" ")[2]) == (1, "unverified")
        assert f"A2 takes the approval of a second person, and '{ACCOUNT}' did the work" in error
    assert enter(text, "--again")[1] == "Run 3 success, entered by hand\n"


def test_the_same_card_counts_once(card: str, enter: Callable[..., tuple[int, str, str]]) -> None:
    assert enter(filled(card))[0] == 0
    code, _, error = enter(filled(card, marks={"V1": "!"}))
    assert code == 1
    assert "was entered before: it is run 1" in error
    assert enter(filled(card), "--again")[1] == "Run 2 success, entered by hand\n"


def test_a_card_of_an_older_recipe_is_refused(
    project: Path, card: str, enter: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = project / "recipes/wake-display.yaml"
    recipe.write_text(RECIPE.replace("Restart it", "Restart it twice"), encoding="utf-8")
    code, _, error = enter(filled(card))
    assert code == 1
    assert "the recipe 'Wake Display' has changed since this card was printed" in error
    code, out, error = enter(filled(card), "--anyway")
    assert (code, out) == (1, "Run 1 unverified, entered by hand\n")
    assert "its old text is not kept" in error
    # Once a run has kept the old text, the steps of the card are known again.
    recipe.write_text(RECIPE, encoding="utf-8")
    assert avops("recipe", "card", "Wake Display", "--room", "HQ-1", "-i", "ticket=1", "-o", "b.txt") == 0
    assert enter(filled((project / "b.txt").read_text(encoding="utf-8")))[0] == 0
    recipe.write_text(RECIPE.replace("Restart it", "Restart it twice"), encoding="utf-8")
    assert enter(filled(card), "--anyway", "--again")[:2] == (0, "Run 3 success, entered by hand\n")
    recipe.unlink()
    assert enter(filled(card), "--again")[0] == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[x] A1", "[y] A1", "card.txt:29:1: error: '[y]' says nothing"),
        ("[x] A1", "[x A1", "says nothing"),
        ("[x] A1  Power it on", "[x] A1  Something else", "A1 is 'Power it on' on the card that was printed"),
        ("[x] A1", "[x] A9", "the recipe has no step A9"),
        ("[x] A1", "[x]", "this box has no mark of a step behind it"),
        ("[x] V2", "[x] V1", "V1 stands there twice"),
        ("Card: wake", "Card: wkae", "is no card's id: a letter of it is wrong"),
        ("Card: ", "Map: ", "the line 'Card:' with the card's id is missing"),
        ("Room: HQ-1", "Room: HQ-9", "HQ-9"),
        ("Started: 2026-03-02 09:00", "Started: soon", "'soon' is no time"),
        ("Started: 2026-03-02 09:00", "Started: 2026-03-02", "is a day, not a time"),
        ("Started: 2026-03-02 09:00", "Started: 2999-03-02 09:00", "lies in the future"),
        ("Started: 2026-03-02 09:00", "Started:", "the card does not say when the work began"),
        ("Ended: 09:12", "Ended: 08:12", "lies before the start"),
    ],
)
def test_a_broken_card_is_recorded_nowhere(
    card: str, enter: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    text = filled(card)
    assert old in text
    code, out, error = enter(text.replace(old, new, 1))
    assert (code in (1, 2), out) == (True, "")
    assert message in error
    assert avops("runs", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_times_of_the_command_line_win_and_what_is_no_card_is_told(
    project: Path, card: str, enter: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = enter(filled(card), "--started", "2026-03-03T10:00:00+00:00", "--at", "2026-03-03 11:30", "--json")
    run = json.loads(out)
    assert (code, run["started_at"], run["finished_at"], run["duration_s"]) == (0, "2026-03-03T10:00:00Z", "2026-03-03T10:30:00Z", 1800.0)
    (project / "bin").write_bytes(b"\xff\xfe\x00")
    for name, message in (("bin", "is no text card"), ("none.txt", "neither a file nor a card's id")):
        assert avops("runs", "enter", name) == 2
        assert message in capsys.readouterr().err
    assert enter(filled(card), "--again", "--room", "HQ-2")[0] == 2


def test_a_card_on_paper_is_asked_for_step_by_step(project: Path, card: str) -> None:
    number = re.findall(r"^Card: (.*)$", card, re.MULTILINE)[0]
    typed = "x\nx\n\n! the cable is broken\nwhat\nx\n-\nx\n"
    code, shown = at_terminal(project, typed, "runs", "enter", number, "--room", "HQ-1", "--started", "2026-03-02 09:00")
    assert code == 1, shown
    assert "Run 1 failed, entered by hand" in shown
    assert "A2 failed: the cable is broken" in shown
    assert "A1 was not ticked: Power it on" in shown
    assert "expected: x done and seen" in shown


def test_the_page_about_cards_shows_a_real_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`AVOPS_REGENERATE=1` writes the card on the page anew."""
    import os

    from avops.project.starter import seed

    seed(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert avops("recipe", "card", "Display Fix", "--room", "HQ-1") == 0
    text = steady(capsys.readouterr().out)
    page = ROOT / "docs" / "cards.md"
    before, start, rest = page.read_text(encoding="utf-8").partition("```text\n")
    shown, end, after = rest.partition("```\n")
    if os.environ.get("AVOPS_REGENERATE"):
        page.write_text(before + start + text + end + after, encoding="utf-8")
        shown = text
    assert shown == text, "write it anew: AVOPS_REGENERATE=1 pytest tests/cli/test_card.py"


@pytest.mark.parametrize("slug", ["a", "display-fix-2", "会議室-2", "कि-कमरा"])
def test_ids_are_read_whatever_the_script_of_the_file_name(slug: str) -> None:
    made = new_card_id(slug, "name: X\n", lambda letters: letters[0])
    assert read_card_id(str(made)) == made


def test_ids_are_shown_as_they_are_read() -> None:
    made = CardId(slug="a-b", digest="0123abcd", serial="K7MP2QX")
    assert str(made) == "a-b-0123abcd-K7MP2QX"
