"""A zip archive read with suspicion, and written so that the same content gives the same bytes.

Only the list of entries is read with `zipfile`. The entries themselves are found, bounded and unpacked here: a size in
a header is a claim, and is held against what is really there (PKWARE APPNOTE 6.3.10, sections 4.3.7 and 4.3.12).
"""

from __future__ import annotations

import stat
import struct
import zlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from avops.bundle.entry_names import collision, name_problem
from avops.errors import FindingsError, Location, StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from zipfile import ZipInfo

MAX_ARCHIVE = 32 * 1024 * 1024
MAX_ENTRIES = 10_000
MAX_FILE = 4 * 1024 * 1024
MAX_TOTAL = 64 * 1024 * 1024
MAX_RATIO = 200
RATIO_ABOVE = 256 * 1024
"""Below this size a text of blanks or zeros may shrink as far as it likes."""

_LOCAL = b"PK\x03\x04"
_CENTRAL = b"PK\x01\x02"
_END = b"PK\x05\x06"
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UTF8 = 0x800
_STORED, _DEFLATED = 0, 8
_APPLE = "__MACOSX/"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = (stat.S_IFREG | 0o644) << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The files of an archive by name, unpacked; `ignored` are entries that are nobody's content."""

    shown: str
    files: Mapping[str, bytes]
    ignored: tuple[str, ...] = ()


def read_archive_file(path: Path) -> Archive:
    """The archive in a file. Raises UsageError when there is none, FindingsError when it is refused."""
    shown = path.name
    try:
        if not path.exists():
            raise UsageError(f"there is no file '{path}'")
        if not path.is_file():
            raise UsageError(f"'{path}' is no file")
        with path.open("rb") as stream:
            data = stream.read(MAX_ARCHIVE + 1)
    except OSError as error:
        raise StorageError(f"'{path}' cannot be read: {(error.strerror or str(error)).lower()}") from error
    return read_archive(data, shown)


def read_archive(data: bytes, shown: str) -> Archive:
    """The files in the bytes of a zip. Raises FindingsError that names the entry and what is wrong with it."""
    if len(data) > MAX_ARCHIVE:
        raise _refused(shown, f"the archive is larger than {MAX_ARCHIVE // 1024**2} MiB")
    if data.startswith(_END):
        raise _refused(shown, "the archive is empty")
    if not data.startswith(_LOCAL):
        raise _refused(shown, "this is no zip archive", hint="avops export makes one")
    if data.count(_CENTRAL) > MAX_ENTRIES:
        raise _refused(shown, f"the archive has more than {MAX_ENTRIES:,} entries")
    listed = _listed(data, shown)
    if len(listed) > MAX_ENTRIES:
        raise _refused(shown, f"the archive has more than {MAX_ENTRIES:,} entries")
    for info in listed:
        problem = _entry_problem(info)
        if problem is not None:
            raise _refused(shown, f"entry '{info.orig_filename}' is refused: {problem}")
    kept = [info for info in listed if not info.orig_filename.startswith(_APPLE)]
    _refuse_collisions(kept, shown)
    if sum(info.file_size for info in kept) > MAX_TOTAL:
        raise _refused(shown, f"the archive unpacks to more than {MAX_TOTAL // 1024**2} MiB")
    _refuse_overlaps(data, listed, shown)
    files = {info.orig_filename: _content(data, info, shown) for info in kept if not info.orig_filename.endswith("/")}
    if not files:
        raise _refused(shown, "the archive is empty")
    return Archive(shown=shown, files=files, ignored=tuple(info.orig_filename for info in listed if info not in kept))


def _refused(shown: str, message: str, hint: str | None = None) -> FindingsError:
    return FindingsError(message, hint=hint, where=Location(shown))


def _listed(data: bytes, shown: str) -> Sequence[ZipInfo]:
    from io import BytesIO
    from zipfile import BadZipFile, LargeZipFile, ZipFile

    try:
        with ZipFile(BytesIO(data)) as archive:
            return archive.infolist()
    except UnicodeDecodeError:
        raise _refused(shown, "the name of an entry is not UTF-8, though its flag says so") from None
    except (BadZipFile, LargeZipFile, NotImplementedError, ValueError, struct.error, EOFError, OSError, OverflowError, IndexError) as error:
        raise _refused(shown, "the archive is damaged or cut off", hint="copy it again from where it was made") from error


