"""A bundle and a project: what becomes of each part, decided before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avops.bundle.entry_names import same_file
from avops.bundle.outcome import Item, Missing
from avops.bundle.parts import TEXTS, make_parts, name_clash, stem_of, tested_recipe
from avops.bundle.placing import Write
from avops.bundle.references import references
from avops.bundle.rewriting import switched_off, with_names
from avops.errors import FindingsError, Location
from avops.project.names import folded, slug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.bundle.existing import Existing
    from avops.bundle.outcome import Merge
    from avops.bundle.parts import Part, PartKind

_LONGEST_NAME = {"tool": 64}
_LONGEST = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What is to be done: an item for every part, the files to write, and the names that nothing has."""

    items: tuple[Item, ...]
    writes: tuple[Write, ...]
    missing: tuple[Missing, ...]
    disabled: tuple[str, ...]


def merge_into(existing: Existing, parts: Sequence[Part], merge: Merge) -> Merged:
    """How the parts of a bundle go into a project. Nothing is written.

    Raises FindingsError for parts that cannot lie beside each other, and for a file that `overwrite` must not touch.
    """
    _refuse_clash(parts)
    desk = _Desk(existing, parts, merge)
    desk.settle()
    return desk.merged()


def _refuse_clash(parts: Sequence[Part]) -> None:
    clash = name_clash(parts)
    if clash is not None:
        one, other = clash
        raise FindingsError(
            f"the bundle has two {other.kind}s whose names count as one: '{one.name}' in '{one.path}', and '{other.name}'",
            hint="give one of them another name where the bundle was made",
            where=Location(other.path),
        )


