"""Documents made, renamed and deleted, with every file that this touches: all of them, or none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from avops.errors import AvopsError, UsageError
from avops.project.changes import FileChange, apply_changes
from avops.project.names import folded, slug
from avops.wiring.document_kinds import document_kind
from avops.wiring.document_references import documents_of, mentions_of, tests_by_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from avops.project.documents import Kind
    from avops.project.editing import YamlText
    from avops.project.folder import Entry
    from avops.project.references import Noun
    from avops.wiring.document_references import Mention
    from avops.wiring.workspace import Workspace

_BY_ENTRY = frozenset({"inputs", "tools"})


def require_free(workspace: Workspace, noun: Noun, name: str, *, path: str | None = None) -> None:
    """Raises UsageError when another document (not the one at `path`) has the name or its file name, whatever the case."""
    kind, documents = document_kind(noun), documents_of(workspace, noun)
    for own, entry in documents.names:
        if entry.relative == path:
            continue
        if folded(own) == folded(name):
            hint = "names differ in more than their case"
            raise UsageError(f"{kind.an} is called '{own}' already: {entry.relative}", hint=hint)
        if entry.slug == slug(name):
            raise UsageError(f"the file '{entry.relative}' is there already", hint="choose another name, or delete the file")


def new_document(workspace: Workspace, noun: Noun, name: str, text: str, also: Sequence[FileChange] = ()) -> str:
    """The path of the file that was written for a new document, together with the other changes that belong to it.

    Raises UsageError for a name or file that is taken, DocumentError for a text that is no such document.
    """
    from avops.project.documents import load_document

    kind = document_kind(noun)
    kind.require_name(name)
    require_free(workspace, noun, name)
    path = documents_of(workspace, noun).new_file(name).relative_to(workspace.root).as_posix()
    load_document(noun, text, path).required()
    kind.judge(workspace, text, path)
    apply_changes(workspace.root, [FileChange(path=path, before=None, after=text), *also])
    return path


def copied(workspace: Workspace, noun: Noun, source: str, name: str, values: dict[str, object]) -> str:
    """The text of a document as one of another name begins; `values` are keys that it gets anew. All else stays as it is."""
    from avops.project.editing import open_text

    document_kind(noun).require_name(name)
    entry = documents_of(workspace, noun).entry(source)
    documents_of(workspace, noun).load(entry)
    text = open_text(entry.file, entry.relative)
    text.set(("name",), name)
    for key, value in values.items():
        _put(text, key, value)
    return text.text


def _put(text: YamlText, key: str, value: object) -> None:
    """Gives a key another value; a mapping of many things entry by entry, so that what stays keeps its lines."""
    before = text.data.get(key)
    if key not in _BY_ENTRY or not isinstance(value, dict) or not isinstance(before, dict) or not before or not value:
        text.set((key,), value)
        return
    for name, each in value.items():
        if before.get(name) != each:
            text.set((key, name), each)
    for name in [name for name in before if name not in value]:
        text.delete((key, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Renaming:
    """A renaming that can be carried out: all files that it touches, the document's own first."""

    before: str
    after: str
    changes: tuple[FileChange, ...]
    mentions: tuple[Mention, ...]
    notes: tuple[str, ...]


def plan_renaming(workspace: Workspace, noun: Noun, name: str, new_name: str) -> Renaming:
    """What giving a document another name means. Nothing is changed yet.

    Raises UsageError for a name that is taken or odd, and while the document must keep its name.
    """
    kind, documents = document_kind(noun), documents_of(workspace, noun)
    entry = documents.entry(name)
    document = documents.load(entry).required()
    old = str(getattr(document, "name", entry.stem))
    kind.require_name(new_name)
    if new_name == old:
        raise UsageError(f"{kind.an} is called '{old}' already: {entry.relative}", hint="that is this one: nothing was changed")
    require_free(workspace, noun, new_name, path=entry.relative)
    kind.before_renaming(workspace, old)
    found = mentions_of(workspace, noun, entry)
    target = _target(entry.relative, old, new_name)
    texts = _Texts(workspace, {entry.relative: noun})
    texts.of(entry.relative).set(("name",), new_name)
    for mention in found.mentions:
        texts.rewrite(mention, old, new_name)
    moves = {entry.relative: target}
    if noun == "recipe":
        moves |= _tests_along(workspace, entry, texts, target=target, names=(old, new_name))
    changes = texts.changes(moves)
    # The workflow's own judgement needs its new name; that of the others is what lint says.
    kind.judge(workspace, changes[0].after or "", entry.relative)
    notes = [f"'{path}' has mistakes and was not looked through; the name is in it" for path in found.unread]
    if sum(folded(own) == folded(old) for own, _ in documents.names) > 1:
        notes.append(f"another {noun} is called '{old}': whoever names it means that one now")
    return Renaming(before=old, after=target, changes=changes, mentions=found.mentions, notes=(*notes, kind.keeps))


def rename_document(workspace: Workspace, noun: Noun, renaming: Renaming, new_name: str) -> None:
    """Carries a renaming out: every file, or none; then what avops keeps outside the files follows."""
    from avops.project.documents import load_document

    own = renaming.changes[0]
    before = load_document(noun, own.before or "", own.path)
    apply_changes(workspace.root, renaming.changes)
    document_kind(noun).after_renaming(workspace, before, new_name, renaming.after)


def _target(path: str, old: str, new: str) -> str:
    """Where the file goes: a file that is called after its document follows the name, any other stays."""
    file = PurePosixPath(path)
    is_called_so = slug(file.stem).replace("-", "") == slug(old).replace("-", "")
    return str(file.with_name(f"{slug(new)}{file.suffix}")) if is_called_so else path


