"""The `.env` file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avops.errors import DocumentError
from avops.project.env_file import read_env

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
\ufeff# secrets
PLAIN=value
SPACED = a b c   # the comment goes
HASH=a#b
export EXPORTED=yes
SINGLE='keep $THIS \\n # all'   # but not this
DOUBLE="line\\nquote \\" dollar \\$ back \\\\ other \\q"
EMPTY=
EMPTY_COMMENT= # nothing
EQUALS=a=b==
"""


def test_values(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(TEXT.replace("\n", "\r\n").encode())
    assert read_env(file) == {
        "PLAIN": "value",
        "SPACED": "a b c",
        "HASH": "a#b",
        "EXPORTED": "yes",
        "SINGLE": "keep $THIS \\n # all",
        "DOUBLE": 'line\nquote " dollar $ back \\ other \\q',
        "EMPTY": "",
        "EMPTY_COMMENT": "",
        "EQUALS": "a=b==",
    }


def test_no_file_is_no_values(tmp_path: Path) -> None:
    assert read_env(tmp_path / ".env") == {}


def test_mistakes_have_lines_and_never_a_value(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text('A=hunter2\nhunter2\nB=\'hunter2\nA=hunter2\n1C=hunter2\nD="hunter2" hunter2\n')
    with pytest.raises(DocumentError) as caught:
        read_env(file)
    assert [each.line for each in caught.value.diagnostics] == [2, 3, 4, 5, 6]
    assert "hunter2" not in repr(caught.value.diagnostics)


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"A=hunter2\xff\n")
    with pytest.raises(DocumentError) as caught:
        read_env(file)
    assert "hunter2" not in repr(caught.value.diagnostics)
