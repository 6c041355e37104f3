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


class TicketAlerts(Document):
    """The actions that open and close a ticket for an alert, as `tool.action`."""

    open: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_]+$")]
    close: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_]+$")]


class Alerts(Document):
    """Who is told what workflows name in `notify_on`, and through which tool."""

    notify: dict[str, str] = Field(default_factory=dict, max_length=1, description="Whom to tell, by the tool that tells them.")
    ticket: TicketAlerts | None = Field(default=None, description="A ticket for each room and fault, closed when it is over.")
    agent: Name | None = Field(default=None, description="The agent that sends; default: `operator_agent`.")
    recover_after: int = Field(default=2, ge=1, le=100, description="So many good runs in a row end an alert.")


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
    alerts: Alerts = Field(default_factory=Alerts)
    lint: LintSettings = Field(default_factory=LintSettings)