class _Texts:
    """The files that a change touches, under edit."""

    def __init__(self, workspace: Workspace, kinds: dict[str, Kind]) -> None:
        self._workspace = workspace
        self._kinds = dict(kinds)
        self._texts: dict[str, YamlText] = {}
        self._before: dict[str, str] = {}

    def of(self, path: str, kind: Kind | None = None) -> YamlText:
        """The text of a file."""
        from avops.project.editing import open_text

        if path not in self._texts:
            self._texts[path] = open_text(self._workspace.root / path, path)
            self._before[path] = self._texts[path].text
            if kind is not None:
                self._kinds.setdefault(path, kind)
        return self._texts[path]

    def rewrite(self, mention: Mention, old: str, new: str) -> None:
        """Puts the new name where the old one stands. What came through an alias has changed already where it is written."""
        text, each = self.of(mention.path, mention.kind), mention.reference
        if mention.kind == "workflow" and each.noun == "recipe" and each.path[0] == "stages":
            self._keep_stage(text, each.path[:-1], old)
        if each.is_key:
            if each.path[-1] in _at(text.data, each.path[:-1]):
                text.rename(each.path, each.renamed(new))
        elif _at(text.data, each.path) != each.renamed(new):
            text.set(each.path, each.renamed(new))

    def _keep_stage(self, text: YamlText, stage: tuple[str | int, ...], old: str) -> None:
        """A stage without a name goes by its recipe's: later stages that use its results go on finding them."""
        from avops.model.workflow import stage_key

        if "name" not in _at(text.data, stage) and f"stages.{stage_key(old)}" in text.text:
            text.set((*stage, "name"), old)

    def changes(self, moves: dict[str, str]) -> tuple[FileChange, ...]:
        """What becomes of each file. AvopsError when a sound file would not be sound any more."""
        from avops.project.documents import load_document

        made: list[FileChange] = []
        for path in dict.fromkeys([*self._texts, *moves]):
            text, before = self.of(path).text, self._before[path]
            kind = self._kinds.get(path)
            if kind is not None and load_document(kind, before, path).value is not None:
                load_document(kind, text, path).required()
            target = moves.get(path, path)
            if text == before and target == path and made:
                continue  # looked at, and left as it was
            made.append(FileChange(path=path, before=before, after=text, moved_to=target if target != path else None))
        return tuple(made)


def _at(data: Any, path: Iterable[str | int]) -> Any:
    for part in path:
        data = data[part]
    return data


def _tests_along(workspace: Workspace, entry: Entry, texts: _Texts, *, target: str, names: tuple[str, str]) -> dict[str, str]:
    """The files of tests that are called after the recipe's file go where it goes; one found by the recipe's name says it."""
    from avops.project.folder import TEST_ENDINGS, Documents

    old, new = names
    moves: dict[str, str] = {}
    for test in Documents[object](workspace.root, "test").entries:
        ending = next(ending for ending in TEST_ENDINGS if test.relative.lower().endswith(ending))
        stem = test.relative.rpartition("/")[2][: -len(ending)]
        try:
            text = texts.of(test.relative, "test")
        except AvopsError:
            continue  # it cannot be read; that it stays is told by the tests themselves
        if "recipe" in text.data and not _is_beside(test.relative, stem, entry):
            continue
        if slug(stem) == entry.slug and target != entry.relative:
            folder, _, name = test.relative.rpartition("/")
            moves[test.relative] = f"{folder}/{PurePosixPath(target).stem}{name[-len(ending) :]}"
        elif "recipe" not in text.data and folded(stem) == folded(old):
            text.set(("recipe",), new)
    return moves


def _is_beside(path: str, stem: str, entry: Entry) -> bool:
    return path.rpartition("/")[0] == entry.relative.rpartition("/")[0] and slug(stem) == entry.slug


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A deletion that can be carried out. `mentions` would point at nothing; those of `goes_along` are taken away with it."""

    path: str
    name: str
    changes: tuple[FileChange, ...]
    mentions: tuple[Mention, ...]
    notes: tuple[str, ...]


def plan_deletion(workspace: Workspace, noun: Noun, name: str) -> Deletion:
    """What deleting a document means. Nothing is changed yet."""
    kind, documents = document_kind(noun), documents_of(workspace, noun)
    entry = documents.entry(name)
    own = documents.name_of(entry) or entry.stem
    found = mentions_of(workspace, noun, entry)
    texts = _Texts(workspace, {})
    left = []
    for mention in found.mentions:
        if mention.path == entry.relative:
            continue
        if kind.goes_along(workspace, mention):
            texts.of(mention.path, mention.kind).delete(mention.reference.path)
        else:
            left.append(mention)
    if noun == "recipe":
        left += tests_by_name(workspace, entry)
    try:
        # Byte for byte: a file that is no text can be deleted too.
        before = entry.file.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise AvopsError(f"'{entry.relative}' cannot be read: {(error.strerror or str(error)).lower()}") from error
    changes = (FileChange(path=entry.relative, before=before, after=None), *texts.changes({}))
    notes = tuple(f"'{path}' has mistakes and was not looked through; the name is in it" for path in found.unread)
    return Deletion(path=entry.relative, name=own, changes=changes, mentions=tuple(left), notes=notes)


def delete_document(workspace: Workspace, deletion: Deletion) -> None:
    """Carries a deletion out."""
    apply_changes(workspace.root, deletion.changes)
