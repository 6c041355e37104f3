"""`avops kb list`, `show`, `search` and `new`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.kb.article import Article


def show_list(*, as_json: bool) -> int:
    """Prints the articles, and on standard error those that cannot be read."""
    from avops import wiring
    from avops.kb.folder import articles
    from avops.report.diagnostics import visible

    found, broken = articles(wiring.open_workspace().root)
    if as_json:
        rows = [_row(article) for article in found]
        rows += [{"path": each.path, "broken": str(each.error)} for each in broken]
        print(json.dumps(sorted(rows, key=lambda row: str(row["path"])), ensure_ascii=False, indent=2))
    elif found:
        _table([(each.title, each.front.status, each.front.number or "—", ", ".join(each.front.tags) or "—", each.path) for each in found])
    elif not broken:
        print('no articles here; avops kb new "TITLE" begins one', file=sys.stderr)
    for each in broken:
        print(f"broken: {visible(str(each.error))}", file=sys.stderr)
    return 1 if broken else 0


def _row(article: Article) -> dict[str, object]:
    front = article.front
    return {
        "title": front.title,
        "status": front.status,
        "tags": front.tags,
        "created": front.created,
        "sys_id": front.sys_id,
        "number": front.number,
        "sources": len(front.sources),
        "path": article.path,
    }


def _table(rows: Sequence[tuple[str, ...]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from avops.report.diagnostics import visible

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("title", "status", "number", "tags", "path"):
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    Console(highlight=False).print(table)


def show_one(name: str, *, html: bool, as_json: bool) -> int:
    """Prints one article."""
    from avops import wiring
    from avops.kb.folder import find_article
    from avops.kb.writing import article_html
    from avops.project.folder import read_bytes
    from avops.report.diagnostics import visible

    root = wiring.open_workspace().root
    article = find_article(root, name)
    if as_json:
        data = {"path": article.path, **article.front.model_dump(mode="json", exclude_none=True), "body": article.body}
        print(json.dumps(data | ({"html": article_html(article.body)} if html else {}), ensure_ascii=False, indent=2))
        return 0
    text = article_html(article.body) if html else read_bytes(root / article.path, article.path).decode("utf-8")
    if not html:
        print(f"# {article.path}")
    print("\n".join(visible(line) for line in text.splitlines()))
    return 0


def show_hits(query: str, *, limit: int, as_json: bool) -> int:
    """Prints the articles that fit, best first."""
    from avops import wiring
    from avops.kb.index import search
    from avops.report.diagnostics import visible

    found = search(wiring.open_workspace().root, query, limit=limit)
    for _, problem in found.problems:
        print(f"not searched: {visible(problem)}", file=sys.stderr)
    if as_json:
        rows = [
            {"path": hit.path, "title": hit.title, "status": hit.status, "score": hit.score, "snippet": hit.plain_snippet}
            for hit in found.hits
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0 if rows else 1
    for hit in found.hits:
        print(f"{visible(hit.title)}  ({hit.status}, {visible(hit.path)})")
        print(f"    {visible(_shown(hit.snippet))}")
    if not found.hits:
        print(f"no article fits '{visible(query)}'", file=sys.stderr)
    return 0 if found.hits else 1


def _shown(snippet: str) -> str:
    """A snippet on one line, with what fits in brackets."""
    from avops.kb.index import CLOSES, OPENS

    return " ".join(snippet.replace(OPENS, "[").replace(CLOSES, "]").split())


def begin_article(title: str, tags: Sequence[str], *, as_json: bool) -> int:
    """Writes an article with nothing in it but its title."""
    from avops import wiring
    from avops.wiring.knowledge_files import new_article

    path = new_article(wiring.open_workspace(), title, tags)
    print(json.dumps({"path": path, "title": title}, ensure_ascii=False, indent=2) if as_json else path)
    return 0
