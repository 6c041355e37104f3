"""`avops help`: the pages of the runbook, found by topic and by command."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

from avops.cli.help_pages import Page, for_terminal, page_for, pages
from avops.cli.main import run
from avops.cli.table import COMMANDS
from avops.errors import NotFoundError


def test_it_lists_every_page_with_what_it_is_about(capsys):
    assert run(["help"]) == 0
    out, err = capsys.readouterr()
    listed = dict(re.split(r" {2,}", line, maxsplit=1) for line in out.splitlines())
    assert set(listed) == set(pages())
    assert listed["recipes"] == "Writing recipes"
    assert all(listed.values())
    assert "avops help TOPIC" in err


@pytest.mark.parametrize(
    ("words", "topic"),
    [("recipes", "recipes"), ("RECIPES.md", "recipes"), ("recipe tests", "recipe-tests"), ("qrc", "connectors/qrc"), ("tools", "tools")],
)
def test_a_page_is_found_by_its_topic(words, topic):
    assert page_for(words).topic == topic


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_page(name):
    text = page_for(name).text
    first = text.splitlines()[0].lstrip("# ")
    assert first == f"avops {name}" or name in pages()
    assert "avops " in text


def test_the_page_of_a_command_has_its_sub_commands_and_names_the_pages_that_speak_of_it():
    text = page_for("avops workflow").text
    assert "### avops workflow enable" in text
    assert "avops trust\n" not in text
    assert "`avops help operations`" in text
    alone = page_for("workflow enable").text
    assert alone.startswith("### avops workflow enable\n")
    assert "### avops workflow disable" not in alone
    assert "`avops help rules`" in page_for("lint").text


@pytest.mark.parametrize(
    ("words", "near"), [("recpies", "recipes"), ("operatons", "operations"), ("tesria", "tesira"), ("schedul", "schedule")]
)
def test_a_miss_is_told_the_near_one(words, near, capsys):
    assert run(["help", words]) == 2
    error = capsys.readouterr().err
    assert f"error: no topic and no command is called '{words}'" in error
    assert f"did you mean '{near}'?" in error


def test_nothing_near_is_told_how_to_list():
    with pytest.raises(NotFoundError, match="xyzzy") as told:
        page_for("xyzzy")
    assert told.value.hint == "avops help lists the topics"


def test_links_become_the_commands_that_show_their_pages_and_code_stays_as_it_is():
    text = """See [recipes](../recipes.md#inputs), [the queries](qrc.md), [a manual](https://x.example/m), [a file](../../LICENSE)
and [`tools`](../tools.md). ![A core](../pictures/core.svg) Not `[recipes](../recipes.md)`.
<!-- a remark -->
```yaml
- [recipes](../recipes.md)
```
"""
    shown = for_terminal(Page(topic="connectors/writing", title="T", text=text), pages())
    assert shown.startswith("See `avops help recipes`, the queries (`avops help connectors/qrc`), a manual (https://x.example/m), a file\n")
    assert "\nand `avops help tools`." in shown
    assert "(picture: A core)" in shown
    assert "Not `[recipes](../recipes.md)`." in shown
    assert "- [recipes](../recipes.md)" in shown
    assert "a remark" not in shown


@pytest.mark.parametrize("topic", pages())
def test_no_link_between_pages_is_left_and_none_leads_nowhere(topic):
    known = pages()
    shown = for_terminal(known[topic], known)
    outside = re.sub(r"^```.*?^```$", "", shown, flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"\]\([^)]*\.(?:md|svg)", re.sub(r"`[^`\n]+`", "", outside)) == []
    for named in re.findall(r"`avops help ([a-z/-]+)`", outside):
        assert page_for(named)


def test_piped_it_is_markdown_and_on_a_terminal_it_is_laid_out(capsys):
    assert run(["help", "ci"]) == 0
    assert capsys.readouterr().out.startswith("# Runbooks in pull requests\n")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "70", "PAGER": "false"}
    with subprocess.Popen(
        [sys.executable, "-m", "avops", "help", "ci"], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # Linux says so when the other end is closed
            pass
        assert process.wait() == 0
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).replace("\r\n", "\n")
    assert "\x1b[" in shown.decode()
    assert "# Runbooks" not in text
    assert "Runbooks in pull requests" in text
    assert max(map(len, text.splitlines())) <= 70
