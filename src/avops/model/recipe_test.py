"""A recipe test: what the tools and people answer, and what the run must come to."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag, WithJsonSchema

from avops.model.document import Document, Duration, Identifier, Name, by_shape
from avops.model.step import ActionReference, Arguments
from avops.model.workflow import PhaseAgents

TIMEOUT = "timeout"
"""The fault of a call whose answer never came."""

RunEnding = Literal["success", "failed", "unverified", "refused", "cancelled", "waiting"]
StepEnding = Literal["ok", "failed", "skipped", "denied", "unknown", "waiting", "cancelled"]
Instant = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$")]


class FaultAnswer(Document):
    """A call that fails: `timeout`, or the message of the error."""

    fault: Annotated[str, StringConstraints(min_length=1, max_length=2000)] = Field(
        examples=["timeout", "503 Service Unavailable"], description="`timeout` for an answer that never comes, else the error message."
    )
    happened: Literal["no", "unknown"] = Field(default="no", description="`unknown` when the action may have been carried out.")
    retry_after: Duration | None = Field(default=None, description="How long the service asks to wait before the next attempt.")


class GivenAnswer(Document):
    """An answer that would be taken for something else: a list, or a mapping with the key `fault`."""

    answer: object = Field(description="The answer itself.")


def answer_tag(value: object) -> str:
    """The arm of an answer: a fault, a marked answer, answers one after another, or the answer itself."""
    keys = value.keys() if isinstance(value, dict) else getattr(type(value), "model_fields", {}).keys()
    if "fault" in keys:
        return "<fault>"
    if set(keys) == {"answer"}:
        return "<answer>"
    return "<list>" if isinstance(value, list) else "<plain>"


def _one_tag(value: object) -> str:
    tag = answer_tag(value)
    return "<plain>" if tag == "<list>" else tag


_FAULT_OR_MARKED = [{"type": "object", "required": ["fault"]}, {"type": "object", "required": ["answer"], "maxProperties": 1}]
PlainAnswer = Annotated[object, WithJsonSchema({"not": {"anyOf": _FAULT_OR_MARKED}, "description": "The answer itself."})]
LonePlainAnswer = Annotated[
    object, WithJsonSchema({"not": {"anyOf": [{"type": "array"}, *_FAULT_OR_MARKED]}, "description": "The answer itself."})
]
Answer = Annotated[
    Annotated[FaultAnswer, Tag("<fault>")] | Annotated[GivenAnswer, Tag("<answer>")] | Annotated[PlainAnswer, Tag("<plain>")],
    Discriminator(_one_tag),
]
Answers = Annotated[
    Annotated[list[Answer], Field(min_length=1), Tag("<list>")]
    | Annotated[FaultAnswer, Tag("<fault>")]
    | Annotated[GivenAnswer, Tag("<answer>")]
    | Annotated[LonePlainAnswer, Tag("<plain>")],
    Discriminator(answer_tag),
]
"""One answer for every call, or a list: one for each call, the last again and again."""

Word = Literal["approve", "deny", "done", "later", "no", "yes"]


class Said(Document):
    """What a person says to a step that asks."""

    says: Word = Field(default="done", description="What they say.")
    answer: object = Field(default=None, description="The value that an `ask` gets, or what came of a `do`.")
    by: str | None = Field(default=None, description="The login account; default: the first of the role that is asked for.")
    note: str | None = Field(default=None, description="What they add.")


class ExpectedCall(Document):
    """A call that must have been made, with at least these arguments."""

    tool: ActionReference
    with_: Arguments = Field(default_factory=dict, alias="with")


AnyCall = Annotated[Annotated[ActionReference, Tag("<value>")] | Annotated[ExpectedCall, Tag("<mapping>")], by_shape]


class Expect(Document):
    """What the run must come to. What is left out is not looked at."""

    status: RunEnding = Field(description="How the run ends.")
    error: str | None = Field(default=None, description="Part of the run's error.")
    steps: dict[str, StepEnding] = Field(
        default_factory=dict, description="How steps ended, by key, id or name.", examples=[{"act.0": "ok", "Restart": "skipped"}]
    )
    undone: list[str] | None = Field(default=None, description="The steps that rollback took back, by key, id or name, newest first.")
    calls: list[AnyCall] | None = Field(default=None, description="Every call that does not only read, in order; undo and rollback too.")
    reads: list[AnyCall] | None = Field(default=None, description="Every reading, in order.")
    outputs: dict[Identifier, object] = Field(default_factory=dict, description="The value of each named output.")
    artifacts: list[str] | None = Field(default=None, description="The titles of what the run left behind, in order.")


class Circumstances(Document):
    """What a test says of the world; a case overrides what the file says for all."""

    agent: Name | None = Field(default=None, description="Who runs it; default: the first agent that has the recipe attached.")
    agents: PhaseAgents | None = Field(default=None, description="Who runs it, with one agent per phase.")
    room: Annotated[Annotated[str, Tag("<value>")] | Annotated[dict[str, object], Tag("<mapping>")], by_shape] | None = Field(
        default=None, description="A key of the room list, or the room's values.", examples=["HQ-1", {"room": "T-1", "name": "Test room"}]
    )
    now: Instant | None = Field(default=None, description="When the run starts; waits pass in no time.")
    inputs: dict[str, object] = Field(default_factory=dict, description="The inputs by name.")
    tools: dict[ActionReference, Answers] = Field(
        default_factory=dict,
        description="Answers by TOOL.ACTION: one for every call, or a list. An action without one answers as in mock mode.",
        examples=[{"display.get_power": [{"power": "off"}, {"power": "on"}], "slack.post_message": {"fault": "timeout"}}],
    )
    people: dict[str, Annotated[Annotated[Word, Tag("<value>")] | Annotated[Said, Tag("<mapping>")], by_shape]] = Field(
        default_factory=dict, description="What people say, by the step's key, id or name. A step without an answer waits."
    )


class RecipeCase(Circumstances):
    """One run, and what it must come to."""

    name: Name
    expect: Expect


class RecipeTest(Circumstances):
    """The tests of one recipe: `recipes/NAME.test.yaml` beside `recipes/NAME.yaml`."""

    recipe: Name | None = Field(default=None, description="The recipe's name; default: the one in the file beside this one.")
    tests: list[RecipeCase] = Field(min_length=1, description="The tests, each a run of its own.")
