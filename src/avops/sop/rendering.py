"""A sentence of the SOP as the words of an instruction."""

from __future__ import annotations

import re

from avops.sop.lazily import lazily

_LINK = lazily(r"(?<!!)\[([^\[\]]{1,400})\]\(<?([^()\s<>]*(?:\([^()\s]*\)[^()\s]*)*)>?(?:\s+[\"'][^\"']*[\"'])?\)(?:\{[^{}]*\})?")
_PAIRS = (lazily(r"\*\*(?=\S)([^*\n]{1,600}?)(?<=\S)\*\*"), lazily(r"(?<![\w*])\*(?=[^\s*])([^*\n]{1,600}?)(?<=[^\s*])\*(?![\w*])"))
_UNDERSCORES = (
    lazily(r"(?<!\w)__(?=\S)([^_\n]{1,600}?)(?<=\S)__(?!\w)"),
    lazily(r"(?<!\w)_(?=[^\s_])([^_\n]{1,600}?)(?<=[^\s_])_(?!\w)"),
)
_CODE = lazily(r"(?<!`)(`+)(?!`)(.{1,2000}?)(?<!`)\1(?!`)")
_FOOTNOTE = lazily(r"\[\^[^\]]{1,40}\]")


def words_of(text: str) -> str:
    """`text` without bold, italics and footnote marks; links to the web keep their address behind the words."""
    pieces: list[str] = []
    last = 0
    for match in _CODE.finditer(text):
        pieces += [_prose(text[last : match.start()]), match[0]]
        last = match.end()
    pieces.append(_prose(text[last:]))
    return " ".join(_lone_marks("".join(pieces)).split())


def _prose(text: str) -> str:
    text = _FOOTNOTE.sub("", text)
    text = _LINK.sub(_link, text)
    for pattern in (*_PAIRS, *_UNDERSCORES):
        text = pattern.sub(r"\1", text)
    return re.sub(r"\\([\\`*_{}\[\]()#+.!<>-])", r"\1", text)


def _lone_marks(text: str) -> str:
    """Bold that opened around a code span leaves its marks behind; take them out."""
    text = re.sub(r"\*\*(`[^`]*`)\*\*", r"\1", text)
    return re.sub(r"(?<!\*)\*\*(?!\*)", "", text)


def _link(match: re.Match[str]) -> str:
    words, target = match[1], match[2]
    if not target.startswith(("http://", "https://", "mailto:")) or target in words:
        return words
    return f"{words} ({target})"


def short_name(text: str) -> str:
    """The first clause of `text`, at most about 80 characters."""
    text = re.sub(r"\s*\(https?://[^)\s]*\)", "", text).replace("`", "")
    if len(text) <= 90:
        return text.rstrip(" .:;,")
    cut = re.split(r"(?<=\w{3})[.;:](?=\s)|,\s+(?=and|then|or|so|but)", text, maxsplit=1)[0]
    if len(cut) > 90 or len(cut) < 12:
        cut = text[:80].rsplit(" ", 1)[0] + " …"
    return cut.rstrip(" .:;,")


def commands(code: str) -> str:
    """The commands of a code block: with a prompt in it, only the lines that were typed."""
    lines = code.split("\n")
    prompt = re.compile(r"^\s*(?:[\w.@:~/-]*[$#❱>%❯»]|PS [^>]{0,80}>|\w+@[\w.-]+[:~][^$#]{0,60}[$#])\s+(?=\S)")
    if prompt.match(lines[0]) and not lines[0].lstrip().startswith("# "):
        typed = [prompt.sub("", line) for line in lines if prompt.match(line)]
        return "\n".join(typed)
    return "\n".join(line.rstrip() for line in lines)


def is_long(code: str) -> bool:
    """Whether a command is better looked up in the SOP than copied into a step."""
    return code.count("\n") > 5 or len(code) > 360
