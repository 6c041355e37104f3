"""A workflow: an agent, a recipe and a trigger, with inputs, perhaps for many rooms."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from avops.model.document import Document, Duration, Name


class IntervalTrigger(Document):
    """Every so many minutes, on a grid that does not drift."""

    interval_minutes: int = Field(ge=1, le=366 * 24 * 60, description="Minutes from one run to the next.")


class CronTrigger(Document):
    """A cron line of five fields, or a word such as `@daily`."""

    cron: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(description="Minute, hour, day, month, weekday.")
    timezone: str | None = Field(default=None, description="An IANA name; default: the project's.", examples=["Europe/Berlin"])


class AtTrigger(Document):
    """Once, at an instant with its offset."""

    at: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$")] = Field(
        description="The instant, with its offset."
    )


class AfterTrigger(Document):
    """When a run of another workflow has ended."""

    after: Name
    on: Literal["success", "failed", "unverified", "ended"] = Field(default="success", description="How the other run must have ended.")


TRIGGER_KEYS = ("after", "at", "cron", "interval_minutes")


def trigger_tag(value: object) -> str | None:
    """Which trigger a raw value is: `<cron>` and so on, `<manual>` for text; None for no trigger key or several."""
    if isinstance(value, str):
        return "<manual>"
    given = value.keys() if isinstance(value, dict) else getattr(type(value), "model_fields", {}).keys()
    keys = [key for key in TRIGGER_KEYS if key in given]
    return f"<{keys[0]}>" if len(keys) == 1 else None


Trigger = Annotated[
    Annotated[Literal["manual"], Tag("<manual>")]
    | Annotated[IntervalTrigger, Tag("<interval_minutes>")]
    | Annotated[CronTrigger, Tag("<cron>")]
    | Annotated[AtTrigger, Tag("<at>")]
    | Annotated[AfterTrigger, Tag("<after>")],
    Discriminator(trigger_tag, custom_error_type="trigger_key", custom_error_message="a trigger has exactly one trigger key"),
]


class PhaseAgents(Document):
    """One agent per phase."""

    intake: Name
    plan: Name
    act: Name
    verify: Name


class Stage(Document):
    """One procedure of a workflow that has several, in order."""

    name: Name | None = Field(default=None, description="The name by which later stages know it.")
    agent: Name | None = Field(default=None, description="Who runs it.")
    agents: PhaseAgents | None = Field(default=None, description="Who runs it, with one agent per phase.")
    recipe: Name
    inputs: dict[str, object] = Field(
        default_factory=dict, description="Beside the workflow's; may name `stages.NAME.outputs` of the stages before."
    )
    on_error: Literal["stop", "continue"] = Field(default="stop", description="Whether the stages after it run when it did not succeed.")
    always: bool = Field(default=False, description="Runs even after a stage that stopped the rest.")


def stage_key(name: str) -> str:
    """The name by which later stages know a stage: `Baseline checks` is `baseline_checks`."""
    key = re.sub(r"\W+", "_", name.casefold()).strip("_")
    return f"_{key}" if key[:1].isdigit() else key


class Workflow(Document):
    """What runs, as whom, and when."""

    name: Name
    description: str = Field(default="", description="What people read about it.")
    agent: Name | None = Field(default=None, description="Who runs it.")
    agents: PhaseAgents | None = Field(default=None, description="Who runs it, with one agent per phase.")
    recipe: Name | None = Field(default=None, description="What is run.")
    stages: list[Stage] = Field(
        default_factory=list,
        description="Several recipes in order, in place of `agent` and `recipe`; each sees the results of those before.",
    )
    trigger: Trigger = Field(default="manual", description="When it runs.")
    enabled: bool = Field(default=True, description="Whether its schedule is on.")
    inputs: dict[str, object] = Field(default_factory=dict, description="The inputs of the recipe, by name.")
    room: str | None = Field(default=None, description="The one room this workflow is about.")
    for_each: str | None = Field(default=None, description="`rooms`, `rooms KEY=VALUE`, or a CSV or YAML file: one run per row.")
    parallel: int = Field(default=1, ge=1, le=1000, description="How many rows of `for_each` at once.")
    canary: int = Field(default=0, ge=0, le=1000, description="So many rows run first; the others only when these succeed.")
    max_failures: int | Annotated[str, StringConstraints(pattern=r"^\d{1,3}%$")] | None = Field(
        default=None, description="At this many failures, a number or a percentage, nothing new starts."
    )
    overlap: Literal["skip", "queue", "allow"] = Field(
        default="skip", description="What a run does that is due while the one before is not over."
    )
    catch_up: Literal["none", "latest", "all"] = Field(default="latest", description="Which of the missed runs are made up for.")
    grace: Duration = "5m"
    notify_on: list[Literal["failed", "waiting", "recovered"]] = Field(
        default_factory=list, description="What `alerts` in avops.yaml tell people of."
    )
