"""A web page with an SOP and its recipe side by side, each step linked with the line it came from.

The page is one file: no script, style or picture is fetched, and the policy in its head forbids it. All text is data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from avops.report.diagnostics import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_STEP = re.compile(r"^  - ")
_SOURCE = re.compile(r"^    source: \"?.*:(\d+)\"?\s*$")
_TOP = re.compile(r"^(\w+):")
PHASES = ("intake", "plan", "act", "verify")
_NAMES = {"step": "step", "context": "context", "guardrail": "rule", "rollback": "way back", "input": "input", "left out": "left out"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SopLine:
    """What became of a line of the SOP."""

    number: int
    text: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeStep:
    """A step of the recipe's text: its lines from `first` to `last`, counted from 0, and the line of the SOP it cites."""

    phase: str
    first: int
    last: int
    source: int


def recipe_steps(text: str) -> list[RecipeStep]:
    """The steps of a recipe as the converter writes it."""
    rows = text.splitlines()
    phase = ""
    starts: list[tuple[str, int]] = []
    for index, row in enumerate(rows):
        top = _TOP.match(row)
        if top:
            phase = top[1] if top[1] in PHASES else ""
        if phase and _STEP.match(row):
            first = index
            while first and rows[first - 1].startswith("  #"):
                first -= 1
            starts.append((phase, first))
    found = []
    for number, (step_phase, first) in enumerate(starts):
        limit = starts[number + 1][1] if number + 1 < len(starts) else len(rows)
        last, source = first, 0
        for index in range(first, limit):
            match = _SOURCE.match(rows[index])
            if match:
                last, source = index, int(match[1])
        found.append(RecipeStep(phase=step_phase, first=first, last=last, source=source))
    return found


def render_page(
    *,
    title: str,
    file: str,
    sop: Sequence[str],
    lines: Iterable[SopLine],
    recipe: str,
    recipe_file: str,
    warnings: Sequence[str],
    mentioned: Sequence[str],
) -> str:
    """The whole page."""
    steps = recipe_steps(recipe)
    verdicts = {line.number: line for line in lines}
    by_line: dict[int, list[int]] = {}
    for number, step in enumerate(steps):
        by_line.setdefault(step.source, []).append(number)
    counts: dict[str, int] = {}
    for line in verdicts.values():
        counts[line.outcome] = counts.get(line.outcome, 0) + 1
    notes = [*warnings, *([f"named, and no tool of this project: {', '.join(mentioned)}"] if mentioned else [])]
    head = "".join(f"<li>{_text(note)}</li>" for note in notes)
    sums = "".join(
        f'<span class="chip {_class(name)}">{count} {_text(_NAMES.get(name, name))}</span>' for name, count in sorted(counts.items())
    )
    tally = " · ".join(f"{sum(step.phase == phase for step in steps)} {phase}" for phase in PHASES)
    return _PAGE.format(
        title=_text(title),
        style=_STYLE,
        script=_SCRIPT,
        notes=f"<ul class=notes>{head}</ul>" if head else "",
        sums=sums,
        tally=tally,
        file=_text(file),
        recipe_file=_text(recipe_file),
        left=_sop_rows(sop, verdicts, by_line, steps),
        right=_recipe_rows(recipe.splitlines(), steps),
    )


def _sop_rows(sop: Sequence[str], verdicts: Mapping[int, SopLine], by_line: Mapping[int, list[int]], steps: Sequence[RecipeStep]) -> str:
    out = []
    for number, row in enumerate(sop, start=1):
        verdict = verdicts.get(number)
        targets = by_line.get(number, [])
        links = "".join(f'<a class="chip {steps[i].phase}" href="#r{i}">{steps[i].phase}</a>' for i in targets)
        kind = _class(verdict.outcome) if verdict else "blank"
        if not links and verdict and verdict.outcome not in ("heading", "code", "step"):
            links = f'<span class="chip {kind}">{_text(_NAMES.get(verdict.outcome, verdict.outcome))}</span>'
        reason = f' title="{_text(verdict.reason)}"' if verdict else ""
        step = f' data-steps="{" ".join(map(str, targets))}"' if targets else ""
        code = f"<code{_hang(row)}>{_text(row) or ' '}</code>"
        out.append(f'<div class="row {kind}" id="s{number}"{step}{reason}><i>{number}</i>{code}<b>{links}</b></div>')
    return "".join(out)


def _recipe_rows(rows: Sequence[str], steps: Sequence[RecipeStep]) -> str:
    out = []
    owner = {index: number for number, step in enumerate(steps) for index in range(step.first, step.last + 1)}
    for index, row in enumerate(rows):
        number = owner.get(index)
        step = steps[number] if number is not None else None
        first = step is not None and index == step.first
        anchor = f' id="r{number}"' if first else ""
        linked = step is not None and step.source
        link = f'<a class=chip href="#s{step.source}">line {step.source}</a>' if step and linked and first else ""
        kind = f"row yaml in-{step.phase}" if step else "row yaml"
        data = f' data-step="{number}"' if step else ""
        out.append(f'<div class="{kind}"{anchor}{data}><i>{index + 1}</i><code{_hang(row)}>{_yaml(row) or " "}</code><b>{link}</b></div>')
    return "".join(out)


def _hang(row: str) -> str:
    """A style that lets the second line of a long row begin below its text, not at the margin."""
    depth = min(24, len(row) - len(row.lstrip()) + 2)
    return f' style="padding-left:{depth}ch;text-indent:-{depth}ch"' if len(row) > 40 else ""


