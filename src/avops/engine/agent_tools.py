"""The actions that the agent's model may ask for in one step, under names that every provider takes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from avops.engine.fencing import as_text
from avops.engine.io import Refusal, StepError
from avops.engine.program import CompiledCall, actions_of
from avops.engine.redaction import HIDDEN
from avops.engine.schema_check import input_schema
from avops.engine.turns import HIDDEN_INPUT
from avops.expression import Value
from avops.model.conversation import ToolOffer
from avops.model.effect import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from avops.engine.drive import Frame
    from avops.model.conversation import ToolRequest
    from avops.model.tool import ActionBase, ToolBase

CANNOT_DO = "cannot_do"
"""How a model says that it could not do the step. No action has this name: theirs have `__` in them."""
MAX_OFFERS = 127
"""Actions that are offered at once, beside `cannot_do`: no provider takes more than 128."""
MAX_ARGUMENTS = 64 * 1024
"""Characters of JSON of one call's arguments."""
_NAME_LENGTH = 64
_DESCRIBES = 1000
_OTHER = re.compile("[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class _Action:
    manifest: ToolBase
    name: str
    spec: ActionBase

    @property
    def reference(self) -> str:
        return f"{self.manifest.name}.{self.name}"


class Toolset:
    """The actions of the run's tools by the names they are offered under, and which of them are offered in this step."""

    def __init__(self, frame: Frame) -> None:
        self._known: dict[str, _Action] = {}
        for action in _actions(frame):
            self._known[_offered_name(action, self._known)] = action
        allowed = {name: action for name, action in self._known.items() if is_permitted(frame, action.manifest, action.name, action.spec)}
        if len(allowed) > MAX_OFFERS:
            agent = frame.driver.program.agents[frame.step.phase].name
            raise StepError(f"the agent '{agent}' may call {len(allowed)} actions here, and at most {MAX_OFFERS} can be offered to a model")
        self.references = tuple(sorted(action.reference for action in allowed.values()))
        """What is offered, as `TOOL.ACTION`."""
        offers = [_offer(name, action) for name, action in sorted(allowed.items())]
        self.offers: tuple[ToolOffer, ...] = (*offers, _CANNOT_DO_OFFER) if offers else ()

    def call(self, request: ToolRequest) -> CompiledCall:
        """The call that the model asks for; Refusal when there is no such action, or no arguments to speak of.

        Its arguments are taken as they stand: what looks like a template in them is text.
        """
        action = self._known.get(request.name)
        if action is None:
            known = ", ".join(offer.name for offer in self.offers) or "none: no tool is offered"
            raise Refusal("allow-list", f"there is no tool '{as_text(request.name, 100)}', expected one of {known}")
        if request.arguments is None:
            raise Refusal("input-schema", f"{action.reference}: the arguments are no JSON object")
        written = json.dumps(request.arguments, ensure_ascii=False, default=str)
        if len(written) > MAX_ARGUMENTS:
            raise Refusal("input-schema", f"{action.reference}: the arguments have more than {MAX_ARGUMENTS} characters")
        if HIDDEN in written or HIDDEN_INPUT in written:
            raise Refusal("policy", f"{action.reference}: the arguments hold something that is kept from the model, or its place")
        return CompiledCall(
            tool=action.manifest.name, action=action.name, manifest=action.manifest, spec=action.spec, arguments=_literal(request.arguments)
        )


def _literal(arguments: Mapping[str, object]) -> Value:
    return Value(lambda _: dict(arguments), (), whole=False)


def is_permitted(frame: Frame, manifest: ToolBase, name: str, spec: ActionBase) -> bool:
    """True for an action that the agent may call, and that the phase allows. Offering is a courtesy: each call is checked."""
    driver, phase = frame.driver, frame.step.phase
    for agents in (driver.program.agents, driver.program.narrowed):
        agent = agents.get(phase)
        if agent is not None and not agent.allows(manifest.name, name):
            return False
    if driver.only_looks and spec.effect is not Effect.READ:
        return False
    return spec.effect.allowed_in(phase) and (driver.within is None or spec.effect.allowed_in(driver.within))


def _actions(frame: Frame) -> Iterator[_Action]:
    for _, manifest in sorted(frame.driver.program.tools.items()):
        for name, spec in sorted(actions_of(manifest).items()):
            yield _Action(manifest, name, spec)


def _offered_name(action: _Action, taken: Mapping[str, object]) -> str:
    """`tool__action`; one that is too long, or that another action has, ends in a hash of the whole."""
    name = _OTHER.sub("_", f"{action.manifest.name}__{action.name}")
    if len(name) <= _NAME_LENGTH and name not in taken:
        return name
    return f"{name[: _NAME_LENGTH - 9]}_{sha256(action.reference.encode()).hexdigest()[:8]}"


def _offer(name: str, action: _Action) -> ToolOffer:
    spec = action.spec
    told = ". ".join(part.rstrip(". ") for part in (action.manifest.description, spec.description) if part)
    description = f"{as_text(told, _DESCRIBES)} [{action.reference}: {spec.effect.value}]".strip()
    shown = {argument: _described(schema) for argument, schema in spec.input.items()}
    return ToolOffer(name=name, description=description, parameters=input_schema(shown))  # type: ignore[arg-type]  # a schema stays a mapping


def _described(schema: object) -> object:
    """A schema as a model is shown it: without keys of avops's own, its words without unseen characters."""
    if isinstance(schema, dict):
        kept = {key: value for key, value in schema.items() if not str(key).startswith("x-")}
        return {
            key: as_text(value, _DESCRIBES) if key in ("description", "title") and isinstance(value, str) else _described(value)
            for key, value in kept.items()
        }
    return [_described(item) for item in schema] if isinstance(schema, list) else schema


_CANNOT_DO_OFFER = ToolOffer(
    name=CANNOT_DO,
    description="Ends the step as failed. Ask for this when the step cannot be done with what is offered, and say why.",
    parameters={"type": "object", "properties": {"reason": {"type": "string"}}, "required": ["reason"], "additionalProperties": False},
)
