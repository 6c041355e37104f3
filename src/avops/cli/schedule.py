"""`avops schedule`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from avops.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from avops.report.schedule_page import SlotLine, StatusLines
    from avops.schedule.preview import Preview, ScheduleStatus
    from avops.wiring import Workspace

HELP = "See the schedule, pause it, install it."

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help=f"{HELP}\n\nExample: avops schedule preview --days 7"
)

AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON object.")]


@app.callback()
def root() -> None:
    """The sub-commands stand below."""


@app.command("preview", help="Show what will run when.\n\nExample: avops schedule preview --days 14")
def preview(
    days: Annotated[float, typer.Option("--days", min=0.01, max=400, help="How far ahead.")] = 7,
    workflow: Annotated[str | None, typer.Option("--workflow", metavar="NAME", help="Only this one, each fire on a line.")] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="TIME", help="From this instant on; default: now.")] = None,
    as_json: AsJson = False,
) -> int:
    """A calendar of the coming fires, in the project's time zone."""
    from avops import wiring
    from avops.cli.screen import show, zone_of
    from avops.cli.tick import instant
    from avops.project.clock import SystemClock
    from avops.report.schedule_page import PlannedFire, preview_page

    workspace = wiring.open_workspace()
    now = instant(start) or SystemClock().now()
    found = wiring.schedule_preview(workspace, now=now, days=days, workflow=workflow)
    if as_json:
        _print_preview(found)
    else:
        fires = [
            PlannedFire(workflow=fire.workflow, planned_at=fire.planned_at, reason=fire.reason, overlaps=fire.overlaps)
            for fire in found.fires
        ]
        notes = [f"'{name}' runs after '{after}' ({_on(on)})" for name, after, on in found.following]
        notes += [f"only the first {len(fires)} are shown"] if found.is_cut else []
        show(lambda sheet: preview_page(sheet, fires, days=days, notes=notes, each=workflow is not None), zone_of(workspace.timezone))
        for broken in found.broken:
            print(f"{broken.path} is broken: {broken.message}", file=sys.stderr)
        if found.broken:
            print("hint: avops lint", file=sys.stderr)
    return 1 if found.broken else 0


def _on(on: str) -> str:
    return "when it has ended" if on == "ended" else f"when it ended as {on}"


def _print_preview(found: Preview) -> None:
    from avops.report.run_json import to_json

    print(
        to_json(
            {
                "fires": [
                    {
                        "workflow": fire.workflow,
                        "planned_at": fire.planned_at.isoformat().replace("+00:00", "Z"),
                        "reason": fire.reason,
                        "overlaps": list(fire.overlaps),
                    }
                    for fire in found.fires
                ],
                "is_cut": found.is_cut,
                "following": [{"workflow": name, "after": after, "on": on} for name, after, on in found.following],
                "broken": [{"path": each.path, "message": each.message} for each in found.broken],
            }
        )
    )


@app.command("status", help="Show how the schedule stands.\n\nExample: avops schedule status --days 7")
def status(days: Annotated[float, typer.Option("--days", min=0.01, max=400, help="How far back.")] = 1, as_json: AsJson = False) -> int:
    """The last tick, pauses, how late slots began, and those that did not run."""
    from avops import wiring
    from avops.cli.screen import show, zone_of
    from avops.project.clock import SystemClock
    from avops.report.schedule_page import status_page

    workspace = wiring.open_workspace()
    found = wiring.schedule_state(workspace, now=SystemClock().now(), days=days)
    if as_json:
        _print_status(found)
    else:
        since = f"in the last {'day' if days == 1 else f'{days:g} days'}"
        show(lambda sheet: status_page(sheet, _lines(found, workspace), since=since), zone_of(workspace.timezone))
        if found.is_late:
            print("hint: avops schedule install --systemd makes this machine tick every minute", file=sys.stderr)
    return 1 if found.is_late or found.broken else 0


