"""The dashboard as one HTML page that needs nothing else: styles and charts are in it, and it asks for nothing."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from avops.model.run import RunStatus
from avops.report.dash_parts import MOST_WORKFLOWS, measured, metric_words, most_urgent, schedule_words, wanted
from avops.report.diagnostics import visible
from avops.report.formats import count, duration, moment, percent, run_mark
from avops.report.model_use import cost_words, money
from avops.report.sheet import UNICODE
from avops.report.svg_charts import durations_chart, runs_chart, trend_chart

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from avops.model.run import Run
    from avops.report.dash import Dashboard
    from avops.report.dash_facts import Failing, Target, WorkflowState
    from avops.report.rooms import Board, RoomState

STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --quiet: #66707d; --paper: #f6f7f9; --card: #fff; --line: #dfe3e8;
  --good: #2e8b57; --unsure: #c98a00; --bad: #c43d3d; --other: #9aa4b0; --p95: #3b6fb6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --quiet: #9aa4b0; --paper: #14181d; --card: #1d232b; --line: #323a45;
  --good: #4fb37d; --unsure: #e0ac3b; --bad: #e56a6a; --other: #66707d; --p95: #7ba7e0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 76rem; font: 15px/1.45 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); }
h1 { font-size: 1.35rem; margin: 0; } h2 { font-size: 1rem; margin: 0 0 .6rem; }
p { margin: .3rem 0; }
header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .5rem; margin-bottom: 1rem; }
.quiet { color: var(--quiet); } .good { color: var(--good); } .unsure { color: var(--unsure); } .bad { color: var(--bad); }
.cards, .grid2 { display: grid; gap: 1rem; margin-bottom: 1rem; }
.cards { grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); }
.grid2 { grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); }
section, .card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; overflow-x: auto; }
section { margin-bottom: 1rem; } .grid2 > section { margin: 0; }
.card b { display: block; font-size: 1.5rem; font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; color: var(--quiet); } th, td { padding: .25rem .8rem .25rem 0; vertical-align: top; }
td.right, th.right { text-align: right; } tr + tr td { border-top: 1px solid var(--line); }
svg { width: 100%; height: auto; } svg.trend { width: 90px; } svg text { fill: var(--quiet); font-size: 12px; }
svg .grid { stroke: var(--line); } rect.good { fill: var(--good); } rect.unsure { fill: var(--unsure); } rect.bad { fill: var(--bad); }
rect.other { fill: var(--other); } polyline { fill: none; stroke-width: 2; } polyline.p95 { stroke: var(--p95); }
polyline.mean { stroke: var(--other); } circle.p95 { fill: var(--p95); } circle.mean { fill: var(--other); }
.rooms { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .4rem; }
.rooms div { border-left: .3rem solid var(--good); padding: .2rem .5rem; background: var(--paper); }
.rooms div.bad { border-color: var(--bad); color: inherit; } .rooms div.unsure { border-color: var(--unsure); color: inherit; }
.dot::before { content: ""; display: inline-block; width: .65rem; height: .65rem; border-radius: 50%; background: currentColor; }
"""
_KIND = {RunStatus.SUCCESS: "good", RunStatus.FAILED: "bad", RunStatus.REFUSED: "bad", RunStatus.CANCELLED: "bad"}
_DOT = {"green": "good", "yellow": "unsure", "red": "bad"}
Cell = tuple[str, str]
"""A class and ready HTML."""


