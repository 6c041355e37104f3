"""`edit`, `rename` and `delete` of the documents of a project, alike for agents, recipes, tools and workflows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avops.project.changes import FileChange
    from avops.project.references import Noun
    from avops.wiring.document_references import Mention

_NAMES = {
    "agent": ("SupportBot", "'First Line'"),
    "recipe": ("'Display Fix'", "'Display Recovery'"),
    "tool": ("display", "screen"),
    "workflow": ("'Morning Systems Check'", "'Early Check'"),
}
_MOST_SHOWN = 20
Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name or file name.")]


def add_changes(app: typer.Typer, noun: Noun) -> None:
    """Gives a noun's commands `edit`, `rename` and `delete`."""
    one, other = _NAMES[noun]
    an = f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"

    @app.command("edit", help=f"Change {an} in your editor.\n\nExample: avops {noun} edit {one}")
    def edit(name: Name) -> int:
        """Opens $VISUAL or $EDITOR on a copy; the file itself is replaced only by what is sound."""
        from avops.cli.document_edit import edit_document

        return edit_document(noun, name)

    @app.command("rename", help=f"Give {an} another name, everywhere it is used.\n\nExample: avops {noun} rename {one} {other}")
    def rename(
        name: Name,
        new_name: Annotated[str, typer.Argument(metavar="NEW", help="Its name from now on.")],
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    ) -> int:
        """Rewrites every file that names it, all of them or none; runs so far keep the old name."""
        return rename_document(noun, name, new_name, dry_run=dry_run)

    @app.command("delete", help=f"Delete {an}'s file, unless others still need it.\n\nExample: avops {noun} delete {one}")
    def delete(
        name: Name,
        force: Annotated[bool, typer.Option("--force", help="Also when others still name it; says what that breaks.")] = False,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask on a terminal.")] = False,
    ) -> int:
        """Its runs stay."""
        return delete_document(noun, name, force=force, yes=yes)


def rename_document(noun: Noun, name: str, new_name: str, *, dry_run: bool) -> int:
    """Gives a document another name everywhere, and says which files that changed."""
    from avops import wiring
    from avops.wiring import document_files
    from avops.wiring.document_references import documents_of

    workspace = wiring.open_workspace()
    renaming = document_files.plan_renaming(workspace, noun, name, new_name)
    if dry_run:
        _show(renaming.changes)
        print(f"Dry run. Would rename '{renaming.before}' to '{new_name}' ({renaming.after}).")
    else:
        document_files.rename_document(workspace, noun, renaming, new_name)
        print(f"Renamed '{renaming.before}' to '{new_name}' ({renaming.after})")
    own = documents_of(workspace, noun).entry(name).relative
    for change in renaming.changes:
        if change.path == own or dry_run:
            continue
        if change.after != change.before:
            print(f"rewrote its name in {change.path}")
        if change.moved_to:
            print(f"moved {change.path} to {change.moved_to}")
    for note in renaming.notes:
        print(f"note: {note}", file=sys.stderr)
    return 0


def delete_document(noun: Noun, name: str, *, force: bool, yes: bool) -> int:
    """Deletes the file, unless others still need it; asks on a terminal."""
    from avops import wiring
    from avops.wiring import document_files

    workspace = wiring.open_workspace()
    deletion = document_files.plan_deletion(workspace, noun, name)
    for note in deletion.notes:
        print(f"note: {note}", file=sys.stderr)
    if deletion.mentions and not force:
        listed = "; ".join(map(str, deletion.mentions[:_MOST_SHOWN]))
        more = len(deletion.mentions) - _MOST_SHOWN
        listed += f"; and {more} more" if more > 0 else ""
        raise UsageError(f"'{deletion.name}' is still needed: {listed}", hint="change those first, or say --force")
    if not yes and sys.stdin.isatty():
        for each in deletion.mentions:
            print(f"breaks: {_shown(each)}", file=sys.stderr)
        if not typer.confirm(f"Delete {deletion.path}?", default=False, err=True):
            print("Nothing was deleted.")
            return 1
    document_files.delete_document(workspace, deletion)
    print(f"Deleted {deletion.path}")
    for change in deletion.changes[1:]:
        print(f"took it out of {change.path}")
    for each in deletion.mentions:
        print(f"broken now: {_shown(each)}", file=sys.stderr)
    return 0


def _show(changes: Iterable[FileChange]) -> None:
    from avops.report.diagnostics import visible

    for change in changes:
        for line in change.diff():
            print(visible(line))


def _shown(mention: Mention) -> str:
    from avops.report.diagnostics import visible

    return visible(str(mention))
