"""`avops sop convert`: text SOPs to draft recipes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avops.errors import FindingsError, UsageError

if TYPE_CHECKING:
    from avops.sop.convert import Conversion

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="Turn SOPs into recipes.")

HELP = "Turn SOPs into recipes."


@app.callback()
def sop() -> None:
    """Turn SOPs into recipes."""


@app.command(help="Convert a text SOP to a draft recipe, offline.\n\nExample: avops sop convert sops/display-fix.md")
def convert(
    file: Annotated[Path, typer.Argument(help="The SOP: Markdown or plain text; `-` reads standard input.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write; `-` prints. Default: recipes/NAME.yaml.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="The recipe's name; default: the SOP's title.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a recipe that is there; the old one is kept beside it as FILE.bak.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not list the lines that were left out.")] = False,
) -> int:
    """Converts, writes, and says on standard error what was left out, line by line."""
    from avops import wiring
    from avops.sop.convert import convert as convert_sop

    text = _read(file)
    workspace = wiring.find_workspace()
    root = workspace.root if workspace else Path.cwd()
    shown = "stdin" if str(file) == "-" else _relative(file, root)
    tools = wiring.tool_catalog(workspace) if workspace else ()
    conversion = convert_sop(text, file=shown, tools=tools, name=name)
    _report(conversion, shown, quiet=quiet)
    if output is not None and str(output) == "-":
        print(conversion.recipe_text, end="")
        return 0
    if output is None and workspace is None:
        raise UsageError("this is no avops project, so there is no recipes/ to write to", hint="say where: --output FILE, or - to print")
    target = output or root / "recipes" / f"{_slug(conversion.name)}.yaml"
    _write(target, conversion.recipe_text, force=force)
    bound = sum(1 for step in conversion.steps if step.key in ("tool", "notify") or step.reading)
    print(f"Wrote {_relative(target, Path.cwd())}: {len(conversion.steps)} steps, {bound} of them bound to tools, a draft to review")
    print(f"hint: avops lint {_relative(target, Path.cwd())}", file=sys.stderr)
    return 0


def _read(file: Path) -> str:
    if str(file) == "-":
        data = sys.stdin.buffer.read()
    else:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise UsageError(f"'{file}' cannot be read: {(error.strerror or str(error)).lower()}") from error
    if b"\0" in data[:8192]:
        raise FindingsError(f"'{file}' is not a text", hint="save the document as plain text or Markdown first")
    return data.decode("utf-8", "replace")


def _report(conversion: Conversion, file: str, *, quiet: bool) -> None:
    from avops.report.diagnostics import visible

    for warning in conversion.warnings:
        print(f"warning: {visible(warning)}", file=sys.stderr)
    for rule in conversion.guardrails:
        print(f"guardrail: {visible(rule)}", file=sys.stderr)
    if conversion.mentioned_tools:
        print(f"mentioned, and no tool of this project: {visible(', '.join(conversion.mentioned_tools))}", file=sys.stderr)
    if quiet:
        return
    for line in conversion.left_out:
        print(f"{file}:{line.line}: left out ({line.reason}): {visible(line.text)}", file=sys.stderr)


def _write(target: Path, text: str, *, force: bool) -> None:
    from avops.project.writing import write_text

    if target.exists():
        old = target.read_text(encoding="utf-8", errors="replace")
        if old == text:
            return
        if not force:
            raise FindingsError(
                f"'{target}' is there already", hint="--force replaces it and keeps the old one as a .bak; --output writes elsewhere"
            )
        write_text(target.with_suffix(target.suffix + ".bak"), old)
    write_text(target, text)


def _relative(path: Path, root: Path) -> str:
    resolved = path.resolve()
    return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else path.as_posix()


def _slug(name: str) -> str:
    import re

    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:80] or "recipe"