def dash_html(dash: Dashboard, board: Board, zone: tzinfo, title: str) -> str:
    """The page as text. Every name and message on it is escaped; no element asks for anything outside."""
    zone_name = getattr(zone, "key", None) or "UTC"
    about = "".join(f", {name} {value}" for name, value in dash.filters.items())
    parts = [
        f"<header><h1>{_text(title)}: {_text(dash.words + about)}</h1>"
        f'<span class="quiet">{moment(dash.now, zone)} {_text(zone_name)}</span></header>',
        _cards(dash),
        _last_error(dash, zone),
        '<div class="grid2">',
        f'<section><h2>Runs</h2>{runs_chart(dash.days)}<p class="quiet">green succeeded, yellow unverified, red failed</p></section>',
        f'<section><h2>Durations</h2>{durations_chart(dash.days)}<p class="quiet">blue 95 % within, grey mean</p></section>',
        "</div>",
        _workflows(dash, zone),
        '<div class="grid2">',
        _failing("Failing steps", dash.failing_steps),
        _failing("Failing tools", dash.failing_tools),
        "</div>",
        _targets(dash.targets),
        _rooms(board),
        _runs(dash.recent, zone),
        _foot(dash),
    ]
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)}</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body></html>\n"
    )


def _text(text: str) -> str:
    return escape(visible(text))


def _cards(dash: Dashboard) -> str:
    now, before = dash.current, dash.before
    rate = now.success_rate
    kind = "" if rate is None else "good" if rate >= 0.95 else "unsure" if rate >= 0.8 else "bad"
    failed = now.counts.get(RunStatus.FAILED, 0)
    cards = [
        ("Runs", count(now.total), count(before.total) if before else "", ""),
        ("Succeeded", percent(rate, "–"), percent(before.success_rate, "–") if before else "", kind),
        ("95 % within", duration(now.p95_s) or "–", (duration(before.p95_s) or "–") if before else "", ""),
        ("Failed", count(failed), count(before.counts.get(RunStatus.FAILED, 0)) if before else "", ""),
        ("Workflows", count(dash.active_workflows), "" if dash.active_before is None else count(dash.active_before), ""),
        (
            "Waiting",
            count(dash.waiting),
            "" if dash.waiting_before is None else count(dash.waiting_before),
            "unsure" if dash.waiting else "",
        ),
    ]
    if dash.spending is not None and dash.spending.tokens:
        earlier = money(dash.spending_before.cost_usd) if dash.spending_before is not None else ""
        now_spent = dash.spending
        cards.append(("Model cost", cost_words(now_spent.cost_usd, now_spent.tokens, now_spent.unpriced_tokens), earlier, ""))
    made = [
        f'<div class="card"><span class="quiet">{title}</span><b class="{kind}">{value}</b>'
        f'<span class="quiet">{f"before {earlier}" if earlier else "&nbsp;"}</span></div>'
        for title, value, earlier, kind in cards
    ]
    return f'<div class="cards">{"".join(made)}</div>'


def _last_error(dash: Dashboard, zone: tzinfo) -> str:
    last = dash.current.last_error
    lines = []
    if last is not None:
        where = f" in {last.room}" if last.room else ""
        lines.append(
            f"<p>Last error: run {last.id}, {_text(last.recipe + where)}, {moment(last.started_at, zone)}<br>"
            f'<span class="bad">{_text(last.error or "")}</span></p>'
        )
    words = schedule_words(dash.schedule, dash.now)
    if words is not None:
        lines.append(f'<p class="{"unsure" if words[1] else "quiet"}">Schedule: {_text(words[0])}</p>')
    return f"<section>{''.join(lines)}</section>" if lines else ""


def _table(title: str, heads: Sequence[Cell], rows: Sequence[Sequence[Cell]]) -> str:
    if not rows:
        return ""
    head = "".join(f'<th class="{kind}">{text}</th>' for kind, text in heads)
    cells = ["".join(f'<td class="{kind}">{text}</td>' for kind, text in row) for row in rows]
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<section><h2>{title}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></section>"


def _workflows(dash: Dashboard, zone: tzinfo) -> str:
    heads = [("", ""), ("", "Workflow"), ("", "Last run"), ("right", "Success"), ("right", "95 % within"), ("", "Trend"), ("", "Next run")]
    return _table("Workflows", heads, [_workflow(state, zone) for state in most_urgent(dash.workflows)[:MOST_WORKFLOWS]])


