"""A tool: a connector to a system outside, with named actions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from avops.model.agent import ToolName
from avops.model.document import (
    Document,
    Duration,
    ExpressionText,
    Identifier,
    JsonSchema,
    SecretReference,
    TemplateText,
)
from avops.model.effect import Effect


class Request(Document):
    """One HTTP request. Texts may hold `{{ argument }}`; `{argument}` in the path is percent-encoded."""

    method: Literal["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"] = "GET"
    path: str
    query: dict[str, object] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    json_: object = Field(default=None, alias="json", description="An entry whose optional argument is absent is left out.")
    form: dict[str, object] | None = None


class Restore(Document):
    """How the state before a write is read, so that `undo: auto` can put it back."""

    read: Identifier
    with_: dict[str, object] = Field(
        default_factory=dict, alias="with", description="Arguments of the write that restores: from `before` and `args`."
    )


class Notify(Document):
    """Which arguments of this action carry a message's address and text."""

    to: str
    text: str


class ArtifactRule(Document):
    """What an action leaves behind, found in its `result`."""

    kind: Literal["file", "html", "kb", "message", "pdf", "ticket", "url"]
    title: TemplateText
    id: TemplateText | None = None
    url: TemplateText | None = None


class ActionBase(Document):
    """What every action says, whatever its tool's kind."""

    description: str = ""
    synonyms: list[str] = Field(default_factory=list, description="Other words people use for it in SOPs.")
    effect: Effect = Field(default=Effect.WRITE, strict=False)
    idempotent: bool | None = Field(default=None, description="A repeat does no harm; reads always are.")
    input: dict[str, JsonSchema] = Field(
        default_factory=dict, description="A JSON Schema per argument; required unless it has a `default` or says `required: false`."
    )
    output: JsonSchema | None = None
    mock: object = Field(default=None, description="The answer in mock mode.")
    timeout: Duration | None = None
    restore: Restore | None = None
    notify: Notify | None = None
    artifact: ArtifactRule | None = None

    @property
    def is_idempotent(self) -> bool:
        """True when a repeat of the call does no harm."""
        return self.effect is Effect.READ if self.idempotent is None else self.idempotent or self.effect is Effect.READ


class HttpAction(ActionBase):
    """An action of an HTTP API."""

    request: Request
    ok: ExpressionText | None = Field(
        default=None, description="What must hold of `status` and `body`, for services that answer errors with 200."
    )
    error: TemplateText | None = Field(default=None, description="The service's own message, from `status` and `body`.")
    result: TemplateText | None = Field(
        default=None, description="What of `body` is the result; default: all of it.", examples=["{{ body.rooms }}"]
    )


class CommandAction(ActionBase):
    """An action that starts a program: an argument list, never a shell."""

    argv: list[TemplateText] = Field(min_length=1)
    stdin: TemplateText | None = None
    parse: Literal["json", "lines", "text"] = "text"
    ok_exit: list[int] = Field(default_factory=lambda: [0])


class BearerAuth(Document):
    type: Literal["bearer"]
    token: SecretReference


class BasicAuth(Document):
    type: Literal["basic"]
    user: str
    password: SecretReference


class HeaderAuth(Document):
    type: Literal["header"]
    name: str
    value: SecretReference


Auth = Annotated[BearerAuth | BasicAuth | HeaderAuth, Field(discriminator="type")]


class Health(Document):
    """How to see that a tool is there."""

    get: str | None = Field(default=None, description="A path that answers 2xx.")
    action: str | None = Field(default=None, description="An action of effect `read` that needs no arguments.")


class ToolBase(Document):
    """What every tool says, whatever its kind."""

    name: ToolName
    description: str = ""
    synonyms: list[str] = Field(default_factory=list, description="Other words people use for it in SOPs.")
    simulated: bool = Field(default=False, description="True only for a simulator: every run that uses it is marked.")
    rate_limit: Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,5}/(s|min|h)$")] | None = None
    timeout: Duration = "30s"
    env: list[Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]] = Field(
        default_factory=list, description="Environment variables that its program may see."
    )
    health: Health | None = None


class HttpTool(ToolBase):
    """An HTTP API described by its requests."""

    kind: Literal["http"]
    base_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$")]
    auth: Auth | None = None
    private: bool = Field(default=False, description="The address may be a private one (a device, a server in the building).")
    actions: dict[Identifier, HttpAction]


class CommandTool(ToolBase):
    """A program on this machine."""

    kind: Literal["command"]
    actions: dict[Identifier, CommandAction]


Tool = Annotated[HttpTool | CommandTool, Field(discriminator="kind")]
