"""A draft recipe of the steps that an article lists: each for a person, none for a tool, until somebody has reviewed it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from avops.kb.reading import tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.kb.digest import Statement

_OPENS = re.compile(r"\{(?=[{%#])")
_LOOKS = re.compile(r"^(?:check|confirm|verify|make sure|ensure|test|observe|see whether|see if)\b", re.IGNORECASE)
MAX_TEXT = 450


def draft_recipe(name: str, title: str, article: str, steps: Sequence[Statement], links: Sequence[str]) -> str:
    """The text of a recipe with `draft: true`. Steps that look at something at the end stand in Verify, all others in Act.

    `links` are the addresses of the sources; `article` is the article's path, which every step names as where it comes from.
    """
    last = len(steps)
    while last > 0 and _LOOKS.match(steps[last - 1].text):
        last -= 1
    act, verify = (steps[:last], steps[last:]) if last else (steps, ())
    lines = [
        "# yaml-language-server: $schema=../schemas/recipe.schema.json",
        "# Drafted from what a search found. A person reviews each step before `draft` goes.",
        f"# The article: {_comment(article)}",
        *(f"# Source: {_comment(each)}" for each in links),
        f"name: {_quoted(name)}",
        f"description: {_quoted(f'Steps of the article {article}: {_text(title)}.')}",
        "draft: true",
        "",
        "guardrails:",
        "  timeout_minutes: 60",
        "",
        "act:",
    ]
    for step in act:
        lines += [f"  - name: {_quoted(_short(step.text))}", f"    manual: {_quoted(_text(step.text))}"]
    lines += ["", "verify:"]
    for step in verify:
        lines += [f"  - name: {_quoted(_short(step.text))}", f"    confirm: {_quoted(_text(step.text))}"]
    lines += ["  - name: It is solved", f"    confirm: {_quoted(f'Is this solved: {_text(title)}?')}"]
    return "\n".join([*lines, ""])


def _text(text: str) -> str:
    """The words, in which nothing is a template."""
    return _OPENS.sub("{ ", tidy(text))[:MAX_TEXT]


def _short(text: str) -> str:
    words = _text(text)
    first = re.split(r"(?<=[.;:])\s", words)[0].rstrip(".;: ")
    return first if len(first) <= 80 else first[:79].rsplit(" ", 1)[0] + "…"


def _comment(text: str) -> str:
    return tidy(text)[:300]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
