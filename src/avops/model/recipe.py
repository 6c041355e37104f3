"""A recipe: a procedure in four phases, with inputs, guardrails and success metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints, Tag

from avops.model.document import Document, ExpressionText, Identifier, Name
from avops.model.step import NotifyStep, Step, ToolStep, by_step_key

if TYPE_CHECKING:
    from avops.model.effect import Phase

PhaseName = Literal["intake", "plan", "act", "verify"]


class Input(Document):
    """A value the run needs before it starts."""

    description: str | None = None
    type: Literal["string", "number", "integer", "boolean", "list"] = "string"
    default: object = Field(default=None, description="Used when nobody gives a value; without it the input is required.")
    required: bool | None = Field(default=None, description="Default: true when there is no `default`.")
    enum: list[str | int | float | bool] | None = None
    pattern: str | None = Field(default=None, max_length=500, description="A regular expression that the whole text must match.")
    secret: bool = Field(default=False, description="Never stored, never shown.")
    example: object = None

    @property
    def is_required(self) -> bool:
        """True when a run cannot start without a given value."""
        return self.required if self.required is not None else "default" not in self.model_fields_set


class Guardrails(Document):
    """The limits of a run."""

    timeout_minutes: float | None = Field(default=None, gt=0, le=7 * 24 * 60, description="Waiting for people does not count.")
    rollback_minutes: float = Field(default=10, gt=0, le=24 * 60)
    window: str | None = Field(
        default=None, description="When writes are allowed, in the room's time zone.", examples=["Mon-Fri 06:00-22:00"]
    )
    retries: int = Field(default=0, ge=0, le=20, description="For steps where a repeat is safe.")
    rollback_on: tuple[PhaseName, ...] = Field(default=("act", "verify"), strict=False)
    rollback_actions: list[Annotated[Annotated[NotifyStep, Tag("<notify>")] | Annotated[ToolStep, Tag("<tool>")], by_step_key]] = Field(
        default_factory=list
    )
    four_eyes: bool = Field(default=False, description="Nobody approves a run that they started.")
    bookings: Literal["refuse", "defer", "ignore"] = Field(default="refuse", description="What a write does while the room is booked.")


class SuccessMetric(Document):
    """A figure of a run and its target."""

    metric: Name
    target: Annotated[str, StringConstraints(pattern=r"^(<=|>=|<|>|==) *-?\d+(\.\d+)?$")]


class SopReference(Document):
    """The text a recipe was converted from."""

    file: str
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Recipe(Document):
    """A procedure: what to obtain, what to check first, what to do, and how to see that it worked."""

    name: Name
    description: str = Field(default="", max_length=5000)
    version: int = Field(default=1, ge=1)
    owner: str | None = None
    tags: list[str] = Field(default_factory=list)
    draft: bool = Field(default=False, description="True until a person has reviewed a converted recipe.")
    sop: SopReference | None = None
    room: Literal["required", "optional"] | None = Field(default=None, description="Whether the run is about one room of the room list.")
    inputs: dict[Identifier, Input] = Field(default_factory=dict)
    guardrails: Guardrails = Field(default_factory=Guardrails)
    success_metrics: list[SuccessMetric] = Field(default_factory=list)
    intake: list[Step] = Field(default_factory=list)
    plan: list[Step] = Field(default_factory=list)
    act: list[Step] = Field(default_factory=list)
    verify: list[Step] = Field(default_factory=list)
    outputs: dict[Identifier, ExpressionText] = Field(default_factory=dict, description="What a recipe that calls this one gets back.")

    def phase(self, phase: Phase) -> list[Step]:
        """The steps of one phase, in order."""
        steps: list[Step] = getattr(self, phase.value)
        return steps
