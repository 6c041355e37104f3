"""An agent: a named role with its instructions, the tool actions it may use, and its limits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, Tag

from avops.model.document import Document, Name, by_shape

ToolName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=64)]


class Limits(Document):
    """Bounds on what the agent's model may spend in one step."""

    max_turns: int = Field(default=12, ge=1, le=200, description="Answers of the model in one step.")
    max_tool_calls: int = Field(default=20, ge=0, le=1000, description="Calls that the model may make in one step.")
    max_tokens: int = Field(default=50_000, ge=1, le=10_000_000, description="Tokens in and out, of all turns of one step.")


class Agent(Document):
    """A named role. An action it does not list cannot be called by it, whoever asks."""

    name: Name
    domain: str = Field(default="", description="What it looks after, in a few words.")
    description: str = Field(default="", description="What people read about it.")
    instructions: str = Field(default="", max_length=20_000, description="What its model is told before each step.")
    tools: dict[ToolName, Annotated[Annotated[list[str], Tag("<list>")] | Annotated[Literal["*"], Tag("<value>")], by_shape]] = Field(
        default_factory=dict, description="Allowed actions by tool.", examples=[{"zoom": ["get_room"], "display": "*"}]
    )
    approvals: dict[Literal["read", "record", "write", "destructive"], Name] = Field(
        default_factory=dict, description="Which role must approve calls of an effect."
    )
    limits: Limits = Field(default_factory=Limits)
    recipes: list[Name] = Field(default_factory=list, description="Attached recipes: shown first; not a restriction.")

    def allows(self, tool: str, action: str) -> bool:
        """True when this agent may call TOOL.ACTION."""
        allowed = self.tools.get(tool)
        return allowed is not None and (allowed == "*" or action in allowed)
