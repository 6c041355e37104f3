"""`avops kb`."""

from __future__ import annotations

from typing import Annotated

import typer

HELP = "Search the knowledge base, add to it, publish it."

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help=f"{HELP}\n\nExample: avops kb search 'black display'"
)

Name = Annotated[str, typer.Argument(help="The article, by its file name or title.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Agent = Annotated[str | None, typer.Option("--agent", help="The agent; default: 'operator_agent' of 'avops.yaml'.")]
Mock = Annotated[list[str] | None, typer.Option("--mock", metavar="[TOOL]", help="Answer all tools, or this one, from their manifests.")]


@app.callback()
def root() -> None:
    """The sub-commands stand below."""


@app.command("list", help="List the articles.\n\nExample: avops kb list --json")
def list_articles(as_json: AsJson = False) -> int:
    """Exits 1 when the front matter of one is not right."""
    from avops.cli.kb_reading import show_list

    return show_list(as_json=as_json)


@app.command("show", help="Show one article.\n\nExample: avops kb show zoom-room-hdmi-black")
def show_article(
    name: Name,
    html: Annotated[bool, typer.Option("--html", help="As the HTML that is published.")] = False,
    as_json: AsJson = False,
) -> int:
    """The article's text, as it is written."""
    from avops.cli.kb_reading import show_one

    return show_one(name, html=html, as_json=as_json)


@app.command("search", help='Search the articles.\n\nExample: avops kb search "hdmi black"')
def search_articles(
    query: Annotated[list[str], typer.Argument(help='Words, "words that stand together", or a beginning: hdm*.')],
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="At most so many.")] = 10,
    as_json: AsJson = False,
) -> int:
    """Exits 1 when nothing fits."""
    from avops.cli.kb_reading import show_hits

    return show_hits(" ".join(query), limit=limit, as_json=as_json)


@app.command("new", help='Begin an article.\n\nExample: avops kb new "Microphone pairing" --tag microphone')
def new_article(
    title: Annotated[str, typer.Argument(help="Its title; the file's name is made from it.")],
    tag: Annotated[list[str] | None, typer.Option("--tag", help="A tag; may be repeated.")] = None,
    as_json: AsJson = False,
) -> int:
    """Writes kb/NAME.md; nothing that is there is overwritten."""
    from avops.cli.kb_reading import begin_article

    return begin_article(title, tag or [], as_json=as_json)


@app.command(
    "scout",
    help="Search allowed domains, and write an article, a draft recipe and evidence.\n\n"
    'Example: avops kb scout "zoom room hdmi black" --allow support.zoom.com,logitech.com',
)
def scout_web(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    allow: Annotated[
        list[str] | None, typer.Option("--allow", metavar="DOMAINS", help="Domains that may be read; default: 'kb.allow' of 'avops.yaml'.")
    ] = None,
    agent: Agent = None,
    tool: Annotated[str | None, typer.Option("--tool", help="The tool that searches; default: the first that can.")] = None,
    pages: Annotated[int, typer.Option("--pages", min=1, max=20, help="At most so many pages are read.")] = 6,
    no_model: Annotated[bool, typer.Option("--no-model", help="Quote the sources; ask no model.")] = False,
    no_recipe: Annotated[bool, typer.Option("--no-recipe", help="Write no recipe.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an article or recipe that somebody has edited.")] = False,
    mock: Mock = None,
    as_json: AsJson = False,
) -> int:
    """Prints what was written, and from which sources."""
    from avops.cli.kb_writing import show_scout
    from avops.cli.run import mocked

    return show_scout(
        query,
        allow or [],
        agent=agent,
        tool=tool,
        pages=pages,
        use_model=not no_model,
        recipe=not no_recipe,
        force=force,
        mock=mocked(mock or []),
        as_json=as_json,
    )


@app.command("publish", help="Publish an article with a tool, once.\n\nExample: avops kb publish zoom-room-hdmi-black")
def publish_article(
    name: Name,
    tool: Annotated[str | None, typer.Option("--tool", help="The tool; default: 'kb.publish_tool', or servicenow.")] = None,
    agent: Agent = None,
    knowledge_base: Annotated[
        str | None, typer.Option("--knowledge-base", metavar="ID", help="Where it belongs; default: 'kb.knowledge_base'.")
    ] = None,
    update: Annotated[bool, typer.Option("--update", help="Write an article anew that is published already.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Approve it, if you may.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be sent, and send nothing.")] = False,
    mock: Mock = None,
    as_json: AsJson = False,
) -> int:
    """Exits 0 when it is published, 4 when it waits for a person."""
    from avops.cli.kb_writing import show_publish, show_publish_plan
    from avops.cli.run import mocked

    if dry_run:
        return show_publish_plan(name, tool=tool, agent=agent, knowledge_base=knowledge_base, update=update, as_json=as_json)
    return show_publish(
        name, tool=tool, agent=agent, knowledge_base=knowledge_base, update=update, yes=yes, mock=mocked(mock or []), as_json=as_json
    )
