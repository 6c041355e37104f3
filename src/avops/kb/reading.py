"""Reads one web page in a process of its own: `python -m avops.kb.reading CHARSET`, the page on standard input, JSON on standard output.

A parser of HTML that follows the standard takes time that grows with the square of how deep a page is nested: 2 MB of
`<div>` keep it busy for many minutes, and nothing in its own process can stop it. So it gets a process with a limit
of processor time and memory, no secrets in its environment, and nothing to do but this.
"""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser

CPU_S = 5
MEMORY = 1024 * 1024 * 1024
MAX_BLOCKS = 4000
MAX_BLOCK = 4000
MAX_TITLE = 300

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BLOCKS = HEADINGS | {"p", "li", "ol", "ul", "pre", "blockquote", "table", "tr", "td", "th", "dl", "dt", "dd", "br", "title"}
WITHOUT = frozenset(
    {"script", "style", "nav", "footer", "aside", "form", "noscript", "template", "iframe", "svg", "math", "button", "select"}
)
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


def read_html(data: bytes, charset: str) -> dict[str, object]:
    """`title`, `blocks` (pairs of kind and text) and `html` (the page with nothing in it but text in plain blocks)."""
    import nh3

    text = decode(data, charset)
    # Block elements that are taken away would glue their texts together, so a break goes before each.
    text = re.sub(r"(?i)<(?=/?(?:div|section|article|main|header|figure|hr)\b)", "<br><", text)
    clean = nh3.clean(text, tags=set(BLOCKS), clean_content_tags=set(WITHOUT), attributes={}, link_rel=None)
    collector = _Collector()
    collector.feed(clean)
    collector.close()
    collector.end_block()
    return {
        "title": collector.title[:MAX_TITLE],
        "blocks": collector.blocks,
        "html": re.sub(r"<title>.*?</title>", "", clean, flags=re.DOTALL),
    }


def decode(data: bytes, charset: str) -> str:
    """The characters of a page: by its byte order mark, the charset that was announced, its `meta`, else UTF-8; never fails."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(name, "replace")
    found = _CHARSET.search(data[:2048])
    for name in (charset, found[1].decode("ascii") if found else "", "utf-8"):
        try:
            text = data.decode(name, "replace") if name else None
        except (LookupError, UnicodeError):  # a codec that is none for text raises LookupError too
            continue
        if isinstance(text, str):
            return text
    return data.decode("utf-8", "replace")


class _Collector(HTMLParser):
    """The texts of a page that was sanitised before."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.blocks: list[tuple[str, str]] = []
        self._text: list[str] = []
        self._kind = "text"
        self._lists: list[str] = []
        self._is_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.end_block()
        if tag == "title":
            self._is_title = True
        elif tag in ("ol", "ul"):
            self._lists.append(tag)
        elif tag in HEADINGS:
            self._kind = "heading"
        elif tag == "li":
            self._kind = "step" if self._lists and self._lists[-1] == "ol" else "item"
        elif tag == "pre":
            self._kind = "code"

    def handle_endtag(self, tag: str) -> None:
        self.end_block()
        if tag == "title":
            self._is_title = False
        elif tag in ("ol", "ul") and self._lists:
            self._lists.pop()
            if tag == "ol":
                self.blocks.append(("end", ""))
        if tag in HEADINGS or tag in ("li", "pre"):
            self._kind = "text"

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def end_block(self) -> None:
        """Keeps the text since the last tag."""
        text = tidy("".join(self._text))
        self._text.clear()
        if not text:
            return
        if self._is_title:
            self.title = self.title or text
        elif len(self.blocks) < MAX_BLOCKS:
            self.blocks.append((self._kind, text[:MAX_BLOCK]))


def tidy(text: str) -> str:
    """The text in one line, without what cannot be seen: control characters, changes of direction, characters of no width."""
    spaced = _SPACE.sub(" ", text)
    return _SPACE.sub(" ", "".join(letter if letter.isprintable() else "" for letter in spaced)).strip()


def main() -> None:
    """Reads the page under the limits; the process ends with a signal where it takes too much."""
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    page = read_html(sys.stdin.buffer.read(), sys.argv[1] if len(sys.argv) > 1 else "")
    sys.stdout.buffer.write(json.dumps(page).encode())


if __name__ == "__main__":
    main()