class _Desk:
    """The parts on their way; `items` says what becomes of each, by its key."""

    def __init__(self, existing: Existing, parts: Sequence[Part], merge: Merge) -> None:
        self.existing = existing
        self.merge = merge
        self.parts = [part for part in parts if part.kind != "test"]
        self.tests = [part for part in parts if part.kind == "test"]
        self.items: dict[tuple[PartKind, str], Item] = {}
        self.taken: set[str] = {same_file(part.path) for part in parts}

    def settle(self) -> None:
        """Decides for each part; a part that refers to a renamed one has to be another one, too."""
        for part in self.parts:
            self.items[part.key] = self._first(part)
        if self.merge == "rename":
            again = True
            while again:
                again = False
                for part in self.parts:
                    item = self.items[part.key]
                    renamed = self._renamed_in(part)
                    if item.fate == "same" and renamed:
                        reason = f"refers to '{renamed[0]}', which was renamed"
                        self.items[part.key] = self._renamed(part, replace(item, conflict=item.path), reason)
                        again = True
        for test in self.tests:
            self.items[test.key] = self._test(test)

    def _first(self, part: Part) -> Item:
        item = Item(kind=part.kind, name=part.name, entry=part.path, path=part.path, fate="created")
        found = self.existing.named(part.kind, part.name)
        if len(found) > 1:
            listed = " and ".join(f"'{path}'" for path in found)
            raise FindingsError(f"the project has several {part.kind}s called '{part.name}': {listed}", hint="give one another name first")
        if found:
            if self._says_the_same(part, self.existing.read(found[0])):
                return replace(item, fate="same", path=found[0])
            return self._conflict(part, replace(item, conflict=found[0]), by_name=True)
        at = self.existing.at(part.path)
        if at is not None:
            return self._conflict(part, replace(item, conflict=at), by_name=False)
        return item

    def _says_the_same(self, part: Part, old: bytes) -> bool:
        if old == part.content:
            return True
        return part.kind == "workflow" and old == switched_off(part)

    def _conflict(self, part: Part, item: Item, *, by_name: bool) -> Item:
        assert item.conflict is not None
        reason = "differs from the one that is there" if by_name else "another file lies in its place"
        if self.merge == "skip":
            return replace(item, fate="skipped", path=item.conflict, reason=reason)
        if self.merge == "rename":
            return self._renamed(part, item, reason)
        if not by_name:
            raise FindingsError(
                f"the {part.kind} '{part.name}' would lie in '{item.conflict}', which is something else",
                hint="import with --merge rename or --merge skip",
                where=Location(part.path),
            )
        return replace(item, fate="overwritten", path=item.conflict, backup=self._backup(item.conflict), reason=reason)

    def _backup(self, path: str) -> str:
        """`FILE.bak`, or the first of `FILE.2.bak`, `FILE.3.bak` that is free."""
        backup, number = f"{path}.bak", 2
        while not self.existing.free(backup, self.taken):
            backup, number = f"{path}.{number}.bak", number + 1
        self.taken.add(same_file(backup))
        return backup

    def _renamed(self, part: Part, item: Item, reason: str) -> Item:
        name, path = self._free_name(part)
        self.taken.add(same_file(path))
        return replace(item, fate="renamed", path=path, new_name=name, reason=reason)

    def _free_name(self, part: Part) -> tuple[str, str]:
        """The first name that neither the project nor the bundle has, by counting from 2; and its file."""
        folder, slash, file = part.path.rpartition("/")
        stem, dot, ending = file.rpartition(".")
        given = {folded(each.name) for each in self.parts if each.kind == part.kind}
        given |= {folded(each.new_name) for each in self.items.values() if each.kind == part.kind and each.new_name}
        number = 2
        while True:
            tail = f"-{number}" if part.kind == "tool" else f" {number}"
            if part.kind in TEXTS:
                name = path = f"{folder}{slash}{stem}-{number}{dot}{ending}"
            else:
                name = part.name[: _LONGEST_NAME.get(part.kind, _LONGEST) - len(tail)].rstrip() + tail
                own = slug(name) if part.name.isascii() else f"{stem}-{number}"
                path = f"{folder}{slash}{own}{dot}{ending}"
            if self.existing.free(path, self.taken) and folded(name) not in given and not self.existing.has(part.kind, name):
                return name, path
            number += 1

    def _test(self, test: Part) -> Item:
        """A test goes where its recipe goes."""
        item = Item(kind="test", name=test.name, entry=test.path, path=test.path, fate="created")
        recipe = tested_recipe(test, [part for part in self.parts if part.kind == "recipe"])
        fate = self.items[recipe.key] if recipe is not None else None
        beside = recipe is not None and stem_of(recipe.path) == stem_of(test.path)
        if fate is not None and beside:
            item = replace(item, path=f"{stem_of(fate.path)}{test.path[len(stem_of(test.path)) :]}")
        if fate is not None and fate.fate == "renamed" and not beside:
            item = replace(item, path=self._free_test(test))
        at = self.existing.at(item.path)
        if at is None:
            if fate is not None and fate.fate == "skipped":
                return replace(item, fate="skipped", reason="its recipe was skipped")
            return replace(item, fate="renamed" if item.path != test.path and fate and fate.fate == "renamed" else "created")
        if self.existing.read(at) == test.content:
            return replace(item, fate="same", path=at)
        if self.merge == "overwrite":
            return replace(
                item, fate="overwritten", path=at, conflict=at, backup=self._backup(at), reason="differs from the one that is there"
            )
        return replace(item, fate="skipped", path=at, conflict=at, reason="the recipe there has other tests")

    def _free_test(self, test: Part) -> str:
        stem, number = stem_of(test.path), 2
        ending = test.path[len(stem) :]
        while not self.existing.free(f"{stem}-{number}{ending}", self.taken):
            number += 1
        self.taken.add(same_file(f"{stem}-{number}{ending}"))
        return f"{stem}-{number}{ending}"

    def _renamed_in(self, part: Part) -> list[str]:
        """The names in a part that have become others."""
        renamed = {key for key, item in self.items.items() if item.new_name is not None}
        return [reference.name for reference in references(part) if reference.key in renamed] if renamed else []

    def merged(self) -> Merged:
        """The items, with the files that they make."""
        names = {key: item.new_name for key, item in self.items.items() if item.new_name is not None}
        items: list[Item] = []
        writes: list[Write] = []
        disabled: list[str] = []
        for part in sorted((*self.parts, *self.tests), key=lambda each: each.path):
            item = self.items[part.key]
            if item.fate in ("same", "skipped"):
                items.append(item)
                continue
            content, rewritten = with_names(part, item.new_name, names)
            if part.kind == "workflow":
                made = replace(part, content=content)
                content = switched_off(made)
                if content != made.content:
                    disabled.append(item.new_name or part.name)
            before = self.existing.read(item.path) if item.fate == "overwritten" else None
            writes.append(Write(path=item.path, content=content, before=before, backup=item.backup))
            items.append(replace(item, rewritten=rewritten))
        as_they_came = {part.content for part in (*self.parts, *self.tests)}
        make_parts({write.path: write.content for write in writes if write.content not in as_they_came})
        return Merged(items=tuple(items), writes=tuple(writes), missing=self._missing(), disabled=tuple(disabled))

    def _missing(self) -> tuple[Missing, ...]:
        found: dict[tuple[str, str, str], Missing] = {}
        brought = {key for key, item in self.items.items() if item.fate != "skipped"}
        for part in (*self.parts, *self.tests):
            if self.items[part.key].fate in ("same", "skipped"):
                continue
            for reference in references(part):
                if reference.key not in brought and not self.existing.has(reference.kind, reference.name):
                    missing = Missing(kind=reference.kind, name=reference.name, entry=part.path)
                    found.setdefault((*reference.key, part.path), missing)
        return tuple(found.values())
