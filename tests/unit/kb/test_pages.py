"""Pages from a real server on loopback: bounds of size, time, kind and place, and what remains of hostile HTML."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kb.site import GOOD, Site, open_site

from avops.kb.hosts import AllowedHost, allowed_hosts
from avops.kb.pages import Bounds, Miss, Page, Raw, fetch_pages
from avops.kb.reading import decode, read_html, tidy
from avops.project.clock import SystemClock
from avops.wiring.knowledge_web import PooledWeb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.kb.hosts import Address


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with open_site() as opened:
        yield opened


def fetch(site: Site, *paths: str, bounds: Bounds | None = None, web: object = None) -> tuple[list[Page], list[Miss]]:
    async def work() -> tuple[list[Page], list[Miss]]:
        through = web or PooledWeb()
        try:
            urls = [path if "://" in path else site.base + path for path in paths]
            return await fetch_pages(through, urls, bounds or Bounds(allow=allowed_hosts([site.host])), SystemClock())  # type: ignore[arg-type]  # a fake in one test
        finally:
            await through.close()  # type: ignore[attr-defined]  # as above

    return asyncio.run(work())


def only_miss(site: Site, path: str, bounds: Bounds | None = None) -> str:
    pages, misses = fetch(site, path, bounds=bounds)
    assert not pages
    (miss,) = misses
    return miss.reason


def test_a_page_is_read_as_text_with_the_hash_of_its_bytes(site):
    (page,), misses = fetch(site, "/good")
    assert not misses
    assert page.title == "Zoom Room HDMI: black screen"
    assert page.sha256 == hashlib.sha256(GOOD.encode()).hexdigest()
    kinds = [(block.kind, block.text) for block in page.blocks]
    assert ("heading", "The display of a Zoom Room stays black") in kinds
    assert [text for kind, text in kinds if kind == "step"][1] == "Power the display off and on with its remote control."
    whole = " ".join(text for _, text in kinds)
    assert "steal" not in whole
    assert "menu" not in whole
    assert "footer" not in whole


def test_nothing_active_is_left_of_a_hostile_page(site):
    (page,), _ = fetch(site, "/hostile")
    assert page.title == "Fix <img src=x onerror=alert(1)>"
    assert not any(word in page.html.lower() for word in ("<img", "<a", "<script", "<svg", "<iframe", "javascript:", "style"))
    assert not any(word in block.text for block in page.blocks for word in ("\x1b", "\u202e", "\u200b"))


def test_redirects_are_followed_only_to_where_one_may_read(site):
    site.redirect("/moved", "/good")
    (page,), _ = fetch(site, "/moved")
    assert page.hops == (site.base + "/moved", site.base + "/good")
    for to, why in {
        "https://evil.example/x": "'evil.example' is not among the allowed domains",
        "http://10.0.0.1/x": "'10.0.0.1' is not among the allowed domains",
        "http://169.254.169.254/latest/meta-data": "'169.254.169.254' is not among the allowed domains",
        "http://127.0.0.1:1/x": "port 1 of '127.0.0.1' is not among the allowed domains",
        "http://u:p@127.0.0.1/": "its address holds a user name",
        "file:///etc/passwd": "its scheme 'file' is not https",
    }.items():
        site.redirect("/elsewhere", to)
        assert only_miss(site, "/elsewhere") == f"redirected to where nothing may be read: {why}"
    site.redirect("/circle", "/circle2")
    site.redirect("/circle2", "/circle")
    assert only_miss(site, "/circle") == "redirected in a circle"
    for number in range(8):
        site.redirect(f"/chain{number}", f"/chain{number + 1}")
    assert only_miss(site, "/chain0") == "redirected more than 5 times"


def test_an_allowed_name_with_a_private_address_is_not_connected_to(site):
    bounds = Bounds(allow=(AllowedHost(host="10.1.2.3"), AllowedHost(host="169.254.169.254"), AllowedHost(host="192.168.1.1.nip.example")))
    _, misses = fetch(site, "https://10.1.2.3/", "https://169.254.169.254/", bounds=bounds)
    assert [miss.reason for miss in misses] == ["'10.1.2.3' is a private address", "'169.254.169.254' is a private address"]


def test_a_public_name_that_leads_to_this_machine_is_not_connected_to(site, monkeypatch):
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr("avops.connectors.network.resolve", resolve)
    _, (miss,) = fetch(site, "https://rebound.example/", bounds=Bounds(allow=allowed_hosts(["rebound.example"])))
    assert miss.reason == "'rebound.example' (127.0.0.1) is a private address"


def test_what_is_too_large_too_slow_or_no_page_is_passed_over(site):
    small = Bounds(allow=allowed_hosts([site.host]), max_bytes=4000)
    site.put("/huge", "<p>" + "x" * 5000)
    site.zipped("/bomb", b"<p>" + b"x" * 3_000_000)
    site.zipped("/zipped", b"<p>A short text that was compressed.</p>")
    site.put("/broken-zip", b"no gzip", Content_Encoding="gzip")
    site.put("/brotli", b"x", Content_Encoding="br")
    site.put("/picture", b"\x89PNG", "image/png")
    site.put("/untyped", b"<p>x</p>", "")
    site.put("/empty", "<script>only()</script>")
    site.put("/gone", "<p>x</p>", status=410)
    assert only_miss(site, "/huge", small).startswith("is larger than 0.00")
    assert only_miss(site, "/bomb", small).startswith("is larger than 0.00")
    assert only_miss(site, "/slow", replace(small, page_s=0.2)) == "not read within 0.2 s"
    assert only_miss(site, "/slow", replace(small, all_s=0.2)) == "not read within 0.2 s for all pages"
    assert only_miss(site, "/broken-zip") == only_miss(site, "/brotli") == "is packed in a way that cannot be undone"
    assert only_miss(site, "/picture") == "is 'image/png', not HTML or plain text"
    assert only_miss(site, "/untyped") == "does not say what it is"
    assert only_miss(site, "/empty") == "holds no text"
    assert only_miss(site, "/gone") == "answered 410"
    (page,), _ = fetch(site, "/zipped", bounds=small)
    assert page.body == b"<p>A short text that was compressed.</p>"


def test_at_most_so_many_pages_and_each_once(site):
    site.redirect("/also-good", "/good")
    bounds = Bounds(allow=allowed_hosts([site.host]), max_pages=3)
    asked = len(site.asked)
    pages, _ = fetch(site, "/good", "/good#part", "/also-good", "/other", "/hostile", bounds=bounds)
    assert [page.url for page in pages] == [site.base + "/good", site.base + "/other"]
    assert "/hostile" not in site.asked[asked:]


def test_text_in_any_encoding_is_read(site):
    site.put("/latin", "<p>Prüfe das Kabel für den Raum.</p>".encode("latin-1"), "text/html; charset=iso-8859-1")
    site.put("/meta", '<meta charset="windows-1252"><p>Prüfe das Kabel.</p>'.encode("cp1252"), "text/html")
    site.put("/wrong", "<p>Prüfe das Kabel.</p>".encode("latin-1"), "text/html; charset=no-such-thing")
    site.put("/plain", b"Before the list.\n\n1. Check it.\n2. Restart it.\n", "text/plain")
    pages, _ = fetch(site, "/latin", "/meta", "/wrong", "/plain")
    texts = [[(block.kind, block.text) for block in page.blocks] for page in pages]
    assert texts[0] == [("text", "Prüfe das Kabel für den Raum.")]
    assert texts[1] == [("text", "Prüfe das Kabel.")]
    assert texts[2] == [("text", "Pr\ufffdfe das Kabel.")]
    assert texts[3] == [("text", "Before the list."), ("step", "Check it."), ("step", "Restart it."), ("end", "")]


def test_a_page_that_its_parser_cannot_finish_costs_only_itself(site, monkeypatch):
    site.put("/deep", "<div>" * 150_000 + "x")
    monkeypatch.setattr("avops.kb.pages.READ_S", 0.3)
    assert only_miss(site, "/deep") == "cannot be read: its HTML takes more time than a page may"


def test_a_server_that_speaks_no_http_is_passed_over(site):
    class Odd:
        async def get(self, address: Address, max_bytes: int) -> Raw:
            return Raw(status=302, headers={}, body=b"")

        async def close(self) -> None: ...

    _, (miss,) = fetch(site, "/good", web=Odd())
    assert miss.reason == "redirected in a circle"


@given(
    st.binary(max_size=300), st.sampled_from(["", "utf-8", "utf-16", "latin-1", "idna", "base64", "zlib", "punycode", "rot13", "undefined"])
)
def test_decoding_never_fails(data, charset):
    assert isinstance(decode(data, charset), str)


@given(st.text(alphabet="<>/ab\"'= !-&;ol1ip\x00\u202e", max_size=80))
def test_no_html_makes_the_reader_fail_or_keeps_more_than_plain_blocks(text):
    page = read_html(text.encode(), "utf-8")
    assert isinstance(page["blocks"], list)
    for _, block in page["blocks"]:
        assert block == tidy(block)
