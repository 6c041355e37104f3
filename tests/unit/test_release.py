"""What is given away says the same everywhere: the version, the changelog, the container file."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from avops import __version__

ROOT = Path(__file__).parents[2]
INSTRUCTION = re.compile(r"^([A-Z]+) +((?:.*\\\n)*.*)$", re.MULTILINE)


def instructions() -> list[tuple[str, str]]:
    """The container file's instructions, continued lines joined, in order."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Containerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [(match[1], re.sub(r"\\\n *", "", match[2])) for match in INSTRUCTION.finditer(text)]


def test_the_newest_entry_of_the_changelog_is_this_version():
    entry = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert entry is not None
    assert entry[1] == __version__


def test_the_container_copies_what_is_there_and_all_that_the_wheel_is_built_from():
    copied = set()
    for name, words in instructions():
        if name == "COPY" and not words.startswith("--from="):
            sources = words.split()[:-1]
            assert all((ROOT / source).exists() for source in sources), sources
            copied |= set(sources)
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = data["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {
        *wheel["force-include"],
        *(path.partition("/")[0] for path in wheel["only-include"]),
        data["project"]["readme"],
        "pyproject.toml",
    }
    assert needed <= copied


def test_the_container_runs_avops_as_somebody_without_rights_in_a_volume():
    last = dict(instructions())
    names = [name for name, _ in instructions()]
    assert last["USER"] == "avops"
    assert names.index("USER") > max(index for index, name in enumerate(names) if name == "RUN")
    assert last["WORKDIR"] == last["VOLUME"] == "/project"
    assert json.loads(last["ENTRYPOINT"]) == ["avops"]
    bases = [words.split()[0].rpartition("/")[2] for name, words in instructions() if name == "FROM"]
    assert set(bases) == {"python:3.11-slim"}
