"""What `avops init` was told, completed by what is there: the project's own settings, its git remote, its files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from avops.project.starter import Choices
    from avops.project.starter_surroundings import Ci

CONTENTS = ("demo", "empty")
PROVIDERS = ("anthropic", "none", "openai")
PLACES = ("github", "gitlab", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The flags as they were typed; None for one that was not."""

    content: str | None = None
    provider: str | None = None
    model: str | None = None
    base_url: str | None = None
    timezone: str | None = None
    mock: bool | None = None
    ci: str | None = None


def choices_of(folder: Path, wanted: Wanted) -> Choices:
    """The choices that flags and defaults make. Raises `UsageError` for a value that cannot be."""
    from avops.project.starter import Choices
    from avops.project.starter_surroundings import repository_above

    settings: dict[str, object] = {}
    if wanted.provider is not None:
        provider = one_of(wanted.provider, PROVIDERS, "provider")
        settings["provider"] = None if provider == "none" else provider
    for key, value in (("model", wanted.model), ("base_url", wanted.base_url)):
        if value is not None:
            settings[key] = value.strip() or None
    if wanted.mock is not None:
        settings["mock"] = wanted.mock
    if wanted.timezone is not None:
        settings["timezone"] = known_zone(wanted.timezone)
    below = repository_above(folder) is not None
    ci = default_ci(folder) if wanted.ci is None else cast("Ci", one_of(wanted.ci, PLACES, "place for CI"))
    content = cast("Literal['demo', 'empty']", one_of(wanted.content or default_content(folder), CONTENTS, "content"))
    return Choices(content=content, settings=settings, ci=ci, pre_commit=not below)


def default_content(folder: Path) -> Literal["demo", "empty"]:
    """`demo`, but for a project that has none of the demo's agents and recipes: it stays without."""
    from avops.project.starter import SETTINGS_FILE, starter_files

    if not (folder / SETTINGS_FILE).exists():
        return "demo"
    demo = [path for path, _ in starter_files() if path.startswith("recipes/")]
    return "demo" if any((folder / path).exists() for path in demo) else "empty"


def default_ci(folder: Path) -> Ci:
    """Where the project's CI runs: where its file is, else what its git remote speaks of; nowhere below another repository's top."""
    from avops.project.starter_surroundings import CI_FILES, ci_of, repository_above

    there: list[Ci] = [place for place, file in CI_FILES.items() if (folder / file).exists()]
    if there:
        return there[0]
    return "none" if repository_above(folder) is not None else ci_of(folder)


def one_of(given: str, known: Iterable[str], what: str) -> str:
    """The known word that was typed, without regard to case. Raises `UsageError` with the near one."""
    from avops.project.suggestions import did_you_mean

    names = sorted(known)
    if given.strip().lower() in names:
        return given.strip().lower()
    raise UsageError(f"'{given}' is no {what}, expected one of: {', '.join(names)}", hint=did_you_mean(given, names))


def known_zone(given: str) -> str:
    """A zone of this machine, in its own spelling. Raises `UsageError` with the near one."""
    from zoneinfo import available_timezones

    from avops.project.suggestions import closest

    zones = {zone.casefold(): zone for zone in available_timezones()}
    found = zones.get(given.strip().casefold())
    if found is not None:
        return found
    cities = {zone.rpartition("/")[2]: zone for zone in sorted(zones.values(), reverse=True)}
    near = closest(given, zones.values()) or cities.get(closest(given, cities) or "")
    raise UsageError(
        f"'{given}' is no time zone, expected an IANA name such as Europe/Berlin", hint=f"did you mean '{near}'?" if near else None
    )


def machine_zone() -> str | None:
    """The zone that this machine is set to; None where it is UTC, or is not said by name."""
    import os

    named = os.environ.get("TZ", "").removeprefix(":")
    if not named:
        try:
            _, found, named = os.readlink("/etc/localtime").partition("zoneinfo/")
            named = named if found else ""
        except OSError:
            named = ""
    try:
        zone = known_zone(named) if named else None
    except UsageError:
        return None
    return None if zone is None or zone in ("UTC", "Etc/UTC", "Universal", "Zulu", "Etc/Universal", "Etc/Zulu", "UCT", "Etc/UCT") else zone