def _lines(found: ScheduleStatus, workspace: Workspace) -> StatusLines:
    from avops.cli.screen import zone_of
    from avops.report.formats import duration, moment
    from avops.report.schedule_page import StatusLines

    zone = zone_of(workspace.timezone)
    pause = found.pause
    said = None
    if pause is not None:
        until = f" until {moment(pause.until_at, zone)}" if pause.until_at else ""
        said = f"since {moment(pause.from_at, zone)}{until} by {pause.by}: {pause.reason}"
    late = found.lateness
    lateness = None
    if late is not None:
        slots = f"{late.slots} slot{'' if late.slots == 1 else 's'}"
        lateness = f"{duration(late.median_s) or '0 s'} on average, at most {duration(late.largest_s) or '0 s'}, over {slots}"
    words = "switched off by", "switched on by"
    return StatusLines(
        last_tick_at=found.last_tick_at,
        ago_s=(found.now - found.last_tick_at).total_seconds() if found.last_tick_at else None,
        is_late=found.is_late,
        pause=said,
        disabled=[
            (found.names.get(each.key, each.key), f"{words[bool(each.enabled)]} {each.by}: {each.reason}") for each in found.overrides
        ],
        lateness=lateness,
        slots=_slot_lines(found),
        broken=[(each.path, each.message) for each in found.broken],
    )


def _slot_lines(found: ScheduleStatus) -> list[SlotLine]:
    from avops.report.schedule_page import SlotLine

    records = [*found.open, *found.failed, *found.missed, *found.skipped]
    return [
        SlotLine(
            workflow=found.names.get(record.key, record.key),
            first=record.planned_at,
            last=record.until_at,
            count=record.count,
            what=record.state.value,
            reason=record.reason or "",
        )
        for record in records
    ]


def _print_status(found: ScheduleStatus) -> None:
    from dataclasses import asdict
    from datetime import datetime

    from avops.report.run_json import to_json

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [plain(each) for each in value]
        return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value

    print(to_json({name: plain(value) for name, value in asdict(found).items()}))


@app.command("pause", help="Start nothing until somebody resumes.\n\nExample: avops schedule pause 'Trade fair' --until 2d")
def pause(
    reason: Annotated[str, typer.Argument(metavar="REASON", help="Why, for those who wonder later.")],
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="2h, 3d, 2026-03-02 18:00 or with an offset.")] = None,
) -> int:
    """Runs under way go on; slots of the time are recorded as skipped, and are not caught up."""
    from avops import wiring
    from avops.cli.screen import zone_of
    from avops.project.clock import SystemClock
    from avops.report.formats import moment

    workspace = wiring.open_workspace()
    if not reason.strip():
        raise UsageError("a pause needs a reason", hint="avops schedule pause 'why'")
    now = SystemClock().now()
    end = None if until is None else _later(until, workspace, now)
    wiring.pause_schedule(workspace, reason.strip(), until=end, now=now)
    zone = zone_of(workspace.timezone)
    print(f"Paused until {moment(end, zone)} ({workspace.timezone})." if end else "Paused until somebody resumes.")
    return 0


def _later(text: str, workspace: Workspace, now: datetime) -> datetime:
    """The instant that a person means: from now on, or of the project's clock."""
    from datetime import UTC, datetime, timedelta

    from avops.cli.screen import zone_of
    from avops.model.duration import duration_s

    try:
        end = now + timedelta(seconds=duration_s(text))
    except (ValueError, OverflowError):
        try:
            typed = datetime.fromisoformat(text)
        except ValueError:
            raise UsageError(f"'{text}' is no time", hint="write 2h, 3d, '2026-03-02 18:00' or 2026-03-02T18:00:00Z") from None
        end = (typed if typed.tzinfo else typed.replace(tzinfo=zone_of(workspace.timezone))).astimezone(UTC)
    if end <= now:
        raise UsageError(f"'{text}' is past already", hint="name a time to come, or leave --until out")
    return end


@app.command("resume", help="End the pause.\n\nExample: avops schedule resume")
def resume() -> int:
    """The next tick starts what is due then."""
    from avops import wiring
    from avops.project.clock import SystemClock
    from avops.report.diagnostics import visible

    ended = wiring.resume_schedule(wiring.open_workspace(), now=SystemClock().now())
    print("Nothing was paused." if ended is None else f"Resumed. It was paused by {ended.by}: {visible(ended.reason)}")
    return 0


