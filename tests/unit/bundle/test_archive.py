"""Archives that mean harm, and archives that are merely broken: each is refused with a clear error."""

from __future__ import annotations

import io
import random
import stat
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.bundle.exports import streamlit_files, zipped

from avops.bundle import archive as module
from avops.bundle.archive import MAX_ENTRIES, read_archive, read_archive_file, write_archive
from avops.bundle.entry_names import collision, name_problem
from avops.bundle.json_text import read_json
from avops.errors import DocumentError, FindingsError, UsageError

FILES = {"agents/a.yaml": b"name: A\n", "recipes/b.yaml": b"name: B\n" * 50}


def refused(data: bytes) -> str:
    with pytest.raises(FindingsError) as caught:
        read_archive(data, "bad.zip")
    assert caught.value.exit_code == 1
    message = str(caught.value)
    assert message.startswith("bad.zip: ")
    return message


def made(info: zipfile.ZipInfo | str, content: bytes = b"x") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("agents/a.yaml", b"name: A\n")
        archive.writestr(info, content)
    return out.getvalue()


def patched(data: bytes, name: str, offset: int, layout: str, value: int, *, local: int | None = None) -> bytes:
    """The archive with a number in the list's record of an entry (and in its own header at `local`) overwritten."""
    out = bytearray(data)
    raw = name.encode()
    at = next(i for i in range(len(out)) if out[i : i + 4] == b"PK\x01\x02" and out[i + 46 : i + 46 + len(raw)] == raw)
    struct.pack_into(layout, out, at + offset, value)
    if local is not None:
        own = next(i for i in range(len(out)) if out[i : i + 4] == b"PK\x03\x04" and out[i + 30 : i + 30 + len(raw)] == raw)
        struct.pack_into(layout, out, own + local, value)
    return bytes(out)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../evil.yaml", "leads out of the folder"),
        ("agents/../../evil.yaml", "leads out of the folder"),
        ("/etc/cron.d/evil", "absolute path"),
        ("agents\\evil.yaml", "backslash"),
        ("C:evil.yaml", "':'"),
        ("agents/a.yaml:stream", "':'"),
        ("agents//b.yaml", "empty part"),
        ("agents/./b.yaml", "empty part"),
        ("agents/.hidden.yaml", "hidden"),
        (".env", "hidden"),
        (".git/hooks/post-checkout", "hidden"),
        ("agents/CON.yaml", "device"),
        ("agents/lpt1", "device"),
        ("agents/b.yaml.", "ends with a dot"),
        ("agents/b.yaml ", "blank"),
        ("agents/\u202eb.yaml", "not printable"),
        ("agents/b\x1b[2J.yaml", "not printable"),
        ("a/" * 9 + "b.yaml", "folders deep"),
        ("agents/" + "b" * 300 + ".yaml", "longer than"),
        ("agents/" + "é" * 110 + ".yaml", "too long"),
    ],
)
def test_a_name_that_could_lead_astray_is_refused(name, why):
    assert why in refused(made(name))


def test_a_name_with_a_nul_is_refused():
    data = made("agents/b.yaml").replace(b"agents/b.yaml", b"agents/\x00.yaml")
    assert "not printable" in refused(data)


def test_a_name_in_an_unknown_encoding_is_refused():
    data = made("agents/xx.yaml").replace(b"agents/xx.yaml", b"agents/\xe4\xf6.yaml")
    assert "not UTF-8" in refused(data)


def test_a_name_that_claims_to_be_utf_8_and_is_not_is_refused():
    data = made("agents/ä.yaml").replace("ä".encode(), b"\xff\xfe")
    assert "UTF-8" in refused(data)


@pytest.mark.parametrize("form", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFDIR])
def test_links_and_devices_are_refused(form):
    info = zipfile.ZipInfo("agents/b.yaml")
    info.create_system = 3
    info.external_attr = (form | 0o777) << 16
    assert ("a link" if form == stat.S_IFLNK else "neither a plain file") in refused(made(info, b"/etc/passwd"))


@pytest.mark.parametrize(
    "names", [("agents/a.yaml", "agents/A.yaml"), ("agents/ä.yaml", "agents/a\u0308.yaml"), ("agents/ß.yaml", "agents/SS.yaml")]
)
def test_names_that_are_one_file_somewhere_are_refused(names):
    assert "cannot lie beside each other" in refused(zipped(dict.fromkeys(names, b"x")))


