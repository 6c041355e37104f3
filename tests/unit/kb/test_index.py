"""Full-text search over real files: what fits is found, whatever is typed, and the index follows the files."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avops.errors import DocumentError
from avops.kb.article import front_text, parse_article, with_values
from avops.kb.folder import find_article
from avops.kb.index import DATABASE, search

if TYPE_CHECKING:
    from pathlib import Path


def write(root: Path, name: str, title: str, body: str, tags: tuple[str, ...] = (), status: str = "draft") -> Path:
    path = root / "kb" / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(front_text({"title": title, "tags": list(tags), "status": status}) + f"\n{body}\n")
    return path


def hits(root: Path, query: str) -> list[str]:
    return [hit.path.removeprefix("kb/").removesuffix(".md") for hit in search(root, query).hits]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "display", "Black HDMI display", "The screens stay dark when a cable is loose.", ("hdmi", "display"), "published")
    write(tmp_path, "audio", "Echo in a room", "Two microphones hear one voice. An HDMI cable is not the reason.")
    write(tmp_path, "sub/pairing", "Pairing a microphone", "Hold the button for five seconds.")
    return tmp_path


def test_a_better_fit_comes_first_and_all_words_count_before_any(root):
    assert hits(root, "hdmi") == ["display", "audio"]
    assert hits(root, "hdmi echo") == ["audio"]
    assert hits(root, "hdmi pairing") == ["display", "audio", "sub/pairing"] or "sub/pairing" in hits(root, "hdmi pairing")
    assert hits(root, "Mikrofon") == []
    assert hits(root, "microphones") == hits(root, "microphone") != []
    assert hits(root, '"one voice"') == ["audio"]
    assert hits(root, '"voice one"') == []
    assert hits(root, "micro*") == hits(root, "microphone")
    (hit,) = search(root, "button").hits
    assert (hit.status, hit.plain_snippet) == ("draft", "Hold the button for five seconds.\n")


def test_the_index_follows_the_files(root):
    assert hits(root, "projector") == []
    path = write(root, "audio", "A projector", "It hums.")
    assert hits(root, "projector") == ["audio"]
    stat = path.stat()
    path.write_text(path.read_text().replace("hums", "buzz"))  # of the same length, and soon its times are the same too
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert hits(root, "buzz") == ["audio"]
    path.unlink()
    assert hits(root, "projector") == []


@pytest.mark.parametrize("damage", [b"", b"this is no database" * 100, None])
def test_a_lost_or_broken_index_is_made_anew(root, damage):
    assert hits(root, "hdmi")
    file = root / DATABASE
    file.unlink() if damage is None else file.write_bytes(damage)
    assert hits(root, "hdmi") == ["display", "audio"]


def test_an_index_of_another_version_is_made_anew(root):
    assert hits(root, "hdmi")
    with sqlite3.connect(root / DATABASE) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.execute("DROP TABLE articles")
    connection.close()
    assert hits(root, "hdmi") == ["display", "audio"]


def test_many_may_search_at_once_while_files_change(root):
    def work(number: int) -> list[str]:
        write(root, f"new-{number}", f"Article {number}", "The hdmi matrix.")
        return hits(root, "hdmi")

    with ThreadPoolExecutor(8) as pool:
        assert all("display" in found for found in pool.map(work, range(24)))
    assert len(search(root, "matrix", limit=100).hits) == 24


def test_a_broken_article_is_told_and_hides_nothing_else(root):
    (root / "kb/broken.md").write_text("---\ntitle: 3\nstatus: done\n---\nhdmi\n")
    found = search(root, "hdmi")
    assert len(found.hits) == 2
    assert found.problems == (("kb/broken.md", "kb/broken.md:2:8: 'title' must be text, not the number 3"),)


def test_links_and_hidden_files_are_no_articles(root, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret.md"
    outside.write_text("---\ntitle: Secret hdmi\n---\nhdmi\n")
    (root / "kb/link.md").symlink_to(outside)
    (root / "kb/folder").symlink_to(outside.parent)
    (root / "kb/.hidden.md").write_text("---\ntitle: Hidden hdmi\n---\n")
    assert hits(root, "hdmi") == ["display", "audio"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.one_of(
        st.text(max_size=80),
        st.lists(st.sampled_from(["AND", "OR", "NOT", "NEAR(", ")", '"', "*", "^", "-", ":", "{", "title:", "hdmi", "+", "\x00"])).map(
            " ".join
        ),
    )
)
def test_no_query_is_a_syntax_error(root, query):
    for hit in search(root, query).hits:
        assert hit.path.startswith("kb/")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "kb/x.md:1:1: the article has no front matter"),
        ("# Only text\n", "kb/x.md:1:1: the article has no front matter"),
        ("---\ntitle: A\n", "kb/x.md:1:1: the front matter has no end"),
        ("---\n---\n", "kb/x.md:1:1: the front matter holds no keys"),
        ("---\ntitle: A\nstatus: finished\n---\n", "kb/x.md:3:9: 'status' cannot be the text 'finished'"),
        ("---\ntitle: A\nstatsu: draft\n---\n", "kb/x.md:3:1: unknown key 'statsu'"),
        ("---\ntitle: A\ntags: [a\n---\n", "kb/x.md:3:7: this '[' is not closed"),
        ("---\nstatus: draft\n---\n", "kb/x.md:2:1: the key 'title' is missing"),
        ("---\ntitle: A\nsources:\n  - {url: x, sha256: 12}\n---\n", "kb/x.md:4:22:"),
    ],
)
def test_a_mistake_in_the_front_matter_is_told_where_it_is(text, where):
    with pytest.raises(DocumentError) as caught:
        parse_article(text, "kb/x.md")
    assert str(caught.value).startswith(where)


def test_values_are_written_into_the_front_matter_and_nothing_else_changes():
    text = "---\ntitle: A   # a comment\nnumber: 'KB1'\n---\n\nA text.\n\n---\n\nMore.\n"
    made = with_values(text, "kb/x.md", {"sys_id": "abc", "number": None})
    assert made == "---\ntitle: A   # a comment\nsys_id: abc\n---\n\nA text.\n\n---\n\nMore.\n"


def test_an_article_is_found_by_file_path_title_and_without_regard_to_case(root):
    for name in ("display", "kb/display.md", "DISPLAY", "black hdmi  display"):
        assert find_article(root, name).path == "kb/display.md"
    assert find_article(root, "pairing").path == "kb/sub/pairing.md"
    with pytest.raises(Exception, match="no article is called 'displya'") as caught:
        find_article(root, "displya")
    assert "display" in str(getattr(caught.value, "hint", "")).lower()
