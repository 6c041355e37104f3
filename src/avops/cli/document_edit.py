"""`edit`: a copy in the person's editor, judged when it is saved; the file itself is replaced only by what is sound."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from avops.errors import AvopsError, DocumentError, FindingsError

if TYPE_CHECKING:
    from avops.project.folder import Entry
    from avops.project.references import Noun
    from avops.wiring import Workspace

AGAIN, DISCARD, KEEP = "edit", "discard", "keep"


def edit_document(noun: Noun, name: str) -> int:
    """Replaces a document's file by what a person made of a copy, once that is sound."""
    import tempfile

    from avops import wiring
    from avops.wiring.document_references import documents_of

    workspace = wiring.open_workspace()
    entry = documents_of(workspace, noun).entry(name)
    before = entry.file.read_bytes()
    folder = Path(tempfile.mkdtemp(prefix="avops-edit-"))
    copy = folder / entry.file.name
    copy.write_bytes(before)
    while True:
        open_editor(copy)
        after = _read(copy)
        if after == before:
            print("Nothing was changed.")
            break
        problem = _problem(workspace, noun, before, after, entry)
        if problem is None:
            _save(workspace, noun, entry, (before, after), copy)
            break
        choice = _choice()
        if choice == DISCARD:
            print(f"'{entry.relative}' is as it was.")
            break
        if choice == KEEP:
            raise FindingsError(f"'{entry.relative}' is as it was", hint=f"what you wrote is kept in {copy}")
    copy.unlink(missing_ok=True)
    folder.rmdir()
    return 0


def open_editor(copy: Path) -> None:
    """Opens a file in $VISUAL or $EDITOR and waits for its end; AvopsError when that fails. No shell is involved."""
    import os
    import shlex
    import shutil
    import subprocess

    said = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        words = shlex.split(said)
    except ValueError:
        words = []
    program = shutil.which(words[0]) if words else None
    if program is None:
        copy.unlink(missing_ok=True)
        copy.parent.rmdir()
        raise AvopsError(f"the editor '{said}' is not there", hint="set EDITOR to the command of yours")
    with subprocess.Popen([program, *words[1:], str(copy)]) as editor:  # noqa: S603 - the person's own editor
        code = _wait(editor)
    if code:
        raise AvopsError(f"the editor '{words[0]}' ended with {code}; nothing was saved", hint=f"the copy is {copy}")


def _wait(editor: object) -> int:
    """The editor's exit code. Ctrl-C is the editor's meanwhile: some use it as a key."""
    import signal
    import subprocess
    import threading

    assert isinstance(editor, subprocess.Popen)
    if threading.current_thread() is not threading.main_thread():
        return int(editor.wait())
    earlier = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return int(editor.wait())
    finally:
        signal.signal(signal.SIGINT, earlier)


def _read(copy: Path) -> bytes:
    try:
        return copy.read_bytes()
    except OSError as error:
        raise AvopsError(f"the copy '{copy}' is gone; nothing was saved") from error


def _problem(workspace: Workspace, noun: Noun, before: bytes, after: bytes, entry: Entry) -> AvopsError | None:
    """What keeps the text from being saved; it has been told on standard error then."""
    from avops.cli.main import tell
    from avops.wiring.document_judging import judge_text

    try:
        warnings = judge_text(workspace, noun, entry.relative, before, after)
    except DocumentError as found:
        tell(found)
        return FindingsError(f"it has {len(found.diagnostics)} mistake{'' if len(found.diagnostics) == 1 else 's'}")
    except AvopsError as found:
        tell(found)
        return found
    if warnings:
        told = f"{warnings} warning{'' if warnings == 1 else 's'}"
        print(f"note: {told}: avops lint {entry.relative} shows {'it' if warnings == 1 else 'them'}", file=sys.stderr)
    return None


def _choice() -> str:
    """What a person wants done with a text that is not right; without a terminal, it is kept."""
    import typer

    if not sys.stdin.isatty():
        return KEEP
    while True:
        try:
            word = typer.prompt(f"{AGAIN} again, {DISCARD} what you wrote, or {KEEP} it in the copy?", default=AGAIN, err=True)
        except typer.Abort:
            return KEEP
        for known in (AGAIN, DISCARD, KEEP):
            if word.strip() and known.startswith(word.strip().lower()):
                return known


def _save(workspace: Workspace, noun: Noun, entry: Entry, texts: tuple[bytes, bytes], copy: Path) -> None:
    from avops.project.changes import ChangedMeanwhileError, FileChange, apply_changes
    from avops.wiring.document_references import documents_of, mentions_of

    before, after = (text.decode("utf-8", "surrogateescape") for text in texts)
    old = documents_of(workspace, noun).name_of(entry)
    found = mentions_of(workspace, noun, entry).mentions
    try:
        apply_changes(workspace.root, [FileChange(path=entry.relative, before=before, after=after)])
    except ChangedMeanwhileError as error:
        raise ChangedMeanwhileError(error.message, hint=f"yours is kept in {copy}") from None
    print(f"Saved {entry.relative}")
    if _name(after) == old:
        return
    for each in found:
        if each.path != entry.relative:
            print(f"note: {each.path}:{each.line} still says '{each.reference.name}'", file=sys.stderr)
    if found:
        print(f"hint: avops {noun} rename changes a name everywhere", file=sys.stderr)


def _name(text: str) -> object:
    from avops.project.yaml_text import read_yaml

    data = read_yaml(text.encode())
    return data.get("name") if isinstance(data, dict) else None
