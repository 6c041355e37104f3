"""A tool: a connector to a system outside, with named actions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from avops.model.agent import ToolName
from avops.model.document import (
    ENV_OR_KEYRING,
    Document,
    Duration,
    ExpressionText,
    Identifier,
    JsonSchema,
    SecretReference,
    TemplateText,
)
from avops.model.effect import Effect
from avops.model.http import (
    BasicAuth,
    BearerAuth,
    HeaderAuth,
    OAuthAccountAuth,
    OAuthClientAuth,
    OAuthRefreshAuth,
    Pages,
    Request,
    ServiceUrl,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOST = r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)(:[0-9]{1,5})?$"
"""A host name or an address, perhaps with a port; an IPv6 address stands in brackets."""


FUNCTION = r"^[A-Za-z0-9_][A-Za-z0-9_-]*(/[A-Za-z0-9_][A-Za-z0-9_-]*)*\.py:[A-Za-z][A-Za-z0-9_]*$"
"""A file of the project and a function in it; the path is relative, and neither leads out nor to what is hidden."""


class Restore(Document):
    """How the state before a write is read, so that `undo: auto` can put it back."""

    read: Identifier = Field(description="The action that reads the state before the write.")
    with_: dict[str, object] = Field(
        default_factory=dict, alias="with", description="Arguments of the write that restores: from `before` and `args`."
    )


class Notify(Document):
    """Which arguments of this action carry a message's address and text."""

    to: str = Field(description="The argument that takes the address.")
    text: str = Field(description="The argument that takes the text.")


class ArtifactRule(Document):
    """What an action leaves behind, found in its `result`."""

    kind: Literal["file", "html", "kb", "message", "pdf", "ticket", "url"] = Field(description="What it is.")
    title: TemplateText = Field(description="What people read.")
    id: TemplateText | None = Field(default=None, description="Its id in the other system.")
    url: TemplateText | None = Field(default=None, description="Where it is found.")


class ActionBase(Document):
    """What every action says, whatever its tool's kind."""

    description: str = Field(default="", description="What it does, in one line.")
    synonyms: list[str] = Field(default_factory=list, description="Other words people use for it in SOPs.")
    effect: Effect = Field(default=Effect.WRITE, strict=False)
    idempotent: bool | None = Field(default=None, description="A repeat does no harm; reads always are.")
    input: dict[str, JsonSchema] = Field(
        default_factory=dict, description="A JSON Schema per argument; required unless it has a `default` or says `required: false`."
    )
    output: JsonSchema | None = Field(
        default=None, description="What the answer looks like: a JSON Schema, which types the expressions of recipes."
    )
    mock: object = Field(default=None, description="The answer in mock mode.")
    timeout: Duration | None = Field(default=None, description="How long it may take; default: the tool's.")
    restore: Restore | None = Field(default=None, description="How `undo: auto` puts back what a write changed.")
    notify: Notify | None = Field(default=None, description="Makes it an action that sends messages.")
    artifact: ArtifactRule | None = Field(default=None, description="What it leaves behind for people.")

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
    pages: Pages | None = Field(default=None, description="For a list that comes in pages; the result is `{items, more}`.")

    @model_validator(mode="after")
    def _pages_read(self) -> Self:
        if self.pages is not None and (self.effect is not Effect.READ or self.request.method != "GET" or self.result is not None):
            raise PydanticCustomError("pages", "'pages' is for an action of effect 'read' with method 'GET' and without 'result'")
        return self


class CommandAction(ActionBase):
    """An action that starts a program: an argument list, never a shell."""

    argv: list[TemplateText] = Field(min_length=1, description="The program and its arguments; there is no shell.")
    stdin: TemplateText | None = Field(default=None, description="What the program reads.")
    parse: Literal["json", "lines", "text"] = Field(default="text", description="How its output becomes the result.")
    ok_exit: list[int] = Field(default_factory=lambda: [0], description="The exit codes that mean success.")


Auth = Annotated[BearerAuth | BasicAuth | HeaderAuth, Field(discriminator="type")]
HttpAuth = Annotated[
    BearerAuth | BasicAuth | HeaderAuth | OAuthClientAuth | OAuthAccountAuth | OAuthRefreshAuth, Field(discriminator="type")
]


class PythonAction(ActionBase):
    """An action that calls a function of the project, by name, in a process of its own."""

    function: Annotated[str, StringConstraints(pattern=FUNCTION, max_length=300)] = Field(
        description="The file below the project's folder, and the function in it.", examples=["tools/inventory.py:find_device"]
    )