def _entry_problem(info: ZipInfo) -> str | None:
    name = info.orig_filename
    if not info.flag_bits & _UTF8 and not name.isascii():
        return "its name is in an unknown encoding, not UTF-8"
    problem = name_problem(name) if not name.startswith(_APPLE) else None
    if problem is not None:
        return problem
    form = stat.S_IFMT(info.external_attr >> 16)
    is_folder = name.endswith("/")
    if form == stat.S_IFLNK:
        return "it is a link"
    if form not in (0, stat.S_IFREG, stat.S_IFDIR) or (form == stat.S_IFDIR) > is_folder or (is_folder and info.file_size):
        return "it is neither a plain file nor a folder"
    if info.flag_bits & _ENCRYPTED:
        return "it is encrypted"
    if info.compress_type not in (_STORED, _DEFLATED):
        return f"it is packed with method {info.compress_type}; only stored and deflated are read"
    if info.file_size > MAX_FILE:
        return f"it unpacks to more than {MAX_FILE // 1024**2} MiB"
    if info.file_size > RATIO_ABOVE and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        return f"it grows to more than {MAX_RATIO} times its size"
    return None


def _refuse_collisions(listed: Sequence[ZipInfo], shown: str) -> None:
    files = [info.orig_filename for info in listed if not info.orig_filename.endswith("/")]
    found = collision(files)
    if found is not None:
        one, other = found
        if one == other:
            raise _refused(shown, f"the archive has two entries '{one}'")
        raise _refused(shown, f"the entries '{one}' and '{other}' cannot lie beside each other on every system")


def _refuse_overlaps(data: bytes, listed: Sequence[ZipInfo], shown: str) -> None:
    """Entries that share bytes make a small archive unpack to a large one."""
    spans = sorted((*_span(data, info, shown), info.orig_filename) for info in listed)
    for (_, end, _), (start, _, name) in pairwise(spans):
        if start < end:
            raise _refused(shown, f"entry '{name}' is refused: it shares bytes with another")


def _span(data: bytes, info: ZipInfo, shown: str) -> tuple[int, int]:
    """Where an entry's header begins and its packed bytes end."""
    start = info.header_offset
    if start < 0 or start + 30 > len(data) or data[start : start + 4] != _LOCAL:
        raise _refused(shown, f"entry '{info.orig_filename}' is refused: it is not where the list says")
    name_length, extra_length = struct.unpack_from("<HH", data, start + 26)
    own_name = data[start + 30 : start + 30 + name_length]
    if own_name != info.orig_filename.encode("utf-8", "replace"):
        raise _refused(shown, f"entry '{info.orig_filename}' is refused: its own header gives it another name")
    end = start + 30 + name_length + extra_length + info.compress_size
    if end > len(data):
        raise _refused(shown, f"entry '{info.orig_filename}' is cut off", hint="copy the archive again from where it was made")
    return start, end


def _content(data: bytes, info: ZipInfo, shown: str) -> bytes:
    _, end = _span(data, info, shown)
    packed = data[end - info.compress_size : end]
    content = packed
    if info.compress_type == _DEFLATED:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = unpacker.decompress(packed, info.file_size + 1)
        except zlib.error:
            raise _refused(shown, f"entry '{info.orig_filename}' is damaged: it cannot be unpacked") from None
        if len(content) <= info.file_size and (not unpacker.eof or unpacker.unused_data):
            raise _refused(shown, f"entry '{info.orig_filename}' is damaged: it ends too early or too late")
    if len(content) != info.file_size:
        raise _refused(shown, f"entry '{info.orig_filename}' is refused: its size is not what the archive says")
    if zlib.crc32(content) != info.CRC:
        raise _refused(shown, f"entry '{info.orig_filename}' is damaged: its checksum is wrong")
    return content


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """The bytes of a zip of these files: sorted, undated, and not compressed, so that every machine makes the same."""
    from io import BytesIO
    from zipfile import ZIP_STORED, ZipFile, ZipInfo

    out = BytesIO()
    with ZipFile(out, "w", ZIP_STORED) as archive:
        for name in sorted(files):
            info = ZipInfo(name, _EPOCH)
            info.create_system = 3
            info.external_attr = _PLAIN_FILE
            archive.writestr(info, files[name])
    return out.getvalue()
