"""The steps of a recipe: one class per step key.

A step has exactly one of the keys of `STEP_KEYS`, which names its class; every other key is an option of that
class. Common options stand in `StepOptions`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from avops.model.document import (
    Document,
    Duration,
    ExpressionText,
    Identifier,
    JsonSchema,
    Name,
    TemplateText,
    by_shape,
)

STEP_KEYS = ("ask", "tool", "do", "manual", "check", "confirm", "approve", "wait", "notify", "recipe", "set", "artifact")
SCOPE_WORDS = frozenset({"inputs", "room", "item", "agent", "run", "reading", "intake", "plan", "act", "verify"})

ActionReference = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*\.[A-Za-z0-9][A-Za-z0-9_./-]*$"),
    Field(description="TOOL.ACTION", examples=["zoom.restart_room"]),
]
Arguments = Annotated[dict[str, object], Field(description="Arguments by name; texts may hold `{{ expression }}`.")]


class Call(Document):
    """One call of a tool's action."""

    tool: ActionReference
    with_: Arguments = Field(default_factory=dict, alias="with")


Undo = Annotated[Annotated[Call, Tag("<mapping>")] | Annotated[Literal["auto", "none"], Tag("<value>")], by_shape]
DoUndo = Annotated[Annotated[Call, Tag("<mapping>")] | Annotated[Literal["none"], Tag("<value>")], by_shape]


class Until(Document):
    """A wait that ends when an expression becomes true."""

    until: ExpressionText
    reading: Call | None = Field(default=None, description="What is read again and again; the expression sees it as `reading`.")


class ArtifactSpec(Document):
    """What an `artifact` step records or makes."""

    kind: Literal["file", "html", "kb", "message", "pdf", "ticket", "url"] = Field(description="What it is.")
    title: TemplateText = Field(description="What people read.")
    text: TemplateText | None = Field(
        default=None, description="The content of a file or article; an `html`, `pdf` or `kb` without one holds the run's own report."
    )
    id: TemplateText | None = Field(default=None, description="The id of what exists already, such as a ticket number.")
    url: TemplateText | None = Field(default=None, description="Where it is found.")


class StepOptions(Document):
    """What every step may say."""

    id: Identifier | None = Field(default=None, description="The name under which later steps see this step's result.")
    name: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = Field(default=None, description="What people read.")
    when: ExpressionText | None = Field(default=None, description="Do the step only when this is true.")
    for_each: Annotated[Annotated[TemplateText, Tag("<value>")] | Annotated[list[object], Tag("<list>")], by_shape] | None = Field(
        default=None, description="Do the step once per entry, `item` inside.", examples=["{{ inputs.rooms }}"]
    )
    parallel: int = Field(default=1, ge=1, le=1000, description="How many entries of `for_each` at once.")
    on_error: Literal["stop", "continue"] = Field(default="stop", description="`continue` goes on; the run is still no success.")
    always: bool = Field(default=False, description="Do the step even after a failure.")
    timeout: Duration | None = Field(default=None, description="How long one attempt may take.")
    source: str | None = Field(default=None, description="The line of the SOP this step came from: FILE:LINE.")
    why: str | None = Field(default=None, description="The reason a reviewer needs, such as why a write has no undo.")


class AskStep(StepOptions):
    """Gets one more value from a person."""

    ask: TemplateText
    expect: JsonSchema | None = Field(default=None, description="What the answer must look like: a JSON Schema.")
    expires: Duration | None = Field(default=None, description="How long a person may take to answer; then the step fails. Default: 24h.")


class ToolStep(StepOptions):
    """Calls one action of a tool."""

    tool: ActionReference
    with_: Arguments = Field(default_factory=dict, alias="with")
    retries: int | None = Field(
        default=None, ge=0, le=20, description="How often it is tried again, where a repeat does no harm; default: as `guardrails` say."
    )
    idempotent: bool | None = Field(default=None, description="A repeat does no harm; default: as the action says.")
    undo: Undo | None = Field(default=None, description="How rollback takes this step back.")
    approval: Name | None = Field(default=None, description="The role that must approve the rendered call.")
    expires: Duration | None = Field(default=None, description="How long a person may take to answer; then the step fails. Default: 24h.")
    expect: JsonSchema | None = Field(default=None, description="What the answer must look like, beyond the action's own schema.")