def _workflow(state: WorkflowState, zone: tzinfo) -> list[Cell]:
    last, figures = state.last, state.figures
    ran: Cell = ("quiet", state.silence)
    if last is not None:
        ran = (_KIND.get(last.status, "unsure"), f"{last.status.value}, {moment(last.started_at, zone)}, run {last.id}")
    return [
        (f"dot {_DOT[state.colour] if state.enabled else 'quiet'}", ""),
        ("", _text(state.name)),
        ran,
        ("right", percent(figures.success_rate if figures else None, "–")),
        ("right", duration(figures.p95_s if figures else None) or "–"),
        ("", trend_chart(figures.trend) if figures else ""),
        ("quiet", "disabled" if not state.enabled else moment(state.next_at, zone) or "–"),
    ]


def _failing(title: str, found: Sequence[Failing]) -> str:
    heads = [("right", "Runs"), ("", "What"), ("", "Recipe"), ("right", "Newest run")]
    rows = [
        [("right bad", count(one.runs)), ("", _text(one.what)), ("quiet", _text(one.recipe or "")), ("right quiet", str(one.last_run))]
        for one in found
    ]
    return _table(title, heads, rows)


def _targets(targets: Sequence[Target]) -> str:
    words = {True: ("good", "met"), False: ("bad", "missed"), None: ("quiet", "not measured")}
    rows = [
        [
            words[one.is_met],
            ("", _text(one.recipe)),
            ("", _text(metric_words(one.metric))),
            ("right", measured(one)),
            ("", escape(wanted(one))),
        ]
        for one in targets
    ]
    return _table("Success metrics", [("", ""), ("", "Recipe"), ("", "Metric"), ("right", "Measured"), ("", "Target")], rows)


def _rooms(board: Board) -> str:
    if not board.rooms:
        return ""
    return f'<section><h2>Rooms</h2><div class="rooms">{"".join(_room(board, state) for state in board.rooms)}</div></section>'


def _room(board: Board, state: RoomState) -> str:
    kind = "unsure" if state.needs_a_person or state.is_flapping else _KIND.get(state.last.status, "unsure")
    note = " flapping" if state.is_flapping else " waits" if state.needs_a_person else ""
    bad = f", {count(state.failures)} of {count(state.runs)} bad" if state.failures else ""
    age = duration(max((board.now - state.last.started_at).total_seconds(), 0))
    return (
        f'<div class="{kind}"><strong>{_text(state.room)}</strong>{note}<br>'
        f'<span class="quiet">{state.last.status.value}, {age} ago{bad}</span></div>'
    )


def _runs(recent: Sequence[Run], zone: tzinfo) -> str:
    heads = [("right", "Run"), ("", "Status"), ("", "Recipe"), ("", "Room"), ("", "Started"), ("right", "Took"), ("", "Error")]
    rows = [
        [
            ("right", str(run.id)),
            (_KIND.get(run.status, "unsure"), f"{run_mark(run.status, UNICODE)} {run.status.value}"),
            ("", _text(run.recipe)),
            ("", _text(run.room or "")),
            ("quiet", moment(run.started_at, zone)),
            ("right quiet", duration(run.duration_s)),
            ("quiet", _text(run.error or "")),
        ]
        for run in recent
    ]
    return _table("Recent runs", heads, rows)


def _foot(dash: Dashboard) -> str:
    hidden, partly = dash.current.hidden_simulated, dash.current.partly_simulated
    lines = []
    if len(dash.workflows) > MOST_WORKFLOWS:
        lines.append(f"{count(len(dash.workflows) - MOST_WORKFLOWS)} more workflows are left out, none of them more urgent than these")
    if partly:
        lines.append(f"{count(partly)} of these runs {'was' if partly == 1 else 'were'} partly simulated")
    if hidden:
        lines.append(f"{count(hidden)} simulated run{'' if hidden == 1 else 's'} left out")
    return f'<p class="quiet">{"; ".join(lines)}</p>' if lines else ""
