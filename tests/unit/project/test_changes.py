"""Several files changed together: all of them, or none."""

from __future__ import annotations

import os
import resource
import signal
from typing import TYPE_CHECKING

import pytest

from avops.errors import StorageError, UsageError
from avops.project.changes import ChangedMeanwhileError, FileChange, apply_changes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\n", encoding="utf-8")
    return tmp_path


def held(root: Path) -> dict[str, str]:
    return {file.relative_to(root).as_posix(): file.read_text(encoding="utf-8") for file in sorted(root.rglob("*")) if file.is_file()}


def edit(name: str, after: str | None, moved_to: str | None = None) -> FileChange:
    return FileChange(path=f"{name}.yaml", before=f"name: {name}\n", after=after, moved_to=moved_to)


def test_all_changes_are_made(root: Path) -> None:
    os.chmod(root / "a.yaml", 0o640)
    new = FileChange(path="sub/new.yaml", before=None, after="name: new\r\n")
    apply_changes(root, [edit("a", "name: A\n", "z.yaml"), edit("b", None), edit("c", "name: c\n"), new])
    assert held(root) | {"sub/new.yaml": (root / "sub/new.yaml").read_bytes().decode()} == {
        "c.yaml": "name: c\n",
        "sub/new.yaml": "name: new\r\n",
        "z.yaml": "name: A\n",
    }
    assert (root / "z.yaml").stat().st_mode & 0o777 == 0o640


def test_a_failure_in_the_middle_leaves_every_file_as_it_was(root: Path) -> None:
    before = held(root)
    changes = [
        edit("a", "name: A\n", "x.yaml"),
        FileChange(path="n.yaml", before=None, after="n: 1\n"),
        edit("b", "name: B\n", "gone/b.yaml"),
    ]
    with pytest.raises(StorageError, match="no file was changed"):
        apply_changes(root, changes)
    assert held(root) == before


def test_a_full_disk_is_noticed_before_anything_has_changed(root: Path) -> None:
    before = held(root)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    earlier = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
        with pytest.raises(StorageError, match="no file was changed"):
            apply_changes(root, [edit("a", "name: A\n"), edit("b", "#" * 10_000)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, earlier)
    assert held(root) == before


def test_what_somebody_else_has_changed_is_not_overwritten(root: Path) -> None:
    (root / "b.yaml").write_text("name: other\n", encoding="utf-8")
    with pytest.raises(ChangedMeanwhileError, match=r"'b.yaml' was changed by somebody else"):
        apply_changes(root, [edit("a", "name: A\n"), edit("b", "name: B\n")])
    assert (root / "a.yaml").read_text(encoding="utf-8") == "name: a\n"


@pytest.mark.parametrize("change", [edit("a", "name: A\n", "c.yaml"), FileChange(path="c.yaml", before=None, after="x: 1\n")])
def test_no_file_is_overwritten_by_another(root: Path, change: FileChange) -> None:
    before = held(root)
    with pytest.raises(UsageError, match=r"the file 'c.yaml' is there already"):
        apply_changes(root, [edit("b", "name: B\n"), change])
    assert held(root) == before


def test_a_linked_file_stays_a_link(root: Path) -> None:
    (root / "link.yaml").symlink_to("a.yaml")
    apply_changes(root, [FileChange(path="link.yaml", before="name: a\n", after="name: A\n")])
    assert (root / "link.yaml").is_symlink()
    assert (root / "a.yaml").read_text(encoding="utf-8") == "name: A\n"


def test_a_change_shows_what_it_does() -> None:
    assert edit("a", "name: A\n", "A.yaml").diff() == [
        "rename from a.yaml",
        "rename to A.yaml",
        "--- a/a.yaml",
        "+++ b/A.yaml",
        "@@ -1 +1 @@",
        "-name: a",
        "+name: A",
    ]
    assert edit("a", None).diff()[1] == "+++ /dev/null"


@pytest.mark.parametrize("moved", [False, True])
def test_nothing_is_written_through_a_folder_that_leads_out_of_the_project(
    root: Path, tmp_path_factory: pytest.TempPathFactory, moved: bool
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (root / "linked").symlink_to(outside, target_is_directory=True)
    (root / "here.yaml").write_text("name: x\n")
    change = (
        FileChange(path="here.yaml", before="name: x\n", after="name: y\n", moved_to="linked/new.yaml")
        if moved
        else FileChange(path="linked/new.yaml", before=None, after="name: x\n")
    )
    with pytest.raises(UsageError, match=r"'linked/new\.yaml' lies outside the project, through a link"):
        apply_changes(root, [change])
    assert list(outside.iterdir()) == []
    assert (root / "here.yaml").read_text() == "name: x\n"
