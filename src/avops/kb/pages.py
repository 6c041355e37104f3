"""Web pages fetched within bounds: each hop's host checked, so many bytes, so long, and read in a process of its own."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import sys
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from avops.errors import AvopsError
from avops.kb.hosts import Address, AllowedHost, Rejected, judge_link, judge_url
from avops.kb.reading import decode, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from avops.ports import Clock

REDIRECTS = frozenset({301, 302, 303, 307, 308})
READABLE = frozenset({"text/html", "text/plain", "application/xhtml+xml"})
READ_S = 15.0
"""For the process that reads a page, beyond its own limit of processor time: a machine may be busy."""
TOO_MUCH = "cannot be read: its HTML takes more time than a page may"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """One answer of a web server; header names are lower-case, `body` is None when it was longer than asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None


class Web(Protocol):
    """Fetches one address, without following where it leads."""

    async def get(self, address: Address, max_bytes: int) -> Raw:
        """The answer. Raises AvopsError: the host is unknown or private, refuses, or speaks no HTTP."""
        ...

    async def close(self) -> None:
        """Ends connections."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What may be fetched, and how much of it."""

    allow: tuple[AllowedHost, ...]
    denied: tuple[str, ...] = ()
    max_bytes: int = 2 * 1024 * 1024
    page_s: float = 15.0
    """For one page, its redirects included."""
    all_s: float = 60.0
    parallel: int = 4
    max_pages: int = 6
    max_hops: int = 5


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a page's text. `kind` is `heading`, `text`, `item`, `step` (of a numbered list), `code`, or `end` of such a list."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that was read. `sha256` is that of `body`, the bytes as they came, unpacked."""

    url: str
    hops: tuple[str, ...]
    """The addresses on the way, the one that was found first."""
    title: str
    blocks: tuple[Block, ...]
    fetched_at: datetime
    media: str
    body: bytes
    html: str
    """The text in plain blocks: safe to open."""

    @property
    def sha256(self) -> str:
        """The hash of the bytes that were fetched."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """An address that gave no page, and why."""

    url: str
    reason: str


async def fetch_pages(web: Web, urls: Sequence[str], bounds: Bounds, clock: Clock) -> tuple[list[Page], list[Miss]]:
    """The pages in the order of their addresses, and what was not read. Addresses beyond `max_pages` that may be read are left out."""
    chosen: list[tuple[str, Address]] = []
    misses: list[Miss] = []
    seen: set[str] = set()
    for url in urls:
        judged = judge_url(url, bounds.allow, bounds.denied)
        if isinstance(judged, Rejected):
            misses.append(Miss(url=url[:300], reason=judged.reason))
        elif judged.url not in seen and len(chosen) < bounds.max_pages:
            seen.add(judged.url)
            chosen.append((url, judged))
    slots = asyncio.Semaphore(bounds.parallel)

    async def one(address: Address) -> Page | Miss:
        async with slots:
            return await _bounded(web, address, bounds, clock)

    tasks = [asyncio.create_task(one(address)) for _, address in chosen]
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=bounds.all_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    found: list[Page] = []
    for (url, _), task in zip(chosen, tasks, strict=True):
        result = Miss(url=url, reason=f"not read within {bounds.all_s:g} s for all pages") if task.cancelled() else task.result()
        if isinstance(result, Miss):
            misses.append(result)
        elif all(result.url != page.url for page in found):
            found.append(result)
    return found, misses


async def _bounded(web: Web, address: Address, bounds: Bounds, clock: Clock) -> Page | Miss:
    try:
        async with asyncio.timeout(bounds.page_s):
            return await _fetch(web, address, bounds, clock)
    except TimeoutError:
        return Miss(url=address.url, reason=f"not read within {bounds.page_s:g} s")
    except AvopsError as error:
        return Miss(url=address.url, reason=error.message)


async def _fetch(web: Web, first: Address, bounds: Bounds, clock: Clock) -> Page | Miss:
    """The page behind an address; every hop is judged as the first one was, before anything is sent there."""
    address, hops = first, [first.url]
    while True:
        raw = await web.get(address, bounds.max_bytes)
        if raw.status not in REDIRECTS:
            break
        if len(hops) > bounds.max_hops:
            return Miss(url=first.url, reason=f"redirected more than {bounds.max_hops} times")
        there = judge_link(address, raw.headers.get("location", ""), bounds.allow, bounds.denied)
        if isinstance(there, Rejected):
            return Miss(url=first.url, reason=f"redirected to where nothing may be read: {there.reason}")
        if there.url in hops:
            return Miss(url=first.url, reason="redirected in a circle")
        address = there
        hops.append(address.url)
    return await _page(raw, tuple(hops), bounds, clock)


async def _page(raw: Raw, hops: tuple[str, ...], bounds: Bounds, clock: Clock) -> Page | Miss:
    def miss(reason: str) -> Miss:
        return Miss(url=hops[0], reason=reason)

    if raw.status != 200:
        return miss(f"answered {raw.status}")
    kind, _, parameters = raw.headers.get("content-type", "").partition(";")
    media = kind.strip().lower()
    if media not in READABLE:
        return miss(f"is '{tidy(media)[:60]}', not HTML or plain text" if media else "does not say what it is")
    body = (
        None if raw.body is None else _unpacked(raw.body, raw.headers.get("content-encoding", "identity").strip().lower(), bounds.max_bytes)
    )
    if raw.body is None or (isinstance(body, bytes) and len(body) > bounds.max_bytes):
        return miss(f"is larger than {bounds.max_bytes / 1024 / 1024:g} MiB")
    if body is None:
        return miss("is packed in a way that cannot be undone")
    named = re.search(r"charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{1,40})", parameters, re.IGNORECASE)
    charset = named[1] if named else ""
    if media == "text/plain":
        title, blocks, html = "", _plain_blocks(decode(body, charset)), ""
    else:
        read = await _read_apart(body, charset)
        if isinstance(read, str):
            return miss(read)
        title, blocks, html = read
    if not any(block.text for block in blocks):
        return miss("holds no text")
    return Page(url=hops[-1], hops=hops, title=title or hops[-1], blocks=blocks, fetched_at=clock.now(), media=media, body=body, html=html)


def _unpacked(data: bytes, encoding: str, limit: int) -> bytes | None:
    """Some servers compress although nobody asked them to. More than `limit` bytes when there is more; None when it is broken."""
    if encoding in ("identity", ""):
        return data
    if encoding not in ("gzip", "deflate", "x-gzip"):
        return None
    try:
        return zlib.decompressobj(wbits=47).decompress(data, limit + 1)
    except zlib.error:
        return None


def _plain_blocks(text: str) -> tuple[Block, ...]:
    """Paragraphs of a plain text; numbered lines are steps."""
    blocks: list[Block] = []
    for paragraph in re.split(r"\n\s*\n", text[: 2 * 1024 * 1024].replace("\r", "")):
        numbered = [found for line in paragraph.split("\n") if (found := re.match(r"\s*\d{1,3}[.)]\s+(.+)", line))]
        if len(numbered) > 1:
            blocks += [Block("step", tidy(found[1])) for found in numbered]
            blocks.append(Block("end", ""))
        elif words := tidy(paragraph):
            blocks.append(Block("text", words[:4000]))
    return tuple(blocks[:4000])


async def _read_apart(body: bytes, charset: str) -> tuple[str, tuple[Block, ...], str] | str:
    """Title, blocks and sanitised HTML; or why there are none."""
    # What this process can import, the other can too, wherever it is installed; the project's folder is no such place.
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    kept["PYTHONPATH"] = os.pathsep.join(entry for entry in sys.path if entry)
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-B", "-m", "avops.kb.reading", charset),
            env=kept,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        return f"cannot be read: no process could be started for it ({error.strerror})"
    try:
        async with asyncio.timeout(READ_S):
            output, _ = await process.communicate(body)
    except TimeoutError:
        return TOO_MUCH
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code := process.returncode:
        return TOO_MUCH if code < 0 else "cannot be read: its HTML makes the reader fail"
    read = json.loads(output)
    return read["title"], tuple(Block(kind, text) for kind, text in read["blocks"]), read["html"]
