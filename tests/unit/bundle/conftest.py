"""Projects to export and to import into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avops.bundle.archive import read_archive
from avops.bundle.existing import Existing
from avops.bundle.incoming import read_bundle
from avops.bundle.merging import merge_into
from avops.bundle.packing import Wanted, bundle_bytes, pack
from avops.bundle.placing import place
from avops.project.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from avops.bundle.merging import Merged
    from avops.bundle.outcome import Merge

FILES = {
    "avops.yaml": "name: Home\nroles: {L2: [alice]}\n",
    "agents/keeper.yaml": "# who\nname: Keeper\ntools: {slack: [post_message]}   # only this\nrecipes: [Look, 'Look Twice']\n",
    "recipes/look.yaml": """\
name: Look
sop: {file: sops/look.md, sha256: 0000000000000000000000000000000000000000000000000000000000000000}
guardrails:
  rollback_actions:
    - notify: {slack: "#av", text: back}
verify:
  - {id: a, tool: slack.auth_test, source: "sops/look.md:3"}
  - {check: a.ok, reading: {tool: slack.auth_test}}
""",
    "recipes/look.test.yaml": "agent: Keeper\ntools: {slack.auth_test: {ok: true}}\n"
    "tests:\n  - {name: T, expect: {status: success, reads: [slack.auth_test, {tool: slack.auth_test}]}}\n",
    "recipes/twice/look-twice.yaml": "name: Look Twice\nverify:\n  - recipe: look\n"
    "  - wait: {until: reading.ok, reading: {tool: slack.auth_test}}\n",
    "tools/slack.yaml": "name: slack\nkind: http\nbase_url: https://slack.com/api\nauth: {type: bearer, token: env:SLACK_TOKEN}\n"
    "actions:\n  post_message:\n    effect: record\n    notify: {to: channel, text: text}\n"
    "    input: {channel: {type: string}, text: {type: string}}\n    request: {path: /p}\n"
    "  auth_test:\n    effect: read\n    request: {path: /t}\n"
    "    output: {type: object, properties: {ok: {type: boolean}}}\n",
    "workflows/round.yaml": "name: Round\nagent: Keeper\nrecipe: Look\ntrigger: {interval_minutes: 60}   # hourly\n",
    "workflows/after.yaml": "name: After\nstages:\n  - {agent: keeper, recipe: Look}\n"
    "  - {agents: {intake: Keeper, plan: Keeper, act: Keeper, verify: Keeper}, recipe: Look Twice}\n"
    "trigger: {after: round}\nenabled: false\n",
    "sops/look.md": "# Look\n\nLook at it.\n",
    "kb/zoom/black.md": "Black screen: pull the plug.\n",
}


def write(root: Path, files: Mapping[str, str]) -> Path:
    """A folder with these files."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    return root


def tree(root: Path) -> dict[str, bytes]:
    """Everything below a folder, by path; hidden things too."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def exported(root: Path, wanted: Wanted | None = None) -> bytes:
    """The bundle of a project."""
    return bundle_bytes(pack(root, wanted or Wanted()).parts, project="Home", version="1.2.3")


def merged(root: Path, data: bytes, merge: Merge = "skip") -> Merged:
    """How a bundle would go into a project."""
    return merge_into(Existing(Project(root)), read_bundle(read_archive(data, "b.zip")).parts, merge)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The project that bundles come from."""
    return write(tmp_path / "home", FILES)


@pytest.fixture
def away(tmp_path: Path) -> Path:
    """An empty project."""
    return write(tmp_path / "away", {"avops.yaml": "name: Away\n"})


@pytest.fixture
def take(away: Path) -> Callable[[bytes, Merge], Merged]:
    """Imports into the empty project."""

    def take(data: bytes, merge: Merge = "skip") -> Merged:
        found = merged(away, data, merge)
        place(away, found.writes)
        return found

    return take
