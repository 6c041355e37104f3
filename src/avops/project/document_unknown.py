"""A key that its place does not know: what was meant, and what may stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.model.step import STEP_KEYS, StepOptions, step_classes
from avops.project.document_keys import keys_of
from avops.project.document_wording import shortened

if TYPE_CHECKING:
    from avops.project.document_keys import Place

# Words that people write for what has another name here.
_ELSEWHERE = {
    "steps": "a recipe has its steps under 'intake', 'plan', 'act' and 'verify'",
    "schedule": "a workflow says when it runs under 'trigger'",
    "cron": "write 'trigger: {cron: …}'",
    "interval_minutes": "write 'trigger: {interval_minutes: …}'",
    "rollback": "a step says 'undo:'; the recipe says 'guardrails: {rollback_on: …}'",
    "expr": "write 'check:'",
    "condition": "write 'when:' for a condition, 'check:' for a check",
    "args": "write 'with:'",
    "params": "write 'with:'",
    "arguments": "write 'with:'",
    "if": "write 'when:'",
    "loop": "write 'for_each:'",
}


def unknown_key(place: Place, given: object, meant: str | None) -> tuple[str, str, str | None, tuple[str, ...]]:
    """The rule, message, hint and expected keys for the key that ends `place.path`, perhaps `meant` as another."""
    key = str(place.path[-1])
    shown = shortened(key)
    allowed = keys_of(place.model) if place.model is not None else []
    message = f"unknown key '{shown}'"
    hint = f"did you mean '{meant}'?" if meant is not None else None
    if hint is None and key.startswith("-") and key[1:] in allowed:
        return "unknown-key", message, f"put a space after the '-': - {shortened(key[1:])}", ()
    if hint is None and given is None and ":" in key:
        name, _, value = key.partition(":")
        return "unknown-key", message, f"put a space after the ':': {shortened(f'{name}: {value}')}", ()
    if place.model is not None and issubclass(place.model, StepOptions):
        own = next(name for name in STEP_KEYS if name in place.model.model_fields)
        owners = [name for name, model in step_classes().items() if key in keys_of(model)]
        if owners:
            message = f"a '{own}' step has no '{shown}'"
            hint = f"it belongs to a step with {' or '.join(repr(name) for name in sorted(owners))}"
    return "unknown-key", message, hint or _ELSEWHERE.get(key), tuple(allowed)
