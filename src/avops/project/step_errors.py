"""Steps without a step key or with several, the short forms that people write, and triggers."""

from __future__ import annotations

from avops.model.step import STEP_KEYS, step_classes
from avops.model.workflow import TRIGGER_KEYS
from avops.project.document_keys import keys_of
from avops.project.document_wording import shortened, what_it_is
from avops.project.suggestions import closest

REWRITES = "`avops lint --fix FILE` rewrites it"
_EXPECTED = tuple(sorted(STEP_KEYS))
# What older documents and converters write for `do`, `manual` and `tool`.
_SHORT_KEYS = ("gather", "step", "action")

Explained = tuple[str, str, tuple[str | int, ...], str | None, tuple[str, ...]]


def step_key_error(path: tuple[str | int, ...], given: object) -> Explained:
    """The rule, message, path, hint and expected keys for an entry that is no step."""
    if isinstance(given, str):
        return (
            "short-form",
            f"a step must be a mapping, not {what_it_is(given)}",
            path,
            f"write 'manual: {shortened(given)}'; {REWRITES}",
            (),
        )
    if given is None:
        return "step-key", "this step is empty", path, "write a step key and its value after the '-', or take the line out", _EXPECTED
    if not isinstance(given, dict):
        return "step-key", f"a step must be a mapping, not {what_it_is(given)}", path, None, _EXPECTED
    keys = [key for key in given if key in STEP_KEYS]
    if len(keys) > 1:
        return _several(path, keys)
    for short in _SHORT_KEYS:
        if short in given:
            message = f"'{short}:' is a short form, which is not run"
            return "short-form", message, (*path, short), REWRITES, _EXPECTED
    return _none(path, [str(key) for key in given])


def _several(path: tuple[str | int, ...], keys: list[str]) -> Explained:
    names = " and ".join(f"'{key}'" for key in keys)
    hint = "make a step of each"
    if "check" in keys and "tool" in keys:
        hint = "to judge what a call gives, write 'reading: {tool: …}' beside 'check'"
    elif "approve" in keys and "tool" in keys:
        hint = "to have a call approved, write 'approval: ROLE' beside 'tool'"
    return "step-key", f"a step has exactly one step key; this one has {names}", (*path, keys[1]), hint, _EXPECTED


def _none(path: tuple[str | int, ...], keys: list[str]) -> Explained:
    options = {key for model in step_classes().values() for key in keys_of(model)}
    unknown = [key for key in keys if key not in options]
    for key in unknown:
        meant = closest(key, STEP_KEYS)
        if meant is not None:
            return "step-key", f"unknown step key '{shortened(key)}'", (*path, key), f"did you mean '{meant}'?", _EXPECTED
    if len(unknown) == 1:
        return "step-key", f"unknown step key '{shortened(unknown[0])}'", (*path, unknown[0]), None, _EXPECTED
    if keys == ["name"]:
        hint = "say what to do, for a person: 'manual: …'"
        return "step-key", "this step has a name and nothing to do: no step key", path, hint, _EXPECTED
    return "step-key", "this step has nothing to do: no step key", path, None, _EXPECTED


def trigger_key_error(given: object) -> tuple[str, str | None, str | None, tuple[str, ...]]:
    """The message, the key it is about, the hint and the expected keys for a value that is no trigger."""
    expected = tuple(sorted((*TRIGGER_KEYS, "manual")))
    if not isinstance(given, dict):
        return f"a trigger must be 'manual' or a mapping, not {what_it_is(given)}", None, "write 'trigger: manual'", expected
    keys = [key for key in given if key in TRIGGER_KEYS]
    if len(keys) > 1:
        names = " and ".join(f"'{key}'" for key in keys)
        return f"a trigger has exactly one of its keys; this one has {names}", keys[1], "keep one of them", expected
    for key in given:
        meant = closest(str(key), TRIGGER_KEYS)
        if meant is not None:
            return f"unknown trigger '{shortened(str(key))}'", str(key), f"did you mean '{meant}'?", expected
    hint = "write 'trigger: manual', or for example 'trigger: {cron: \"0 6 * * 1-5\"}'"
    return "this trigger does not say when", None, hint, expected
