"""The pages of the runbook: found, named, and made ready to be read in a terminal.

The wheel carries `docs/` as `avops/docs`; a checkout has it at its top level.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from avops.errors import AvopsError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS_PAGE = "cli"
MOST_RELATED = 3
_TITLE = re.compile(r"^# +(.+?)\s*$", re.MULTILINE)
_SECTION = re.compile(r"^(#{2,4}) +avops (.+?)\s*$", re.MULTILINE)
_FENCE = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)\s*?$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]+`")
_PICTURE = re.compile(r"!\[([^\]]*)\]\([^)\s]*\)")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the runbook: its topic (`recipes`, `connectors/qrc`), its title, and its Markdown as it is written."""

    topic: str
    title: str
    text: str


def pages() -> dict[str, Page]:
    """All pages by topic, those of the top first, each in alphabetical order."""
    root = _root()
    files = [*sorted(root.glob("*.md")), *sorted(root.glob("*/*.md"))]
    found = {}
    for file in files:
        text = file.read_text(encoding="utf-8")
        title = _TITLE.search(text)
        topic = file.relative_to(root).with_suffix("").as_posix()
        found[topic] = Page(topic=topic, title=title[1].replace("`", "") if title else topic, text=text)
    return found


def _root() -> Path:
    package = Path(__file__).resolve().parents[1]
    for root in (package / "docs", package.parents[1] / "docs"):
        if (root / f"{COMMANDS_PAGE}.md").is_file():
            return root
    raise AvopsError("the pages of the runbook are missing from this installation", hint="install avops again")


def page_for(words: str) -> Page:
    """The page of a topic, or what the commands' page says of a command; NotFoundError with the near one.

    Upper and lower case do not count, the last part of a topic may stand alone (`qrc`), and `avops` before a command
    may be left out.
    """
    from avops.project.suggestions import did_you_mean

    known = pages()
    wanted = " ".join(words.lower().removesuffix(".md").split())
    topic = wanted.replace(" ", "-")
    if topic in known:
        return known[topic]
    wanted = wanted.removeprefix("avops ")
    commands = {name: start for name, start, _ in _sections(known[COMMANDS_PAGE].text)}
    if wanted in commands:
        return _command_page(wanted, known)
    by_end = [page for each, page in known.items() if each.rpartition("/")[2] == topic]
    if len(by_end) == 1:
        return by_end[0]
    near = did_you_mean(wanted, [*known, *(each.rpartition("/")[2] for each in known), *commands])
    listing = "avops help lists the topics"
    raise NotFoundError(f"no topic and no command is called '{words}'", hint=f"{near} {listing}" if near else listing)


def _sections(text: str) -> list[tuple[str, int, int]]:
    """The commands that the commands' page tells of, each with where its section starts and ends, sub-commands included."""
    marks = [(match[2].lower(), len(match[1]), match.start()) for match in _SECTION.finditer(text)]
    found = []
    for index, (name, level, start) in enumerate(marks):
        end = next((later for _, other, later in marks[index + 1 :] if other <= level), len(text))
        found.append((name, start, end))
    return found


def _command_page(name: str, known: dict[str, Page]) -> Page:
    text = known[COMMANDS_PAGE].text
    start, end = next((start, end) for each, start, end in _sections(text) if each == name)
    related = [f"- {page.title}: `avops help {page.topic}`" for page in _related(name, known)]
    more = ["", "## More about it", "", *related, ""] if related else []
    return Page(topic=name, title=f"avops {name}", text=text[start:end].rstrip() + "\n" + "\n".join(more))


def _related(name: str, known: dict[str, Page]) -> list[Page]:
    """The pages that speak most of a command, most first."""
    pattern = re.compile(rf"\bavops {re.escape(name)}\b")
    counted = [(len(pattern.findall(page.text)), page) for page in known.values() if page.topic != COMMANDS_PAGE]
    counted.sort(key=lambda each: -each[0])
    return [page for count, page in counted[:MOST_RELATED] if count]


def for_terminal(page: Page, known: dict[str, Page]) -> str:
    """The page's Markdown, with links to pages as the commands that show them, and pictures by what they show."""
    text = page.text
    parts, at = [], 0
    for start, end in _code(text):
        parts += [_plain(text[at:start], page, known), text[start:end]]
        at = end
    return "".join([*parts, _plain(text[at:], page, known)])


def _code(text: str) -> Iterator[tuple[int, int]]:
    """Where code stands, in fences and in lines: nothing in it is a link."""
    fences = [match.span() for match in _FENCE.finditer(text)]
    at = 0
    for start, end in [*fences, (len(text), len(text))]:
        yield from (
            (at + match.start(), at + match.end()) for match in _CODE.finditer(text[at:start]) if not _names_a_link(text, at, match)
        )
        if end > start:
            yield start, end
        at = end


def _names_a_link(text: str, at: int, match: re.Match[str]) -> bool:
    return text[at + match.end() : at + match.end() + 2] == "]("


def _plain(text: str, page: Page, known: dict[str, Page]) -> str:
    text = _PICTURE.sub(lambda found: f"(picture: {found[1]})" if found[1] else "", _COMMENT.sub("", text))
    return _LINK.sub(lambda found: _linked(found[1], found[2], page, known), text)


def _linked(words: str, target: str, page: Page, known: dict[str, Page]) -> str:
    if "://" in target:
        return words if words == target else f"{words} ({target})"
    path = target.partition("#")[0]
    topic = _resolved(page.topic, path)
    if topic not in known or topic == page.topic:
        return words
    return f"`avops help {topic}`" if words.strip("`").lower() in (topic, path) else f"{words} (`avops help {topic}`)"


def _resolved(topic: str, path: str) -> str:
    """The topic that a link in another topic leads to."""
    parts: list[str] = []
    for part in (*PurePosixPath(topic).parts[:-1], *PurePosixPath(path).parts):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("..", "."):
            parts.append(part)
    return "/".join(parts).removesuffix(".md")
