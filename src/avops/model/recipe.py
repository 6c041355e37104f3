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

    description: str | None = Field(default=None, description="What people read when they are asked for it.")
    type: Literal["string", "number", "integer", "boolean", "list"] = Field(default="string", description="What kind of value it is.")
    default: object = Field(default=None, description="Used when nobody gives a value; without it the input is required.")
    required: bool | None = Field(default=None, description="Default: true when there is no `default`.")
    enum: list[str | int | float | bool] | None = Field(default=None, description="The only values that it may have.")
    pattern: str | None = Field(default=None, max_length=500, description="A regular expression that the whole text must match.")
    secret: bool = Field(default=False, description="Never stored, never shown.")
    example: object = Field(default=None, description="A value that shows what is meant.")

    @property
    def is_required(self) -> bool:
        """True when a run cannot start without a given value."""
        return self.required if self.required is not None else "default" not in self.model_fields_set


class Guardrails(Document):
    """The limits of a run."""

    timeout_minutes: float | None = Field(default=None, gt=0, le=7 * 24 * 60, description="Waiting for people does not count.")
    rollback_minutes: float = Field(default=10, gt=0, le=24 * 60, description="How long taking back may last.")
    window: str | None = Field(
        default=None, description="When writes are allowed, in the room's time zone.", examples=["Mon-Fri 06:00-22:00"]
    )
    retries: int = Field(default=0, ge=0, le=20, description="For steps where a repeat is safe.")
    rollback_on: tuple[PhaseName, ...] = Field(
        default=("act", "verify"), strict=False, description="A failure in these phases takes back what was done."
    )
    rollback_actions: list[Annotated[Annotated[NotifyStep, Tag("<notify>")] | Annotated[ToolStep, Tag("<tool>")], by_step_key]] = Field(
        default_factory=list,
        description="What is done after rollback, such as telling people.",
    )
    four_eyes: bool = Field(default=False, description="Nobody approves a run that they started.")
    bookings: Literal["refuse", "defer", "ignore"] = Field(default="refuse", description="What a write does while the room is booked.")


class SuccessMetric(Document):
    """A figure of a run and its target."""

    metric: Name
    target: Annotated[str, StringConstraints(pattern=r"^(<=|>=|<|>|==) *-?\d+(\.\d+)?$")] = Field(description="A comparison with a number.")


class SopReference(Document):
    """The text a recipe was converted from."""

    file: str = Field(description="The SOP, relative to the project.")
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="The sum of the SOP as it was converted; lint tells when it has changed."
    )


class Recipe(Document):
    """A procedure: what to obtain, what to check first, what to do, and how to see that it worked."""

    name: Name
    description: str = Field(default="", max_length=5000, description="What the procedure is for.")
    version: int = Field(default=1, ge=1, description="Raised whenever the procedure changes.")
    owner: str | None = Field(default=None, description="Who answers for it.")
    tags: list[str] = Field(default_factory=list, description="Words to find it by.")
    draft: bool = Field(default=False, description="True until a person has reviewed a converted recipe.")
    sop: SopReference | None = Field(default=None, description="The text that it was converted from.")
    room: Literal["required", "optional"] | None = Field(default=None, description="Whether the run is about one room of the room list.")
    inputs: dict[Identifier, Input] = Field(default_factory=dict, description="What a run needs before it starts, by name.")
    guardrails: Guardrails = Field(default_factory=Guardrails)
    success_metrics: list[SuccessMetric] = Field(default_factory=list, description="What a good run measures.")
    intake: list[Step] = Field(default_factory=list, description="Steps that obtain what later steps use. They change nothing.")
    plan: list[Step] = Field(default_factory=list, description="Steps that decide whether and how. They change nothing.")
    act: list[Step] = Field(default_factory=list, description="Steps that change something.")
    verify: list[Step] = Field(default_factory=list, description="Steps that prove that it worked, from readings taken after Act.")
    outputs: dict[Identifier, ExpressionText] = Field(default_factory=dict, description="What a recipe that calls this one gets back.")

    def phase(self, phase: Phase) -> list[Step]:
        """The steps of one phase, in order."""
        steps: list[Step] = getattr(self, phase.value)
        return steps
