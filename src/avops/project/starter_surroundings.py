"""What stands around the documents of a new project: what git ignores, and what CI, pre-commit and the editor do with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

Ci: TypeAlias = Literal["github", "gitlab", "none"]

GITIGNORE = ".avops/\n.env\n"
CI_FILES: dict[Ci, str] = {"github": ".github/workflows/avops.yml", "gitlab": ".gitlab-ci.yml"}
PRE_COMMIT_FILE = ".pre-commit-config.yaml"
EDITOR_FILE = ".vscode/settings.json"

_DOCUMENTS = r"^(agents|recipes|tools|workflows)/.*\.ya?ml$|^sops/|^(avops\.yaml|rooms\.csv)$"
_SCHEMAS = {
    "agent": ["agents/**/*.yaml"],
    "recipe": ["recipes/**/*.yaml", "!recipes/**/*.test.yaml"],
    "test": ["recipes/**/*.test.yaml"],
    "tool": ["tools/**/*.yaml"],
    "workflow": ["workflows/**/*.yaml"],
    "settings": ["avops.yaml"],
}


def surroundings(ci: Ci, *, pre_commit: bool) -> dict[str, str]:
    """The files, each path relative to the project, and its text."""
    files = {".gitignore": GITIGNORE, EDITOR_FILE: _editor_settings()}
    if ci != "none":
        files[CI_FILES[ci]] = _github_workflow() if ci == "github" else _gitlab_pipeline()
    if pre_commit:
        files[PRE_COMMIT_FILE] = _pre_commit()
    return files


def ci_of(folder: Path) -> Ci:
    """The CI that a project's git remotes speak of: `gitlab` if one of them is there and none is at GitHub, else `github`."""
    from avops.project.git import ask_git

    remotes = (ask_git(_nearest(folder), "remote", "-v") or b"").decode("utf-8", "replace").casefold()
    return "gitlab" if "gitlab" in remotes and "github" not in remotes else "github"


def repository_above(folder: Path) -> Path | None:
    """The top of the git repository that the folder is a part of; None where the folder is itself the top, or in no repository."""
    from pathlib import Path

    from avops.project.git import ask_git

    told = ask_git(_nearest(folder), "rev-parse", "--show-toplevel")
    if not told or not told.strip():
        return None
    top = Path(told.decode("utf-8", "surrogateescape").rstrip("\n"))
    return None if top.resolve() == folder.resolve() else top


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above that is there."""
    return next(above for above in (folder.absolute(), *folder.absolute().parents) if above.is_dir())


def _requirement() -> str:
    """What pip installs to have this version, mended where a newer one mends it."""
    from avops import __version__

    return f"avops~={__version__}"


def _editor_settings() -> str:
    return json.dumps({"yaml.schemas": {f"./schemas/{kind}.schema.json": files for kind, files in _SCHEMAS.items()}}, indent=2) + "\n"


def _pre_commit() -> str:
    return f"""\
# pre-commit install, once in each clone, makes git check every commit. It uses the avops that is installed here.
repos:
  - repo: local
    hooks:
      - id: avops-lint
        name: avops lint
        entry: avops lint --format concise
        language: system
        pass_filenames: false
        files: {_DOCUMENTS}
      - id: avops-test
        name: avops test
        entry: avops test
        language: system
        pass_filenames: false
        files: {_DOCUMENTS}
"""


def _github_workflow() -> str:
    return f"""\
# Checks runbooks in pull requests: is it right, what does it mean, does it still do what we said?
name: avops
on: pull_request
permissions: {{contents: read}}
jobs:
  avops:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {{fetch-depth: 0}}   # what the change is compared with must be there
      - uses: actions/setup-python@v5
        with: {{python-version: "3.11"}}
      - run: pip install --quiet '{_requirement()}'
      - run: avops lint --format github
      - run: avops diff --format markdown >> "$GITHUB_STEP_SUMMARY"
        if: ${{{{ !cancelled() }}}}
      - run: avops test
        if: ${{{{ !cancelled() }}}}
"""


def _gitlab_pipeline() -> str:
    return f"""\
# Checks runbooks in merge requests: is it right, what does it mean, does it still do what we said?
avops:
  image: python:3.11
  variables:
    GIT_DEPTH: "0"   # what the change is compared with must be there
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  before_script:
    - pip install --quiet '{_requirement()}'
    - git fetch --quiet origin "+refs/heads/$CI_MERGE_REQUEST_TARGET_BRANCH_NAME:refs/remotes/origin/$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"
  script:
    - avops lint --format gitlab > avops-lint.json || [ $? -eq 1 ]
    - avops diff --format markdown > avops-diff.md
    - avops test --junit avops-test.xml || failed=1
    - avops lint --format concise
    - exit ${{failed:-0}}
  artifacts:
    when: always
    paths: [avops-diff.md]
    reports: {{codequality: avops-lint.json, junit: avops-test.xml}}
"""