def test_a_file_that_is_another_ones_folder_is_refused():
    assert "cannot lie beside each other" in refused(zipped({"agents/a.yaml": b"x", "agents/a.yaml/b.yaml": b"y"}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_of_one_name_are_refused():
    assert "two entries 'agents/a.yaml'" in refused(made("agents/a.yaml", b"name: Other\n"))


def test_a_bomb_is_refused_before_it_is_unpacked():
    assert "200 times" in refused(zipped({"agents/a.yaml": b"\0" * (2 * 1024 * 1024)}))
    assert "unpacks to more than 4 MiB" in refused(zipped({"agents/a.yaml": b"\0" * (5 * 1024 * 1024)}))


def test_many_files_that_are_large_together_are_refused():
    block = random.Random(1).randbytes(20_000) * 150  # shrinks a little, and not 200 times
    assert "64 MiB" in refused(zipped({f"agents/{n}.yaml": block for n in range(24)}))


def test_an_archive_that_is_too_large_is_refused(tmp_path):
    assert "larger than 32 MiB" in refused(b"PK\x03\x04" + b"\0" * module.MAX_ARCHIVE)


def test_too_many_entries_are_refused_before_they_are_listed():
    assert "more than 10,000 entries" in refused(b"PK\x03\x04" + b"PK\x01\x02" * (MAX_ENTRIES + 1))


@pytest.mark.parametrize("claimed", [3, 100, 399, 401, 100_000])
def test_a_size_that_lies_is_refused(claimed):
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        data = patched(zipped(FILES, method), "recipes/b.yaml", 24, "<I", claimed, local=22)
        assert "recipes/b.yaml" in refused(data)


def test_a_size_and_checksum_that_lie_together_are_refused():
    data = patched(zipped(FILES), "recipes/b.yaml", 24, "<I", 8, local=22)
    data = patched(data, "recipes/b.yaml", 16, "<I", zlib.crc32(b"name: B\n"), local=14)
    assert "size is not what the archive says" in refused(data)


def test_a_wrong_checksum_is_refused():
    assert "checksum is wrong" in refused(patched(zipped(FILES), "recipes/b.yaml", 16, "<I", 7, local=14))


def test_an_encrypted_entry_is_refused():
    assert "encrypted" in refused(patched(zipped(FILES), "recipes/b.yaml", 8, "<H", 1, local=6))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused(method):
    assert "only stored and deflated" in refused(zipped(FILES, method))


def test_an_entry_with_two_names_is_refused():
    data = zipped(FILES)
    at = data.index(b"recipes/b.yaml")
    assert "another name" in refused(data[:at] + b"recipes/c.yaml" + data[at + 14 :])


def test_entries_that_share_bytes_are_refused():
    data = bytearray(zipped({"agents/a.yaml": b"x" * 100, "agents/b.yaml": b"x" * 100}, zipfile.ZIP_STORED))
    name = data.rindex(b"agents/b.yaml")
    first = data.index(b"agents/a.yaml")
    # The second record of the list points to the first entry, which has its name changed to match.
    struct.pack_into("<I", data, name - 4, 0)
    data[first : first + 13] = b"agents/b.yaml"
    data[data.rindex(b"agents/a.yaml") :][:13] = b"agents/b.yaml"
    message = refused(bytes(data))
    assert "shares bytes" in message or "another name" in message


@pytest.mark.parametrize("cut", [1, 10, 60, 130])
def test_a_truncated_archive_is_refused(cut):
    assert "damaged or cut off" in refused(zipped(FILES)[:-cut])


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"hello", b"%PDF-1.7", b"\x1f\x8b\x08\0", b"MZ" + zipped(FILES)])
def test_what_is_no_zip_is_refused(data):
    refused(data)


def test_an_empty_archive_is_refused():
    assert "empty" in refused(zipped({}))
    assert "empty" in refused(zipped({"agents/": b""}))


def test_what_macos_adds_is_left_alone():
    found = read_archive(zipped({**FILES, "__MACOSX/agents/._a.yaml": b"x"}), "good.zip")
    assert set(found.files) == set(FILES)
    assert found.ignored == ("__MACOSX/agents/._a.yaml",)


def test_a_zip_inside_is_content_and_nothing_else():
    inner = zipped({"../evil.yaml": b"x"})
    assert read_archive(zipped({"kb/a.txt": inner}), "good.zip").files == {"kb/a.txt": inner}


def test_a_file_that_is_not_there_or_is_none(tmp_path):
    with pytest.raises(UsageError, match="there is no file"):
        read_archive_file(tmp_path / "none.zip")
    with pytest.raises(UsageError, match="is no file"):
        read_archive_file(tmp_path)


names = st.lists(st.from_regex(r"[a-z][a-z0-9_é -]{0,8}[a-z]", fullmatch=True), min_size=1, max_size=4).map("/".join)


@given(st.dictionaries(names, st.binary(max_size=300), min_size=1, max_size=8))
def test_what_is_written_is_read_and_does_not_depend_on_order(files):
    if collision(files) is not None or any(name_problem(name) for name in files):
        with pytest.raises(FindingsError):
            read_archive(write_archive(files), "a.zip")
        return
    data = write_archive(files)
    assert read_archive(data, "a.zip").files == files
    assert write_archive(dict(reversed(files.items()))) == data


def test_the_bytes_are_the_same_on_every_machine():
    data = write_archive({"a.txt": b"hello"})
    listed = zipfile.ZipFile(io.BytesIO(data)).infolist()
    assert [(i.date_time, i.external_attr >> 16, i.create_system, i.compress_type, i.extra) for i in listed] == [
        ((1980, 1, 1, 0, 0, 0), stat.S_IFREG | 0o644, 3, zipfile.ZIP_STORED, b"")
    ]


WHOLE = zipped(streamlit_files())


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=6), st.integers(0, 200))
def test_a_mangled_archive_is_read_whole_or_refused(changes, cut):
    data = bytearray(WHOLE)
    for at, value in changes:
        data[at] = value
    try:
        found = read_archive(bytes(data[: len(data) - cut]), "a.zip")
    except FindingsError:
        return
    assert all(name_problem(name) is None for name in found.files)
    assert sum(map(len, found.files.values())) <= module.MAX_TOTAL


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', "[" * 50 + "]" * 50, "[" * 100_000, "NaN", "1" * 5000])
def test_json_that_is_odd_is_refused(text):
    with pytest.raises(FindingsError, match="no JSON"):
        read_json(text.encode(), "agents.json")


def test_a_mistake_in_json_has_its_place():
    with pytest.raises(DocumentError) as caught:
        read_json(b'[\n {"name": }\n]', "agents.json")
    (found,) = caught.value.diagnostics
    assert (found.path, found.line, found.column) == ("agents.json", 2, 11)
    with pytest.raises(DocumentError, match="not UTF-8"):
        read_json(b'["\xff"]', "agents.json")
