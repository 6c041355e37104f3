"""The project's settings: `avops.yaml`."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, Tag
from pydantic_core import PydanticCustomError

from avops.model.document import Document, Name, SecretReference, by_shape


class Calendars(Document):
    """ICS files, relative to the project."""

    bookings: dict[str, str] = Field(default_factory=dict, description="Room bookings: ICS file by room key or calendar name.")
    blackout: list[str] = Field(default_factory=list, description="Days on which nothing is scheduled.")


class Policy(Document):
    """What no agent may do, whatever its document says."""

    denied_domains: list[str] = Field(default_factory=list, description="Domains that no tool may reach, with all hosts below them.")
    redact: list[Annotated[str, StringConstraints(max_length=500)]] = Field(
        default_factory=list, description="Regular expressions whose matches never reach the database."
    )


class TicketAlerts(Document):
    """The actions that open and close a ticket for an alert, as `tool.action`."""

    open: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_]+$")] = Field(
        description="The action that opens a ticket."
    )
    close: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_]+$")] = Field(description="The action that closes it.")


class Alerts(Document):
    """Who is told what workflows name in `notify_on`, and through which tool."""

    notify: dict[str, str] = Field(default_factory=dict, max_length=1, description="Whom to tell, by the tool that tells them.")
    ticket: TicketAlerts | None = Field(default=None, description="A ticket for each room and fault, closed when it is over.")
    agent: Name | None = Field(default=None, description="The agent that sends; default: `operator_agent`.")
    recover_after: int = Field(default=2, ge=1, le=100, description="So many good runs in a row end an alert.")


class Kb(Document):
    """Where `avops kb scout` may read, and what it works with."""

    allow: list[str] = Field(default_factory=list, max_length=200, description="Domains that may be read, with all hosts below them.")
    tool: Name | None = Field(default=None, description="The tool that searches; default: the first with an action `search`.")
    publish_tool: Name | None = Field(default=None, description="The tool that publishes; default: `servicenow`.")
    knowledge_base: str | None = Field(default=None, description="The id of the knowledge base that articles are published to.")


class LintSettings(Document):
    """How strict `avops lint` is here."""

    profile: Literal["minimal", "team", "strict"] = Field(default="team", description="Which rules count, and how much.")
    rules: dict[str, Literal["off", "info", "warning", "error"]] = Field(
        default_factory=dict, description="The severity of single rules, by name."
    )


class ModelPrice(Document):
    """What a model's tokens cost, in US dollars for a million."""

    input: float = Field(ge=0, description="For a million tokens in.")
    output: float = Field(ge=0, description="For a million tokens out.")
    cached: float | None = Field(default=None, ge=0, description="Input that the provider had in its cache; default: as `input`.")


def is_loopback(url: str) -> bool:
    """True for a URL that leads to this machine and no other."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _private(url: str) -> str:
    if not url.startswith("https://") and not is_loopback(url):
        raise PydanticCustomError("base_url", "it must begin with 'https://', except on this machine (127.0.0.1, localhost)")
    return url


BaseUrl = Annotated[str, StringConstraints(max_length=500, pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$"), AfterValidator(_private)]
ModelName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^\S+$")]


class Settings(Document):
    """The project's settings. Everything has a default."""

    name: str | None = Field(default=None, description="The project's name, as people read it.")
    provider: Literal["openai", "anthropic"] | None = Field(
        default=None, description="Whose way of speaking the model server has. Without one, people do what a model would do."
    )
    model: ModelName | None = Field(default=None, description="The model, as the provider names it.", examples=["gpt-5.4"])
    base_url: BaseUrl | None = Field(
        default=None,
        description="Another server than the provider's own; `http` only on this machine.",
        examples=["http://127.0.0.1:11434/v1"],
    )
    api_key: SecretReference | None = Field(
        default=None, description="Where the model's key is found; default: `env:OPENAI_API_KEY` or `env:ANTHROPIC_API_KEY`."
    )
    prices: dict[ModelName, ModelPrice] = Field(default_factory=dict, description="What models cost here; they go before the known prices.")
    mock: Annotated[Annotated[bool, Tag("<value>")] | Annotated[list[str], Tag("<list>")], by_shape] = Field(
        default=False, description="Answer tools from their manifests' `mock`: all, or the named ones."
    )
    database: str = Field(default=".avops/avops.db", description="Where runs are recorded, relative to the project.")
    timezone: str | None = Field(default=None, description="An IANA name; default: UTC.")
    roles: dict[Name, list[str]] = Field(default_factory=dict, description="Login accounts by role.")
    operator_agent: Name | None = Field(default=None, description="The agent that acts when a person calls a tool directly.")
    rooms: str = Field(default="rooms.csv", description="The list of rooms: a CSV or YAML file of the project.")
    calendars: Calendars = Field(default_factory=Calendars)
    policy: Policy = Field(default_factory=Policy)
    alerts: Alerts = Field(default_factory=Alerts)
    kb: Kb = Field(default_factory=Kb)
    lint: LintSettings = Field(default_factory=LintSettings)
