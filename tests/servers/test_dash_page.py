"""The page of `avops dash --html` in a real browser: it is drawn, and asks for nothing outside.

Needs Chromium (`apt-get install chromium`), or its path in AVOPS_CHROMIUM.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.cli.screens import Site, avops
from tests.cli.test_dash import fill, week

if TYPE_CHECKING:
    from pathlib import Path


class Proxy:
    """A proxy that answers nothing and counts who knocks."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.asked: list[bytes] = []
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                self.asked.append(connection.recv(4096))

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


def browser(folder: Path, proxy: Proxy, *arguments: str) -> str:
    """What headless Chromium prints; everything that it asks for goes through the proxy."""
    found = os.environ.get("AVOPS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "no Chromium here: apt-get install chromium, or set AVOPS_CHROMIUM"
    command = [
        found,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        f"--user-data-dir={folder / 'browser'}",
        f"--proxy-server=http://127.0.0.1:{proxy.port}",
        "--proxy-bypass-list=<-loopback>",
        *arguments,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    site = Site(tmp_path, monkeypatch)
    fill(site, week(), now=datetime.now(UTC))
    assert avops("dash", "--html", "page.html") == 0
    return tmp_path / "page.html"


def test_the_page_is_drawn_and_asks_for_nothing(page: Path, tmp_path: Path) -> None:
    proxy = Proxy()
    try:
        dom = browser(tmp_path, proxy, "--dump-dom", page.as_uri())
        browser(tmp_path, proxy, f"--screenshot={tmp_path / 'page.png'}", "--window-size=1200,1600", page.as_uri())
    finally:
        proxy.close()
    assert dom.count("<svg") == 2
    assert dom.count("<rect") > 7  # one for each day at least; how many more depends on the time of day
    assert (tmp_path / "page.png").stat().st_size > 20_000
    # A connection that is opened and closed without a word asks for nothing: browsers open some ahead of any wish.
    assert not [asked for asked in proxy.asked if asked and b"google" not in asked]


def test_a_page_that_asks_for_something_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "asks.html"
    page.write_text('<!doctype html><img src="http://pictures.example/one.png">')
    proxy = Proxy()
    try:
        browser(tmp_path, proxy, "--dump-dom", page.as_uri())
    finally:
        proxy.close()
    assert any(b"pictures.example" in asked for asked in proxy.asked)
