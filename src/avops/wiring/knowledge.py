"""The knowledge base put together: `scout` searches allowed domains and writes an article, a draft recipe and evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.errors import FindingsError, UsageError
from avops.wiring.knowledge_search import Search, search_web

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from avops.kb.digest import Digest, Reading
    from avops.kb.hosts import AllowedHost
    from avops.kb.pages import Bounds, Miss, Page, Web
    from avops.ports import Clock, Listener, Model, Person
    from avops.wiring.workspace import Workspace

MAX_QUERY = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoutSource:
    """A source of an article: a page that was read, or a published article of the project (`sha256` None)."""

    number: int
    title: str
    link: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoutReport:
    """What a scout found and wrote; paths are relative to the project, None for what was not written."""

    title: str
    article: str
    html: str
    recipe: str | None
    evidence: str
    run_id: int
    """The run that searched."""
    made_by: str
    """`extract`, or the model's name."""
    sources: tuple[ScoutSource, ...]
    passed_over: tuple[tuple[str, str], ...]
    """Addresses that the search found and that were not read, each with the reason."""
    notes: tuple[str, ...]
    body: str
    """The article's Markdown."""
    tokens: int = 0
    """What the model took, where it wrote the article."""

    def as_data(self) -> dict[str, object]:
        """The report as JSON holds it."""
        return {
            "title": self.title,
            "article": self.article,
            "html": self.html,
            "recipe": self.recipe,
            "evidence": self.evidence,
            "run": self.run_id,
            "made_by": self.made_by,
            "tokens": self.tokens,
            "sources": [{"number": s.number, "title": s.title, "link": s.link, "sha256": s.sha256} for s in self.sources],
            "passed_over": [{"url": url, "reason": reason} for url, reason in self.passed_over],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finds:
    """What came together before anything was written."""

    query: str
    title: str
    slug: str
    now: datetime
    search: Search
    allow: tuple[AllowedHost, ...]
    pages: list[Page]
    misses: list[Miss]
    readings: list[Reading]
    also: list[tuple[str, str]]
    digest: Digest


def scout(
    workspace: Workspace,
    query: str,
    *,
    allow: Sequence[str] = (),
    agent: str | None = None,
    tool: str | None = None,
    use_model: bool = True,
    recipe: bool = True,
    force: bool = False,
    mock: bool | list[str] = False,
    max_pages: int = 6,
    listener: Listener | None = None,
    person: Person | None = None,
    web: Web | None = None,
    model: Model | None = None,
    clock: Clock | None = None,
) -> ScoutReport:
    """Searches, reads what is allowed, and writes an article, its HTML, a draft recipe, and evidence.

    `allow` are domains; without any, those of `kb.allow` in `avops.yaml`. The search is a recorded run of one step under
    `agent` (default: `operator_agent`), with its checks and its trust. Without `model` the project's own is asked, if it has
    one and `use_model` is true; without any, or when its answer cannot be used, the article quotes its sources.

    Not for use inside a running event loop. Raises UsageError (no domain, no agent), NotFoundError (no search tool),
    FindingsError (nothing was found, or an edited file is in the way and not `force`), AvopsError when the search failed.
    """
    from avops.kb.digest import cited_only
    from avops.kb.pages import Bounds
    from avops.project.clock import SystemClock

    clock = clock or SystemClock()
    query = " ".join(query.split())
    if not query or len(query) > MAX_QUERY:
        raise UsageError(f"a query has 1 to {MAX_QUERY} characters, not {len(query)}")
    settings = workspace.settings
    hosts = _hosts(allow or settings.kb.allow, settings.policy.denied_domains)
    slug = _slug(query)
    _check_free(workspace, slug, recipe=recipe, force=force)
    bounds = Bounds(allow=hosts, denied=tuple(settings.policy.denied_domains), max_pages=max_pages)
    found = search_web(workspace, query, hosts, tool=tool, agent=agent, mock=mock, listener=listener, person=person)
    pages, misses = _fetch([str(each["url"]) for each in found.results], bounds, clock, web)
    readings, also = _readings(workspace, query, slug, pages)
    if not readings:
        reasons = "; ".join(f"{miss.url}: {miss.reason}" for miss in misses[:5]) or "the search found nothing"
        raise FindingsError(f"there is nothing to read about '{query}': {reasons}", hint="allow more domains, or ask in other words")
    digest, cited, unused = cited_only(_digest(workspace, query, readings, model, use_model=use_model), readings)
    addresses = {page.url for page in pages}
    finds = _Finds(
        query=query,
        title=query[0].upper() + query[1:100],
        slug=slug,
        now=clock.now(),
        search=found,
        allow=hosts,
        pages=pages,
        misses=misses,
        readings=cited,
        also=[*((each.title, each.link) for each in unused if each.link not in addresses), *also],
        digest=digest,
    )
    return _write(workspace, finds, recipe=recipe, force=force)


def _hosts(entries: Sequence[str], denied: Sequence[str]) -> tuple[AllowedHost, ...]:
    from avops.kb.hosts import allowed_hosts, denied_by

    hosts = allowed_hosts(entries)
    if not hosts:
        hint = "add --allow support.zoom.com,logitech.com, or 'kb: {allow: […]}' to 'avops.yaml'"
        raise UsageError("no domain is allowed that a scout could read", hint=hint)
    for each in hosts:
        if denied_by(each.host, denied):
            raise UsageError(f"'{each.host}' is denied by policy.denied_domains", hint="allow other domains")
    return hosts


def _slug(query: str) -> str:
    """The article's file name; a digest keeps questions apart whose names would be cut, or that have no Latin letters."""
    import hashlib

    from avops.project.names import slug

    made = slug(query)
    if made != "unnamed" and len(made) <= 60:
        return made
    start = made[:53].strip("-") if made != "unnamed" else "scout"
    return f"{start}-{hashlib.sha256(query.encode()).hexdigest()[:6]}"


def _fetch(urls: list[str], bounds: Bounds, clock: Clock, web: Web | None) -> tuple[list[Page], list[Miss]]:
    import asyncio

    from avops.kb.pages import fetch_pages
    from avops.wiring.knowledge_web import PooledWeb

    async def fetch() -> tuple[list[Page], list[Miss]]:
        through = web or PooledWeb()
        try:
            return await fetch_pages(through, urls, bounds, clock)
        finally:
            await through.close()

    return asyncio.run(fetch())


def _readings(workspace: Workspace, query: str, slug: str, pages: Sequence[Page]) -> tuple[list[Reading], list[tuple[str, str]]]:
    """The pages, and the project's published articles that fit; then title and path of drafts that fit, which are no sources."""
    from avops.kb.digest import Reading
    from avops.kb.index import search
    from avops.kb.pages import Block

    readings = [Reading(number=number, title=page.title, link=page.url, blocks=page.blocks) for number, page in enumerate(pages, 1)]
    hits = [hit for hit in search(workspace.root, query, limit=8, any_word=True).hits if hit.path != f"kb/{slug}.md"]
    for hit in [hit for hit in hits if hit.status == "published"][:3]:
        blocks = tuple(Block(kind, text) for kind, text in _article_blocks(workspace, hit.path))
        readings.append(Reading(number=len(readings) + 1, title=hit.title, link=hit.path, blocks=blocks))
    return readings, [(hit.title, hit.path) for hit in hits if hit.status != "published"][:5]


def _article_blocks(workspace: Workspace, path: str) -> list[tuple[str, str]]:
    """An article of the project as the blocks of a page; its own list of sources is left out."""
    from avops.kb.folder import read_article
    from avops.kb.reading import read_html
    from avops.kb.writing import article_html

    body = re.split(r"(?m)^## (?:Sources|See also)\s*$", read_article(workspace.root, path).body, maxsplit=1)[0]
    blocks = read_html(article_html(body).encode(), "utf-8")["blocks"]
    return blocks if isinstance(blocks, list) else []


def _digest(workspace: Workspace, query: str, readings: list[Reading], model: Model | None, *, use_model: bool) -> Digest:
    """What the sources say: by the model where there is one and its answer holds, else in their own words."""
    from dataclasses import replace

    from avops.kb.digest import extract
    from avops.sop.imperatives import head_verb

    notes: tuple[str, ...] = ()
    if use_model:
        made, notes = _by_model(workspace, query, readings, model)
        if made is not None:
            return replace(made, notes=(f"Written by {made.made_by} from the sources below.", *notes))
        notes = tuple(f"Quoted from the sources, not written: {note}." for note in notes)
    digest = extract(query, readings, lambda text: head_verb(text) is not None)
    if digest is None:
        raise FindingsError(f"none of the pages says anything about '{query}'", hint="allow more domains, or ask in other words")
    return replace(digest, notes=notes)


def _by_model(workspace: Workspace, query: str, readings: list[Reading], model: Model | None) -> tuple[Digest | None, tuple[str, ...]]:
    import asyncio

    from avops.errors import ModelError
    from avops.kb.synthesis import synthesise
    from avops.wiring.models import find_model

    try:
        asked = model or find_model(workspace)
    except ModelError as error:
        return None, (f"the model cannot be used: {error.message}",)
    if asked is None:
        return None, ()

    async def work() -> tuple[Digest | None, tuple[str, ...]]:
        try:
            return await synthesise(asked, query, readings)
        finally:
            await asked.close()

    return asyncio.run(work())


def _check_free(workspace: Workspace, slug: str, *, recipe: bool, force: bool) -> None:
    """FindingsError when a file of that name is there that a person has edited, or that no scout wrote."""
    from avops.wiring.knowledge_files import edited_files

    if force:
        return
    if edited := edited_files(workspace, slug, recipe=recipe):
        hint = "add --force to write it anew, or ask in other words"
        raise FindingsError(f"'{edited[0]}' is there already, and is not as a scout wrote it", hint=hint)


def _write(workspace: Workspace, finds: _Finds, *, recipe: bool, force: bool) -> ScoutReport:
    from avops.kb.drafting import draft_recipe
    from avops.kb.evidence import keep_evidence
    from avops.kb.writing import article_body, article_html
    from avops.wiring.knowledge_files import recipe_name, write_scouted

    digest, slug = finds.digest, finds.slug
    article, notes = f"kb/{slug}.md", list(digest.notes)
    if finds.search.simulated != "no":
        notes.append(f"the search was simulated ({finds.search.simulated}): '{finds.search.tool}' answered from its manifest")
    hashes = {page.url: page.sha256 for page in finds.pages}
    sources = tuple(ScoutSource(number=r.number, title=r.title, link=r.link, sha256=hashes.get(r.link)) for r in finds.readings)
    evidence = keep_evidence(workspace.root, f"{slug}-{finds.now:%Y%m%dT%H%M%SZ}", finds.pages, _facts(finds))
    body = article_body(finds.title, digest, finds.readings, finds.also)
    files = {article: _front(workspace, finds, evidence) + "\n" + body, f"kb/{slug}.html": article_html(body)}
    path = f"recipes/{slug}.yaml"
    if recipe and digest.steps:
        name = recipe_name(workspace, finds.title, path)
        files[path] = draft_recipe(name, finds.title, article, digest.steps, [source.link for source in sources])
    elif recipe:
        notes.append("no recipe: the sources have no steps")
    write_scouted(workspace, slug, files)
    return ScoutReport(
        title=finds.title,
        article=article,
        html=f"kb/{slug}.html",
        recipe=path if path in files else None,
        evidence=evidence,
        run_id=finds.search.run_id,
        made_by=digest.made_by,
        sources=sources,
        passed_over=tuple((miss.url, miss.reason) for miss in finds.misses),
        notes=tuple(notes),
        body=body,
        tokens=digest.tokens,
    )


def _front(workspace: Workspace, finds: _Finds, evidence: str) -> str:
    from avops.kb.article import front_text
    from avops.wiring.knowledge_files import publication

    fetched = {page.url: page for page in finds.pages}
    sources: list[dict[str, object]] = []
    for reading in finds.readings:
        if page := fetched.get(reading.link):
            seen = {"url": page.url, "title": page.title[:300], "fetched_at": _instant(page.fetched_at), "sha256": page.sha256}
            sources.append(dict(seen))
        else:
            sources.append({"path": reading.link, "title": reading.title})
    return front_text(
        {
            "title": finds.title,
            "tags": ["scouted"],
            "status": "draft",
            "created": _instant(finds.now),
            "query": finds.query,
            "made_by": finds.digest.made_by,
            "run": finds.search.run_id,
            "simulated": None if finds.search.simulated == "no" else finds.search.simulated,
            "evidence": evidence,
            "sources": sources,
            **publication(workspace, f"kb/{finds.slug}.md"),
        }
    )


def _facts(finds: _Finds) -> dict[str, object]:
    from avops.kb.synthesis import as_json

    return {
        "query": finds.query,
        "made_at": _instant(finds.now),
        "run": finds.search.run_id,
        "search_tool": finds.search.tool,
        "simulated": finds.search.simulated,
        "allow": [str(each) for each in finds.allow],
        "made_by": finds.digest.made_by,
        "tokens": finds.digest.tokens,
        "answer": as_json(finds.digest),
        "passed_over": [{"url": miss.url, "reason": miss.reason} for miss in finds.misses],
    }


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