class Health(Document):
    """How to see that a tool is there."""

    get: str | None = Field(default=None, description="A path that answers 2xx.")
    action: str | None = Field(default=None, description="An action of effect `read` that needs no arguments.")


class ToolBase(Document):
    """What every tool says, whatever its kind."""

    name: ToolName = Field(description="What stands before the dot in TOOL.ACTION.")
    description: str = Field(default="", description="What people read about it.")
    synonyms: list[str] = Field(default_factory=list, description="Other words people use for it in SOPs.")
    simulated: bool = Field(default=False, description="True only for a simulator: every run that uses it is marked.")
    rate_limit: Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,5}/(s|min|h)$")] | None = Field(
        default=None, description="Calls at most, for all runs together."
    )
    timeout: Duration = "30s"
    env: list[Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]] = Field(
        default_factory=list, description="Environment variables that its program may see."
    )
    health: Health | None = Field(default=None, description="How to see that it is there.")


class HttpTool(ToolBase):
    """An HTTP API described by its requests."""

    kind: Literal["http"]
    base_url: ServiceUrl = Field(description="Where all paths begin.")
    auth: HttpAuth | None = Field(default=None, description="How requests are signed in.")
    headers: dict[str, str] = Field(default_factory=dict, description="Sent with every request, as they stand here.")
    private: bool = Field(default=False, description="The address may be a private one (a device, a server in the building).")
    actions: dict[Identifier, HttpAction] = Field(description="What it can do, by name.")


class CommandTool(ToolBase):
    """A program on this machine."""

    kind: Literal["command"]
    actions: dict[Identifier, CommandAction] = Field(description="What it can do, by name.")


class PythonTool(ToolBase):
    """Functions of this project."""

    kind: Literal["python"]
    actions: dict[Identifier, PythonAction] = Field(description="What it can do, by name.")


class PluginTool(ToolBase):
    """A tool of a kind that an installed package brings through the entry point `avops.tools`."""

    kind: str = Field(description="The kind that the package brings.")
    options: dict[str, object] = Field(default_factory=dict, description="What the package asks for; it checks them.")
    actions: dict[Identifier, ActionBase] = Field(default_factory=dict, description="What it can do, by name.")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The references to secrets in `options`, sorted: those it is given."""
        return tuple(sorted(set(_references(self.options))))


def _references(value: object) -> Iterator[str]:
    if isinstance(value, str) and re.fullmatch(ENV_OR_KEYRING, value):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _references(each)


PIN = r"^sha256:[0-9a-f]{64}$"


class McpAction(ActionBase):
    """An action of an MCP server, as a person accepted it. `avops tool discover` writes what the server says of it."""

    tool: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(description="The server's own name of it.")
    hints: dict[str, object] = Field(default_factory=dict, description="The server's annotations. They are hints: `effect` decides.")
    pin: Annotated[str, StringConstraints(pattern=PIN)] = Field(
        description="A hash of the command or URL, name, description, schemas and annotations that were accepted."
    )


class McpTool(ToolBase):
    """A Model Context Protocol server: a program on this machine (`command`), or a service (`url`). Needs `avops[mcp]`."""

    kind: Literal["mcp"]
    command: list[Annotated[str, StringConstraints(min_length=1, max_length=4096)]] | None = Field(
        default=None, min_length=1, description="The program and its arguments; never a shell.", examples=[["mcp-server-time"]]
    )
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#@]+(/[^\s#]*)?$")] | None = Field(
        default=None, description="Where it answers over streamable HTTP.", examples=["https://mcp.example.org/mcp"]
    )
    auth: Auth | None = Field(default=None, description="How requests to `url` are signed in.")
    private: bool = Field(default=False, description="The address of `url` may be a private one.")
    actions: dict[Identifier, McpAction] = Field(default_factory=dict, description="`avops tool discover` fills it.")

    @model_validator(mode="after")
    def _one_server(self) -> Self:
        if (self.command is None) == (self.url is None):
            raise PydanticCustomError("mcp_server", "an MCP server has either a 'command' or a 'url'")
        if self.command is not None and self.auth is not None:
            raise PydanticCustomError("mcp_server", "'auth' is for a 'url'; name the variables of a program under 'env'")
        return self


HostName = Annotated[str, StringConstraints(pattern=HOST, max_length=260), Field(examples=["projector-1.av.example", "10.20.0.15"])]
HostRange = Annotated[
    str,
    StringConstraints(pattern=r"^(\*\.)?[A-Za-z0-9][A-Za-z0-9._-]*$|^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$", max_length=255),
    Field(description="A host, all hosts below a domain, an address or a network.", examples=["*.av.example", "10.20.0.0/16"]),
]
Port = Annotated[int, Field(ge=1, le=65535, description="The port; the default is the usual one.")]


class DeviceTool(ToolBase):
    """A device that speaks a protocol avops knows. Its actions are built in.

    With `host` the tool is one device. Without, every action has a required argument `host`, which recipes fill from the
    room list; `hosts` then says which ones it may be.
    """

    kind: str = Field(description="The protocol that it speaks.")
    host: HostName | None = Field(default=None, description="The device; left out, each call names it: `host: {{ room.display_host }}`.")
    hosts: list[HostRange] = Field(default_factory=list, description="Without `host`: the hosts that calls may name; empty means any.")

    @property
    def actions(self) -> Mapping[str, ActionBase]:
        """The actions of this kind of device; those of one manifest and another are the same objects."""
        from avops.model.devices import actions_of_kind

        return actions_of_kind(self.kind, named_host=self.host is None)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The references of all secrets that are sent to the device."""
        return tuple(value for name in ("credential",) if isinstance(value := getattr(self, name, None), str))

    @model_validator(mode="after")
    def _secrets_have_an_address(self) -> Self:
        if self.secrets and self.host is None and not self.hosts:
            raise PydanticCustomError("device_hosts", "a tool with a secret says where it may be sent: write 'host' or 'hosts'")
        return self


