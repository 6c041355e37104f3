"""`docs/models.md` shows what happens: its session is typed again, against a server on this machine, and its prices are the list's."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from llmock.scenarios import Reply
from llmock.testing import LLMockServer

from avops.cli.main import run
from avops.providers.prices import price_lists

PAGE = Path(__file__).parents[2] / "docs" / "models.md"
SHOWN = "http://127.0.0.1:11434"
DEFAULTS = re.compile(r"(?:^[a-z_.]+ .* {2}default\n)+", re.MULTILINE)
"""Lines of settings that nobody has set; the page leaves them out."""


def part(mark: str) -> str:
    """What stands between two marks of the page."""
    found = re.search(rf"<!-- {mark} -->\n(.*)<!-- end of the {mark} -->", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_session_on_the_page_is_what_happens(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "avops.yaml").write_text("name: AV Operations\ntimezone: America/Chicago\n")
    monkeypatch.chdir(tmp_path)
    happened = []
    with LLMockServer() as server:
        server.state.scenarios.add(Reply(text="ready"))
        for line in part("session").splitlines():
            if line.startswith("$ avops "):
                assert run(shlex.split(line.removeprefix("$ avops ").replace(SHOWN, server.url))) == 0
                printed = capsys.readouterr()
                happened += [line, *f"{printed.out}{printed.err}".replace(server.url, SHOWN).splitlines()]
        told = "\n".join(happened).replace(f"127.0.0.1:{server.port}", "127.0.0.1:11434")
    told = re.sub(r"in \d+\.\d s", "in 0.4 s", told)
    assert part("session") == DEFAULTS.sub("…\n", f"```\n{told}\n```\n")


def test_the_prices_on_the_page_are_those_of_the_list():
    rows = ["| model | in | cached | out | as of |", "|---|---|---|---|---|"]
    for listed in price_lists().values():
        for name, price in listed.models.items():
            cached = "" if price.cached is None else f"${price.cached}"
            rows.append(f"| `{name}` | ${price.input} | {cached} | ${price.output} | {price.as_of} |")
    sources = " and ".join(listed.source for listed in price_lists().values())
    assert part("prices") == f"US dollars for a million tokens, from {sources}:\n\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize("name", ["provider", "model", "base_url", "api_key", "prices", "mock"])
def test_every_setting_of_the_model_stands_on_the_page(name):
    assert f"| `{name}` |" in PAGE.read_text(encoding="utf-8")
