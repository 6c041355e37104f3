"""The project's settings: `avops.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, Tag

from avops.model.document import Document, Name, by_shape


class Calendars(Document):
    """ICS files, relative to the project."""

    bookings: dict[str, str] = Field(default_factory=dict, description="Room bookings: ICS file by room key or calendar name.")
    blackout: list[str] = Field(default_factory=list, description="Days on which nothing is scheduled.")


class Policy(Document):
    """What no agent may do, whatever its document says."""

    denied_domains: list[str] = Field(default_factory=list)
    redact: list[Annotated[str, StringConstraints(max_length=500)]] = Field(
        default_factory=list, description="Regular expressions whose matches never reach the database."
    )


class LintSettings(Document):
    """How strict `avops lint` is here."""

    profile: Literal["minimal", "team", "strict"] = "team"
    rules: dict[str, Literal["off", "info", "warning", "error"]] = Field(default_factory=dict)


class Settings(Document):
    """The project's settings. Everything has a default."""

    name: str | None = None
    provider: Literal["openai", "anthropic"] | None = None
    model: str | None = None
    base_url: str | None = None
    mock: Annotated[Annotated[bool, Tag("<value>")] | Annotated[list[str], Tag("<list>")], by_shape] = Field(
        default=False, description="Answer tools from their manifests' `mock`: all, or the named ones."
    )
    database: str = ".avops/avops.db"
    timezone: str | None = Field(default=None, description="An IANA name; default: UTC.")
    roles: dict[Name, list[str]] = Field(default_factory=dict, description="Login accounts by role.")
    operator_agent: Name | None = Field(default=None, description="The agent that acts when a person calls a tool directly.")
    rooms: str = "rooms.csv"
    calendars: Calendars = Field(default_factory=Calendars)
    policy: Policy = Field(default_factory=Policy)
    lint: LintSettings = Field(default_factory=LintSettings)