class PjlinkTool(DeviceTool):
    """A projector or display that speaks PJLink."""

    kind: Literal["pjlink"]
    port: Port = 4352
    credential: SecretReference | None = Field(default=None, description="The PJLink password; only its digest is sent.")


class QrcTool(DeviceTool):
    """A Q-SYS Core, over QRC."""

    kind: Literal["qrc"]
    port: Port = 1710
    user: str | None = Field(default=None, description="The user, where the Core asks for one.")
    credential: SecretReference | None = Field(default=None, description="The user's PIN.")


class SisTool(DeviceTool):
    """An Extron device, over SIS."""

    kind: Literal["sis"]
    port: Port = 23
    credential: SecretReference | None = Field(default=None, description="The password of the administrator or the user.")


class TesiraTool(DeviceTool):
    """A Biamp Tesira server, over the Tesira Text Protocol (Telnet)."""

    kind: Literal["tesira"]
    port: Port = 23
    user: str = Field(default="default", description="The user.")
    credential: SecretReference | None = Field(default=None, description="The user's password, for a protected system.")


class ShureTool(DeviceTool):
    """A Shure device, over its command strings."""

    kind: Literal["shure"]
    port: Port = 2202
    gain: Literal["array", "receiver"] = Field(
        default="array",
        description="`array` for MXA, P300 and ANI devices (-110 to 30 dB), `receiver` for ULX-D and QLX-D receivers (-18 to 42 dB).",
    )


class CompanionTool(DeviceTool):
    """A Bitfocus Companion, over its HTTP remote control."""

    kind: Literal["companion"]
    port: Port = 8000


class WakeOnLanTool(DeviceTool):
    """Devices that a magic packet wakes. `host` is where the packet is sent."""

    kind: Literal["wol"]
    host: HostName | None = Field(default="255.255.255.255", description="A broadcast address of the devices' network.")
    port: Port = 9


class PingTool(DeviceTool):
    """Whether hosts answer."""

    kind: Literal["ping"]
    port: Port = Field(default=80, description="Where to connect when this machine has no ping program.")


class SnmpTool(DeviceTool):
    """An SNMP agent. Needs `avops[snmp]`."""

    kind: Literal["snmp"]
    port: Port = 161
    version: Literal["1", "2c"] = Field(default="2c", description="The version of SNMP.")
    credential: SecretReference | None = Field(default=None, description="The community; `public` without one.")


class RoomOsTool(DeviceTool):
    """A Cisco RoomOS device, over its xAPI by HTTP."""

    kind: Literal["roomos"]
    port: Port = 443
    tls: bool = Field(default=True, description="Whether the connection is encrypted, and the device's certificate checked.")
    user: str = Field(description="The user.")
    credential: SecretReference = Field(description="The user's password.")


Tool = Annotated[
    HttpTool
    | CommandTool
    | PythonTool
    | McpTool
    | PjlinkTool
    | QrcTool
    | SisTool
    | TesiraTool
    | ShureTool
    | CompanionTool
    | WakeOnLanTool
    | PingTool
    | SnmpTool
    | RoomOsTool,
    Field(discriminator="kind"),
]
