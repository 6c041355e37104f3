"""A project: the folder with `avops.yaml`, and what it holds."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from avops.errors import AvopsError
from avops.project.documents import Loaded, load_document
from avops.project.folder import Documents, read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from avops.model.agent import Agent
    from avops.model.recipe import Recipe
    from avops.model.settings import Settings
    from avops.model.tool import Tool
    from avops.model.workflow import Workflow
    from avops.project.rooms import Rooms

MARKER = "avops.yaml"


class Project:
    """A project as it is when first asked: files are listed and read once. Make a new one to see changes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.agents: Documents[Agent] = Documents(root, "agent")
        self.recipes: Documents[Recipe] = Documents(root, "recipe")
        self.tools: Documents[Tool] = Documents(root, "tool")
        self.workflows: Documents[Workflow] = Documents(root, "workflow")

    @cached_property
    def settings(self) -> Loaded[Settings]:
        """What became of `avops.yaml`. Raises `StorageError` when it cannot be read."""
        return load_document("settings", read_bytes(self.root / MARKER, MARKER), MARKER)

    @cached_property
    def rooms(self) -> Loaded[Rooms]:
        """The room list that the settings name; without the file, a list of no rooms.

        Raises `DocumentError` when the settings are broken, `StorageError` when the file cannot be read or lies
        outside the project.
        """
        from avops.project.rooms import read_rooms

        return read_rooms(self.root, self.settings.required().rooms)

    @cached_property
    def env(self) -> dict[str, str]:
        """The names and values in the project's `.env`; empty without one. Raises `DocumentError`."""
        from avops.project.env_file import read_env

        return read_env(self.root / ".env")


def find_project(start: Path) -> Project:
    """The project that `start` lies in: the nearest folder upwards with `avops.yaml`. Raises `AvopsError`."""
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / MARKER).is_file():
            return Project(candidate)
    raise AvopsError(f"there is no avops project here: no '{MARKER}' in '{folder}' or above it", hint="`avops init` makes one")