@app.command("install", help="Print what makes this machine tick.\n\nExample: avops schedule install --cron --write")
def install(
    cron: Annotated[bool, typer.Option("--cron", help="A crontab line.")] = False,
    systemd: Annotated[bool, typer.Option("--systemd", help="A systemd service that ticks every minute; recommended.")] = False,
    timer: Annotated[bool, typer.Option("--timer", help="With --systemd: a timer that starts one tick a minute instead.")] = False,
    kubernetes: Annotated[bool, typer.Option("--kubernetes", help="A Kubernetes CronJob.")] = False,
    image: Annotated[str, typer.Option("--image", help="With --kubernetes: the image that holds avops.")] = "avops:latest",
    claim: Annotated[str, typer.Option("--claim", help="With --kubernetes: the volume claim that holds the project.")] = "avops-project",
    secret: Annotated[str | None, typer.Option("--secret", help="With --kubernetes: the secret that holds the environment.")] = None,
    write: Annotated[bool, typer.Option("--write", help="With --cron: put the line into your crontab.")] = False,
) -> int:
    """Prints to standard output; where to put it goes to standard error."""
    from avops import wiring
    from avops.schedule import install as texts

    if cron + systemd + kubernetes != 1:
        raise UsageError("name one of --cron, --kubernetes and --systemd", hint="avops schedule install --systemd is recommended")
    if write and not cron:
        raise UsageError("--write works with --cron only", hint="put the text into the file that its first line names")
    root = wiring.open_workspace().root
    program = own_program()
    if cron:
        line = texts.crontab_line(program, root)
        if write:
            _write_crontab(line, root)
            print("Installed: avops ticks every minute.")
        else:
            print(line, end="")
            print("hint: add the line with crontab -e, or run this again with --write", file=sys.stderr)
    elif systemd:
        for name, text in (texts.systemd_units if timer else texts.systemd_service)(program, root).items():
            print(f"# /etc/systemd/system/{name}\n{text}")
        unit = texts.TIMER if timer else texts.SERVICE
        print(f"hint: write the file, name a User= in it, then: systemctl daemon-reload && systemctl enable --now {unit}", file=sys.stderr)
    else:
        print(texts.kubernetes_cronjob(image, claim=claim, secret=secret), end="")
        print("hint: kubectl apply -f FILE; one host per database, so the volume must be ReadWriteOncePod", file=sys.stderr)
    return 0


def own_program() -> Path:
    """The command that this is, by its full path, so that it is found without anybody's PATH."""
    import shutil
    from pathlib import Path

    started = Path(sys.argv[0])
    if started.name == "avops" and started.is_file():
        return started.absolute()
    beside = Path(sys.executable).with_name("avops")
    found = shutil.which("avops")
    return beside if beside.is_file() or found is None else Path(found)


def _write_crontab(line: str, root: Path) -> None:
    """Puts the line into this account's crontab; AvopsError when `crontab` refuses."""
    import shutil
    import subprocess

    from avops.errors import AvopsError
    from avops.schedule.install import with_line

    crontab = shutil.which("crontab")
    if crontab is None:
        raise AvopsError("there is no command 'crontab' here", hint="avops schedule install --systemd prints a service")
    try:
        listed = subprocess.run([crontab, "-l"], capture_output=True, text=True, check=False)  # noqa: S603 - the system's own command
        if listed.returncode and "no crontab" not in listed.stderr.lower():
            raise AvopsError(f"crontab refused: {listed.stderr.strip().lower()}", hint="avops schedule install --cron prints the line")
        wanted = with_line(listed.stdout if not listed.returncode else "", line, root)
        done = subprocess.run([crontab, "-"], input=wanted, capture_output=True, text=True, check=False)  # noqa: S603 - as above
    except OSError as error:
        raise AvopsError(f"'{crontab}' cannot be started: {(error.strerror or str(error)).lower()}") from error
    if done.returncode:
        raise AvopsError(f"crontab refused: {done.stderr.strip().lower()}", hint="avops schedule install --cron prints the line")
