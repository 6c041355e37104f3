"""One SOP converted and written down: its recipe, and what was asked for beside it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.cli.sop_source import Sop
    from avops.sop.convert import Conversion
    from avops.wiring import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How to convert. `runs` keeps standard output free for the run that follows."""

    output: Path | None = None
    name: str | None = None
    report: Path | None = None
    quiet: bool = False
    force: bool = False
    llm: bool = False
    runs: bool = False

    @property
    def is_printed(self) -> bool:
        """Whether the recipe goes to standard output, and nothing is written."""
        return self.output is not None and str(self.output) == "-"


def convert_file(file: Path, workspace: Workspace | None, wanted: Wanted) -> Conversion:
    """Converts one SOP, writes the recipe and the report, and says on standard error what became of each line."""
    from avops.cli.sop_source import keep, read_sop
    from avops.cli.sop_writing import print_coverage, recipe_file, relative, require_report, write_recipe

    root = workspace.root if workspace else Path.cwd()
    if wanted.report is not None:
        require_report(wanted.report, [file], force=wanted.force)
    source = read_sop(file, root, keep_text=workspace is not None and not wanted.is_printed, name=wanted.name)
    conversion = _conversion(workspace, source, wanted)
    print_coverage(conversion, source.shown, quiet=wanted.quiet)
    target = None
    if wanted.is_printed:
        print(conversion.recipe_text, end="")
    else:
        target = recipe_file(wanted.output, file, root, conversion.name, source.shown, in_project=workspace is not None)
        if wanted.report is not None:
            require_report(wanted.report, [target, root / source.shown], force=wanted.force)
        write_recipe(target, conversion.recipe_text, root if workspace else None, force=wanted.force, sop=source.shown)
        if workspace is not None:
            keep(source, root)
        _say_written(relative(target, Path.cwd()), conversion, runs=wanted.runs)
    if wanted.report is not None:
        _write_report(wanted.report, source, conversion, target)
    return conversion


def _conversion(workspace: Workspace | None, source: Sop, wanted: Wanted) -> Conversion:
    from avops import wiring
    from avops.sop.convert import convert

    if wanted.llm and workspace is not None:
        from avops.cli.sop_model import converted_by_model

        return converted_by_model(workspace, source, wiring.tool_catalog(workspace), name=wanted.name)
    tools = wiring.tool_catalog(workspace) if workspace else ()
    return convert(source.text, file=source.shown, tools=tools, name=wanted.name, sha256=source.sha256)


def _say_written(shown: str, conversion: Conversion, *, runs: bool) -> None:
    bound = sum(1 for step in conversion.steps if step.key in ("tool", "notify") or step.reading)
    steps = "1 step" if len(conversion.steps) == 1 else f"{len(conversion.steps)} steps"
    print(f"Wrote {shown}: {steps}, {bound} of them bound to tools, a draft to review", file=sys.stderr if runs else sys.stdout)
    if not runs:
        print(f"hint: avops lint {shown}", file=sys.stderr)


def _write_report(target: Path, source: Sop, conversion: Conversion, recipe: Path | None) -> None:
    """The page; what was there and is no such page is kept beside."""
    from avops.cli.sop_writing import is_report, keep_old, relative
    from avops.project.writing import write_text
    from avops.report.sop_page import SopLine, render_page

    lines = [SopLine(number=r.line, text=r.text, outcome=r.outcome, reason=r.reason) for r in conversion.coverage]
    page = render_page(
        title=conversion.name, file=source.shown, sop=source.text.splitlines(), lines=lines, recipe=conversion.recipe_text,
        recipe_file=relative(recipe, Path.cwd()) if recipe else "recipe", warnings=conversion.warnings,
        mentioned=conversion.mentioned_tools,
    )  # fmt: skip
    if target.exists() and not is_report(target):
        print(f"kept the old one as {keep_old(target).name}", file=sys.stderr)
    write_text(target, page)
    print(f"Wrote {relative(target, Path.cwd())}: SOP and recipe side by side", file=sys.stderr)


def scaffold_tools(workspace: Workspace, conversion: Conversion) -> None:
    """A skeleton for each product that is named and has no tool; what is there is left alone."""
    from avops.project.writing import write_text
    from avops.sop.scaffold import tool_name, tool_text

    if not conversion.mentioned_tools:
        print("nothing to scaffold: the steps name no product that avops knows and that has no tool here", file=sys.stderr)
        print("hint: avops tool new NAME writes the skeleton of any other", file=sys.stderr)
    for product in conversion.mentioned_tools:
        target = workspace.root / "tools" / f"{tool_name(product)}.yaml"
        if target.exists():
            print(f"kept tools/{target.name}: it is there already", file=sys.stderr)
            continue
        write_text(target, tool_text(product, conversion.steps))
        print(f"Wrote tools/{target.name}: a skeleton to fill in")


def write_team(workspace: Workspace, conversion: Conversion, *, force: bool) -> None:
    """An agent for each phase that has steps, and a workflow; files that somebody edited are left alone without `force`."""
    from avops import wiring
    from avops.cli.sop_writing import write_recipe
    from avops.project.names import slug
    from avops.sop.team import agent_texts, workflow_text

    tools = wiring.tool_catalog(workspace)
    written = []
    for name, text in agent_texts(conversion.name, conversion.steps, tools, _restoring(workspace, conversion)).items():
        target = workspace.root / "agents" / f"{slug(name)}.yaml"
        write_recipe(target, text, workspace.root, force=force)
        written.append(f"agents/{target.name}")
    target = workspace.root / "workflows" / f"{slug(conversion.name)}.yaml"
    needed = [spec.name for spec in conversion.inputs if not spec.has_default and not spec.optional]
    write_recipe(target, workflow_text(conversion.name, conversion.steps, needed), workspace.root, force=force)
    print(f"Wrote {', '.join([*written, f'workflows/{target.name}'])}")
    if needed:
        print(f"hint: workflows/{target.name} needs the values of {', '.join(needed)}; avops lint asks for them", file=sys.stderr)


def _restoring(workspace: Workspace, conversion: Conversion) -> Mapping[str, str]:
    """For each action whose change can be put back, the action that reads what was there before."""
    found = {}
    for tool in {str(step.value).partition(".")[0] for step in conversion.steps if step.key == "tool" and step.undo == "auto"}:
        manifest = workspace.tool(tool).value
        for name, action in (getattr(manifest, "actions", None) or {}).items():
            restore = getattr(action, "restore", None)
            if restore is not None:
                found[f"{tool}.{name}"] = f"{tool}.{restore.read}"
    return found
