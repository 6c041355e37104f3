"""What a person can command: the slash commands as data, and how their forms are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How something is run: its inputs as typed, the room, and which tools answer from their files (True: all)."""

    inputs: Mapping[str, str] = field(default_factory=dict)
    room: str | None = None
    mock: bool | tuple[str, ...] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSop:
    """`/sop`: write the lines down as an SOP, convert it, attach the recipe, and run it."""

    agent: str
    name: str
    text: str
    options: RunOptions = field(default_factory=RunOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecipe:
    """`/recipe new`."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachRecipe:
    """`/recipe attach`."""

    agent: str
    recipe: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAgent:
    """`/agent run`."""

    agent: str
    recipe: str
    options: RunOptions = field(default_factory=RunOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolHealth:
    """`/tool health`; without a name, all tools."""

    tool: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolAction:
    """`/tool action`: one call, a recorded run of its own."""

    tool: str
    action: str
    arguments: Mapping[str, object]
    agent: str | None = None
    room: str | None = None
    mock: bool | tuple[str, ...] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scout:
    """`/kb scout`."""

    query: str
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRuns:
    """`/runs`: the newest runs, or one of them."""

    run: int | None = None
    filters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """`/help`; with a topic, one command's form."""

    topic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """`/clear`: forget the conversation."""


Command: TypeAlias = "RunSop | NewRecipe | AttachRecipe | RunAgent | ToolHealth | ToolAction | Scout | ShowRuns | Help | Clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a command is written: its words, its form for hints, what it does, and an example."""

    words: tuple[str, ...]
    form: str
    does: str
    example: str
    keys: tuple[str, ...] = ()
    takes_inputs: bool = False

    @property
    def name(self) -> str:
        """The words with the slash: `/recipe new`."""
        return "/" + " ".join(self.words)


FORMS: tuple[Form, ...] = (
    Form(
        words=("sop",),
        form='/sop agent=NAME name="RECIPE" [room=KEY] [input=value …], then the steps, one a line, and an empty line',
        does="convert the steps to a draft recipe, attach it to the agent, and run it",
        example='/sop agent=SupportBot name="Display Fix" Steps: - Check the display - Restart it - Verify it works',
        keys=("agent", "name", "room", "mock"),
        takes_inputs=True,
    ),
    Form(
        words=("recipe", "new"),
        form='/recipe new "NAME"',
        does="write the beginning of a recipe",
        example='/recipe new "KB Article"',
    ),
    Form(
        words=("recipe", "attach"),
        form='/recipe attach agent="NAME" recipe="RECIPE"',
        does="list a recipe with an agent",
        example='/recipe attach agent="SupportBot" recipe="Display Fix"',
        keys=("agent", "recipe"),
    ),
    Form(
        words=("agent", "run"),
        form='/agent run "NAME" recipe="RECIPE" [room=KEY] [mock=all] [input=value …]',
        does="run a recipe once",
        example='/agent run "Zoom_Room_Agent" recipe="Display Fix" room=HQ-1',
        keys=("recipe", "room", "mock"),
        takes_inputs=True,
    ),
    Form(
        words=("tool", "health"),
        form="/tool health [NAME]",
        does="ask a tool, or all, whether it is there",
        example="/tool health zoom",
    ),
    Form(
        words=("tool", "action"),
        form='/tool action NAME \'{"action": "ACTION", "args": {…}}\' [agent=NAME] [room=KEY] [mock=all]',
        does="call one action; a write asks first",
        example='/tool action tickets \'{"action": "get", "args": {"id": "INC-1"}}\'',
        keys=("agent", "room", "mock"),
    ),
    Form(
        words=("kb", "scout"),
        form='/kb scout "WORDS" [allow=DOMAIN,DOMAIN]',
        does="search the allowed sites and kb/, and write an article and a draft recipe",
        example='/kb scout "zoom room hdmi black" allow=support.zoom.com,logitech.com',
        keys=("allow",),
    ),
    Form(
        words=("runs",),
        form="/runs [RUN] [status=STATUS] [since=24h] [agent=NAME] [recipe=NAME] [workflow=NAME] [room=KEY] [limit=N]",
        does="list the newest runs, or show one step by step",
        example="/runs status=failed since=7d",
        keys=("status", "since", "agent", "recipe", "workflow", "room", "limit"),
    ),
    Form(words=("help",), form="/help [COMMAND]", does="show the commands", example="/help sop"),
    Form(words=("clear",), form="/clear", does="forget the conversation", example="/clear"),
)
