"""The project at hand: its documents, its settings, and its database."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from avops.model.agent import Agent
    from avops.model.recipe import Recipe
    from avops.model.settings import Settings
    from avops.project.documents import Loaded
    from avops.project.folder import Documents
    from avops.project.project import Project
    from avops.project.rooms import Room
    from avops.telemetry.run_store import SqliteRunStore

DATABASE = ".avops/avops.db"
"""Where the database lies unless the settings say otherwise; a test holds it equal to theirs."""


class Workspace:
    """A project with its settings, and where its state lies."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.root = project.root
        self.gathered: dict[tuple[str, ...], dict[str, str]] = {}
        """The texts that runs start from, by recipe and agents: runs that share them are judged and compiled once."""
        self._found: dict[tuple[str, str], Loaded[Any]] = {}

    @cached_property
    def settings(self) -> Settings:
        """The settings of `avops.yaml`; DocumentError when they are not right."""
        return self.settings_document.required()

    @cached_property
    def settings_document(self) -> Loaded[Settings]:
        """`avops.yaml` as it was read."""
        return self.project.settings

    @cached_property
    def _plain(self) -> dict[str, object]:
        """`avops.yaml` as it is written: enough for a command that must be quick, and judges nothing."""
        from avops.project.yaml_text import read_yaml

        data = read_yaml((self.root / "avops.yaml").read_bytes(), path="avops.yaml")
        return data if isinstance(data, dict) else {}

    @property
    def database(self) -> Path:
        """The database file."""
        return self.root / str(self._plain.get("database") or DATABASE)

    @property
    def timezone(self) -> str:
        """The zone in which times are shown."""
        return str(self._plain.get("timezone") or "UTC")

    def recipe(self, name: str) -> Loaded[Recipe]:
        """A recipe by name or file slug; NotFoundError with the near ones."""
        return self._find(self.project.recipes, name)

    def agent(self, name: str) -> Loaded[Agent]:
        """An agent by name or file slug."""
        return self._find(self.project.agents, name)

    def tool(self, name: str) -> Loaded[Any]:
        """A tool by name or file slug."""
        return self._find(self.project.tools, name)

    def _find(self, documents: Documents[Any], name: str) -> Loaded[Any]:
        """A document as it was when first asked for."""
        key = (documents.kind, name)
        if key not in self._found:
            self._found[key] = documents.find(name)
        return self._found[key]

    def room(self, key: str) -> Room:
        """A row of the room list, by its key."""
        return self.project.rooms.required().find(key)


def open_workspace(start: Path | None = None) -> Workspace:
    """The project that a folder (by default the current one) belongs to; AvopsError when there is none."""
    from avops.project.project import find_project

    return Workspace(find_project(start or Path.cwd()))


def find_workspace() -> Workspace | None:
    """The project the current folder belongs to, if it belongs to one."""
    from avops.errors import AvopsError

    try:
        return open_workspace()
    except AvopsError:
        return None


@contextmanager
def open_store(workspace: Workspace) -> Iterator[SqliteRunStore]:
    """The project's database, made or migrated where needed; runs whose process is gone are marked `interrupted` first."""
    from avops.telemetry.run_store import SqliteRunStore

    with SqliteRunStore(workspace.database) as store:
        if store.reader().execute("SELECT 1 FROM runs WHERE status = 'running' LIMIT 1").fetchone():
            import asyncio

            async def recover() -> None:
                await store.recover()

            asyncio.run(recover())
        yield store
