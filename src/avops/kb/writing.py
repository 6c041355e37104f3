"""An article's text: Markdown in which the words of strangers are only words, and the HTML that a knowledge base takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.kb.reading import tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.kb.digest import Digest, Reading, Statement

HTML_TAGS = frozenset(
    {"h2", "h3", "h4", "p", "ul", "ol", "li", "blockquote", "strong", "em", "code", "pre", "a", "br", "hr"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
_MARKED = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
_LEADING = re.compile(r"^(\s*)(?:([-+=])|(\d{1,9})([.)]))")
_DRAFT = "Found by a search, and not checked yet: compare it with its sources before you use it."


def plain(text: str) -> str:
    """The text as Markdown that means the text itself."""
    escaped = _MARKED.sub(r"\\\1", tidy(text))
    escaped = _LEADING.sub(lambda found: f"{found[1]}\\{found[2]}" if found[2] else f"{found[1]}{found[3]}\\{found[4]}", escaped, count=1)
    # A bare address would become a link in places that make links of what looks like one.
    return escaped.replace("://", "\\://")


def link(text: str, url: str) -> str:
    """A Markdown link; `url` was checked, so that only its brackets can be in the way."""
    return f"[{plain(text)}](<{url.replace('<', '%3C').replace('>', '%3E')}>)"


def article_body(title: str, digest: Digest, readings: Sequence[Reading], also: Sequence[tuple[str, str]] = ()) -> str:
    """The Markdown of an article: notes, sections, steps, and the list of sources that the numbers point to. `also` are near articles."""
    links = {reading.number: reading.link for reading in readings}
    lines = [f"# {plain(title)}", "", f"*{_DRAFT}*", ""]
    for note in digest.notes:
        lines += [f"*{plain(note)}*", ""]
    for section in digest.sections:
        lines += [f"## {plain(section.heading)}", ""]
        for statement in section.statements:
            lines += [*_statement(statement, links), ""]
    if digest.steps:
        lines += ["## Steps", ""]
        for number, step in enumerate(digest.steps, 1):
            text = f"“{plain(step.text)}”" if step.is_quote else plain(step.text)
            lines.append(f"{number}. {text} {_marks(step, links)}")
        lines.append("")
    lines += ["## Sources", ""]
    lines += [f"{reading.number}. {link(reading.title, reading.link)}" for reading in readings]
    if also:
        lines += ["", "## See also", "", *(f"- {link(name, path)}" for name, path in also)]
    return "\n".join([*lines, ""])


def _statement(statement: Statement, links: dict[int, str]) -> list[str]:
    marks = _marks(statement, links)
    return [f"> “{plain(statement.text)}” {marks}"] if statement.is_quote else [f"{plain(statement.text)} {marks}"]


def _marks(statement: Statement, links: dict[int, str]) -> str:
    return " ".join(f"[\\[{number}\\]](<{links[number]}>)" for number in statement.sources)


def article_html(body: str) -> str:
    """The article as an HTML fragment for ServiceNow: plain tags, no scripts, styles or images, links that say `noopener`."""
    import nh3
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    rendered = markdown.render(_without_title(body))
    clean = nh3.clean(
        rendered,
        tags=set(HTML_TAGS),
        attributes={"a": {"href"}},
        url_schemes={"https", "http", "mailto"},
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    )
    # A link into the project leads nowhere there, so that only its words are left.
    return re.sub(r'<a rel="[^"]*">(.*?)</a>', r"\1", clean, flags=re.DOTALL)


def _without_title(body: str) -> str:
    """The text without a first heading: the knowledge base shows the title above it."""
    stripped = body.lstrip("\n")
    first, _, rest = stripped.partition("\n")
    return rest if first.startswith("# ") else stripped