def _yaml(row: str) -> str:
    """A line of YAML with its comment or key marked."""
    if row.lstrip().startswith("#"):
        return f"<q>{_text(row)}</q>"
    match = re.match(r"^(\s*(?:- )?)([A-Za-z_]\w*)(:)(?= |$)(.*)$", row)
    return f"{_text(match[1])}<u>{_text(match[2])}</u>:{_text(match[4])}" if match else _text(row)


def _text(text: str) -> str:
    return escape(visible(text.replace("\t", "    ")))


def _class(outcome: str) -> str:
    return re.sub(r"[^a-z]+", "-", outcome)


_STYLE = """
:root{--bg:#fff;--fg:#1c2430;--soft:#5d6878;--line:#e3e7ec;--pane:#f7f8fa;--hit:#fff3c4;--intake:#1f6fb2;--plan:#7a4fb5;--act:#b4511a;
--verify:#22804a;--quiet:#8a94a3;--bad:#a3262a}
@media(prefers-color-scheme:dark){:root{--bg:#14181e;--fg:#e4e8ee;--soft:#9aa5b4;--line:#2a313b;--pane:#1a1f27;--hit:#4a3f14;--intake:#6cb2ee;
--plan:#b797ee;--act:#f0935b;--verify:#63c98c;--quiet:#7b8696;--bad:#f08487}}
*{box-sizing:border-box}html,body{height:100%;margin:0}
body{display:flex;flex-direction:column;background:var(--bg);color:var(--fg);
font:14px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
header{padding:14px 20px 12px;border-bottom:1px solid var(--line)}
h1{font-size:19px;margin:0 0 6px;font-weight:650}
.sums{display:flex;flex-wrap:wrap;gap:6px;align-items:center;color:var(--soft)}
.notes{margin:8px 0 0;padding-left:18px;color:var(--bad)}
main{flex:1;min-height:0;display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr)}
section{min-height:0;display:flex;flex-direction:column}section+section{border-left:1px solid var(--line)}
h2{font-size:12px;font-weight:600;color:var(--soft);margin:0;padding:7px 16px;background:var(--pane);border-bottom:1px solid var(--line)}
.pane{flex:1;min-height:0;overflow:auto;padding:8px 0 60vh}
.row{display:flex;align-items:flex-start;gap:10px;padding:1px 12px 1px 0;border-left:3px solid transparent;scroll-margin:30vh}
.row i{flex:0 0 40px;text-align:right;color:var(--quiet);font:normal 11px/20px ui-monospace,"DejaVu Sans Mono",monospace;user-select:none}
.row code{flex:1;min-width:0;white-space:pre-wrap;overflow-wrap:anywhere;font:12.5px/20px ui-monospace,"DejaVu Sans Mono",Menlo,monospace}
.row b{flex:0 0 auto;font-weight:400;display:flex;gap:4px;padding-top:1px}
.context code,.left-out code,.blank code{color:var(--soft)}.left-out code{opacity:.8}
.heading code{font-weight:700}.row q{quotes:none;color:var(--quiet)}.row u{text-decoration:none;color:var(--soft)}
.chip{font-size:11px;line-height:17px;padding:0 7px;border-radius:9px;border:1px solid currentColor;
color:var(--quiet);text-decoration:none;white-space:nowrap}
.chip.plan{color:var(--plan)}.chip.act{color:var(--act)}.chip.verify{color:var(--verify)}.chip.intake{color:var(--intake)}
.chip.guardrail,.chip.rollback{color:var(--bad)}.chip.step{color:var(--fg)}
.in-intake{border-left-color:var(--intake)}.in-plan{border-left-color:var(--plan)}.in-act{border-left-color:var(--act)}.in-verify{border-left-color:var(--verify)}
a.chip:hover,a.chip:focus{background:var(--hit)}.row:target,.row.lit{background:var(--hit)}
.row[data-step],.row[data-steps]{cursor:pointer}
@media print{html,body{height:auto}main{display:block}.pane{overflow:visible;padding-bottom:0}section+section{border:0;break-before:page}}
"""

_SCRIPT = """
(function(){
function all(q){return Array.prototype.slice.call(document.querySelectorAll(q))}
function light(steps,from){
 all('.lit').forEach(function(e){e.classList.remove('lit')});
 var far=null;
 steps.forEach(function(n){
  all('[data-step="'+n+'"]').forEach(function(e){e.classList.add('lit');if(!far&&from==='sop')far=e});
  all('[data-steps~="'+n+'"]').forEach(function(e){e.classList.add('lit');if(!far&&from==='recipe')far=e});
 });
 if(far)far.scrollIntoView({block:'center',behavior:'smooth'});
}
document.addEventListener('click',function(event){
 var row=event.target.closest('.row');
 if(!row)return;
 var one=row.getAttribute('data-step'),many=row.getAttribute('data-steps');
 if(one===null&&many===null)return;
 event.preventDefault();
 light(one!==null?[one]:many.split(' '),one!==null?'recipe':'sop');
});
})();
"""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}: SOP and recipe</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>
<body><header><h1>{title}</h1><div class="sums"><span>lines:</span>{sums}<span>steps: {tally}</span></div>{notes}</header>
<main><section><h2>SOP · {file}</h2><div class="pane">{left}</div></section>
<section><h2>Recipe · {recipe_file}</h2><div class="pane">{right}</div></section></main>
<script>{script}</script></body></html>
"""
