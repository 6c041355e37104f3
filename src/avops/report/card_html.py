"""A card as one HTML page that needs nothing else, made to be printed on A4 or Letter."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from avops.report.card_text import FIELDS
from avops.report.diagnostics import visible

if TYPE_CHECKING:
    from avops.report.card import Card, CardItem

STYLE = """
@page { size: A4; margin: 11mm 12mm; }
* { box-sizing: border-box; }
body { font: SIZE/1.28 "Helvetica Neue", Arial, "Liberation Sans", "DejaVu Sans", sans-serif; color: #000; background: #fff;
  max-width: 186mm; margin: 0 auto; padding: 4mm 0; }
h1 { font-size: 1.7em; margin: 0; } h1 small { font-size: .6em; font-weight: normal; color: #444; }
h2 { font-size: 1.12em; margin: .7em 0 .15em; border-bottom: 1.5px solid #000; break-after: avoid; }
header { display: flex; justify-content: space-between; gap: 1em; align-items: baseline; }
.id { font: .92em ui-monospace, "DejaVu Sans Mono", monospace; white-space: nowrap; } p { margin: .25em 0; }
.draft { border: 1.5px solid #000; padding: 0 .4em; }
.facts { display: flex; flex-wrap: wrap; gap: .15em 1.4em; }
.fill { display: flex; gap: 1.2em; margin: .5em 0; } .fill span { flex: 1; border-bottom: 1px solid #000; padding-bottom: .15em; }
.limits, .failure { border: 1px solid #000; border-radius: 3px; padding: .25em .6em; margin: .4em 0; break-inside: avoid; }
.limits ul { margin: 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 0 1.6em; }
.limits li::before { content: "\\2022\\00a0"; }
ol { list-style: none; margin: 0; padding: 0; }
li.step { display: grid; grid-template-columns: 1.5em 2.5em 1fr; padding: .14em 0; border-bottom: .5px solid #bbb; break-inside: avoid; }
.box { width: 1.05em; height: 1.05em; border: 1.5px solid #000; border-radius: 2px; margin-top: .08em; }
.mark { font-weight: bold; } .title { font-weight: 600; } .details { color: #222; font-size: .92em; }
.failure h2 { border: 0; margin: 0; } .failure ul { margin: .1em 0 .1em 1.2em; padding: 0; }
footer { margin-top: .5em; font-size: .85em; color: #444; }
@media print { body { padding: 0; max-width: none; } }
"""
_SIZES = (10.5, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0)
_PAGE_MM = 268.0
_ACROSS_MM = 174.0
_MM_PER_POINT = 25.4 / 72


def card_html(card: Card) -> str:
    """The page; its letters are as large as a single sheet allows, and no smaller than people can read."""
    title = escape(visible(card.title))
    parts = [
        f"<header><h1>{title} <small>version {card.version}</small>{' <small class=draft>DRAFT</small>' if card.is_draft else ''}</h1>",
        f'<span class="id">{escape(str(card.id))}</span></header>',
    ]
    facts = [("Room", card.room or "")] + [(name, value) for name, value in card.inputs]
    told = "".join(f"<span>{escape(visible(name))}: <b>{escape(visible(value))}</b></span>" for name, value in facts if value)
    parts.append(f'<p class="facts">{told}</p>' if told else "")
    parts.append(f'<div class="fill">{"".join(f"<span>{field}:</span>" for field in FIELDS)}</div>')
    parts.append(f"<p>{escape(visible(card.description))}</p>" if card.description else "")
    if card.limits:
        limits = "".join(f"<li>{escape(visible(limit))}</li>" for limit in card.limits)
        parts.append(f'<div class="limits"><ul>{limits}</ul></div>')
    for heading, items in card.phases:
        parts.append(f"<h2>{escape(heading)}</h2><ol>{''.join(map(_item, items))}</ol>")
    first, *rest = card.failure
    back = "".join(f"<li>{escape(visible(line))}</li>" for line in rest)
    parts.append(f'<div class="failure"><h2>If a step fails</h2>{escape(visible(first))}{f"<ul>{back}</ul>" if back else ""}</div>')
    parts.append(
        f"<footer>Tick what was done and seen; mark what failed with !, what was left out with -. Card {escape(str(card.id))}</footer>"
    )
    head = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">{head}<title>{title}: card {escape(str(card.id))}</title>'
        f"<style>{STYLE.replace('SIZE', _size(card))}</style></head>\n<body>\n" + "\n".join(filter(None, parts)) + "\n</body></html>\n"
    )


def _item(item: CardItem) -> str:
    details = escape(" ".join(visible(detail) for detail in item.details))
    below = f'<div class="details">{details}</div>' if details else ""
    return (
        f'<li class="step"><span class="box"></span><span class="mark">{item.mark}</span>'
        f'<div><span class="title">{escape(visible(item.title))}</span>{below}</div></li>'
    )


def _size(card: Card) -> str:
    """The size of the letters: the largest with which the card should fit one page, or a readable one for more pages."""
    return next((f"{size}pt" for size in _SIZES if _height(card, size) <= _PAGE_MM), "9pt")


def _height(card: Card, size: float) -> float:
    """About how many millimetres the card takes with letters of a size; rather more than less."""
    em = size * _MM_PER_POINT
    line, across = 1.28 * em, _ACROSS_MM / (0.42 * em)
    lines = 4.5 + len(card.description) // across + (1 if card.room or card.inputs else 0)
    lines += 1.0 + sum(len(limit) + 6 for limit in card.limits) // across + 1
    lines += sum(1 + len(each) // across for each in card.failure) + 3.0
    for _, items in card.phases:
        lines += 2.1
        for item in items:
            details = sum(len(detail) + 1 for detail in item.details)
            lines += 1.3 + len(item.title) // across + 0.93 * -(-details // (across / 0.93))
    return lines * line
