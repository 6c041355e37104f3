"""Git is asked in one way: it never fetches, starts nothing, and its refusals are no answers."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from avops.project.git import ask_git
from avops.project.sop_history import digest, earlier


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@av.example", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "origin"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    for number in (1, 2):
        (root / "sop.md").write_text(f"{number}. Turn it on.\n")
        git(root, "add", ".")
        git(root, "commit", "-q", "-m", f"version {number}")
    return root


def test_an_answer_and_a_refusal(repository: Path, tmp_path: Path) -> None:
    assert ask_git(repository, "show", "HEAD:sop.md") == b"2. Turn it on.\n"
    assert ask_git(repository, "show", "HEAD:gone.md") is None
    assert ask_git(tmp_path, "rev-parse", "HEAD") is None
    assert ask_git(tmp_path / "no-such-folder", "version") is None


def test_a_file_monitor_of_the_repository_is_not_started(repository: Path, tmp_path: Path) -> None:
    monitor = tmp_path / "monitor"
    monitor.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    monitor.chmod(0o755)
    git(repository, "config", "core.fsmonitor", str(monitor))
    assert ask_git(repository, "status", "--porcelain") == b""
    assert not (tmp_path / "started").exists()


def test_what_a_partial_clone_lacks_is_not_fetched(repository: Path, tmp_path: Path) -> None:
    git(repository, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", repository.as_uri(), "partial")
    first = digest(b"1. Turn it on.\n")
    assert earlier(repository, "sop.md", first) == "1. Turn it on.\n"
    assert earlier(tmp_path / "partial", "sop.md", first) is None