class DoStep(StepOptions):
    """A plain-language instruction for the agent's model."""

    do: TemplateText
    expect: JsonSchema | None = Field(default=None, description="What the model's answer must look like: a JSON Schema.")
    approval: Name | None = Field(default=None, description="The role that must approve what the model wants to change.")
    expires: Duration | None = Field(default=None, description="How long a person may take to answer; then the step fails. Default: 24h.")
    undo: DoUndo | None = Field(default=None, description="How rollback takes back all that the step did.")


class ManualStep(StepOptions):
    """An instruction for a person, who confirms it."""

    manual: TemplateText
    expires: Duration | None = Field(default=None, description="How long a person may take to answer; then the step fails. Default: 24h.")


class CheckStep(StepOptions):
    """An expression that must be true."""

    check: ExpressionText
    reading: Call | None = Field(default=None, description="What is read for this check; the expression sees it as `reading`.")
    within: Duration | None = Field(default=None, description="Read again until it is true, at most this long.")
    every: Duration = "5s"
    for_: Duration | None = Field(default=None, alias="for", description="It must stay true for this long.")
    hold: bool = Field(default=False, description="Read again before the first write, and after every wait.")


class ConfirmStep(StepOptions):
    """A check in words, judged by the agent's model on readings, or by a person."""

    confirm: TemplateText
    reading: Call | None = Field(default=None, description="What is read for this check; the words see it as `reading`.")
    hold: bool = Field(default=False, description="Asked again before the first write, and after every wait.")
    expires: Duration | None = Field(default=None, description="How long a person may take to answer; then the step fails. Default: 24h.")


class ApproveStep(StepOptions):
    """Waits for a person in the named role."""

    approve: Name
    expires: Duration | None = Field(default=None, description="How long a person may take to answer; then the step fails. Default: 24h.")


class WaitStep(StepOptions):
    """Waits for a duration, or until something is true."""

    wait: Annotated[Annotated[Duration, Tag("<value>")] | Annotated[Until, Tag("<mapping>")], by_shape]
    within: Duration | None = Field(default=None, description="Wait at most this long for `until`; then the step fails.")
    every: Duration = "5s"
    for_: Duration | None = Field(default=None, alias="for", description="It must stay true for this long.")


class NotifyStep(StepOptions):
    """Sends a message: the first key names a tool that can notify, `text` says what."""

    notify: Annotated[dict[str, TemplateText], Field(min_length=2, examples=[{"slack": "#avops", "text": "The room is back"}])]


class RecipeStep(StepOptions):
    """Runs another recipe; its `outputs` are this step's result."""

    recipe: Name
    with_: Arguments = Field(default_factory=dict, alias="with")


class SetStep(StepOptions):
    """Values computed from others."""

    set: Annotated[dict[Identifier, object], Field(min_length=1, description="Expressions by name.")]


class ArtifactStep(StepOptions):
    """Records or makes an artifact."""

    artifact: ArtifactSpec


_STEP_KEYS = frozenset(STEP_KEYS)


def step_tag(value: object) -> str | None:
    """Which class a raw entry belongs to: `<tool>` and so on; None for no step key, several, or no mapping."""
    keys = _STEP_KEYS & (value.keys() if isinstance(value, dict) else getattr(type(value), "model_fields", {}).keys())
    return f"<{next(iter(keys))}>" if len(keys) == 1 else None


by_step_key = Discriminator(step_tag, custom_error_type="step_key", custom_error_message="a step has exactly one step key")

Step = Annotated[
    Annotated[AskStep, Tag("<ask>")]
    | Annotated[ToolStep, Tag("<tool>")]
    | Annotated[DoStep, Tag("<do>")]
    | Annotated[ManualStep, Tag("<manual>")]
    | Annotated[CheckStep, Tag("<check>")]
    | Annotated[ConfirmStep, Tag("<confirm>")]
    | Annotated[ApproveStep, Tag("<approve>")]
    | Annotated[WaitStep, Tag("<wait>")]
    | Annotated[NotifyStep, Tag("<notify>")]
    | Annotated[RecipeStep, Tag("<recipe>")]
    | Annotated[SetStep, Tag("<set>")]
    | Annotated[ArtifactStep, Tag("<artifact>")],
    by_step_key,
]


def step_classes() -> dict[str, type[StepOptions]]:
    """The class of each step key."""
    classes: tuple[type[StepOptions], ...] = (
        AskStep,
        ToolStep,
        DoStep,
        ManualStep,
        CheckStep,
        ConfirmStep,
        ApproveStep,
        WaitStep,
        NotifyStep,
        RecipeStep,
        SetStep,
        ArtifactStep,
    )
    return dict(zip(STEP_KEYS, classes, strict=True))
