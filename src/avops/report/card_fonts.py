"""A typeface for a PDF that has the characters of a text, found among those of this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Plain typefaces first, then ones that have most of the world's letters. Regular and bold, where there is a bold.
_NAMES = (
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("Arial Unicode.ttf", "Arial Unicode.ttf"),
    ("arial.ttf", "arialbd.ttf"),
    ("segoeui.ttf", "segoeuib.ttf"),
    ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    ("msyh.ttc", "msyhbd.ttc"),
    ("unifont.ttf", "unifont.ttf"),
)
_MOST_FILES = 20_000


def font_folders() -> list[Path]:
    """Where this machine keeps its typefaces."""
    home = Path(os.path.expanduser("~"))  # stays '~' for an account without a home folder
    named = [
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".local/share/fonts",
        home / ".fonts",
        Path("/System/Library/Fonts"),
        Path("/Library/Fonts"),
        home / "Library/Fonts",
        Path(os.environ.get("WINDIR", "C:\\Windows")) / "Fonts",
    ]
    return [folder for folder in named if folder.is_dir()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typeface:
    """A font file and its bold one; `lacks` are the characters of the text that it does not have."""

    regular: Path
    bold: Path
    lacks: frozenset[str]


def typeface_for(text: str, folders: Sequence[Path] | None = None) -> Typeface | None:
    """The typeface of this machine that has most characters of the text, the first of equals; None without any."""
    wanted = frozenset(character for character in text if character.isprintable() and character != " ")
    files = dict(_files(font_folders() if folders is None else folders))
    best: Typeface | None = None
    for regular, bold in _NAMES:
        if regular not in files:
            continue
        known = _characters(files[regular])
        lacks = frozenset(character for character in wanted if ord(character) not in known)
        if best is None or len(lacks) < len(best.lacks):
            best = Typeface(regular=files[regular], bold=files.get(bold, files[regular]), lacks=lacks)
        if not lacks:
            break
    return best


def _files(folders: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    seen = 0
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in names:
                seen += 1
                if seen > _MOST_FILES:
                    return
                yield name, Path(place) / name


def _characters(file: Path) -> set[int]:
    """What a font file has; nothing when it cannot be read."""
    from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped]  # it comes without types

    try:
        with TTFont(file, fontNumber=0, lazy=True) as font:
            return set(font.getBestCmap() or {})
    except (OSError, TTLibError, KeyError):
        return set()
