"""From what a person typed to a command, or to the form that it should have had."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.chat.commands import (
    FORMS,
    AttachRecipe,
    Clear,
    Help,
    NewRecipe,
    RunAgent,
    RunOptions,
    RunSop,
    Scout,
    ShowRuns,
    ToolAction,
    ToolHealth,
)
from avops.chat.grammar import json_object, read_word, words
from avops.errors import UsageError
from avops.project.suggestions import closest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from avops.chat.commands import Command, Form
    from avops.chat.grammar import Word

_NAME = re.compile(r"/([^\s\"'“”„«»{=]*)")
_STEPS = re.compile(r"\s*(?:steps\s*:)?\s*", re.IGNORECASE)
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::[0-9]{1,5})?")
ENDS = (".", "/end")
"""A line that ends the steps of `/sop`, beside an empty one."""


def is_command(message: str) -> bool:
    """Whether what a person typed is a command: its very first character is a slash."""
    return message.startswith("/")


def takes_more(line: str) -> bool:
    """Whether this first line is a `/sop` whose steps are still to come."""
    found = _NAME.match(line)
    if found is None or found[1].casefold() != "sop":
        return False
    try:
        _, body = _head(line, found.end())
    except UsageError:
        return False
    return not _STEPS.sub("", body, count=1).strip()


def parse(message: str) -> Command:
    """The command in a message that begins with a slash.

    UsageError for anything else, with the right form and what may have been meant as its hint.
    """
    first, _, rest = message.partition("\n")
    form, at = _form(first)
    try:
        if form.words == ("sop",):
            return _sop(form, first, rest, at)
        if rest.strip():
            raise UsageError(f"{form.name} takes one line", hint="send the other lines as messages of their own")
        given = tuple(words(first[at:]))
        _no_gap(given)
        return _PARSERS[form.words](form, given)
    except UsageError as error:
        raise UsageError(error.message, hint="; ".join(filter(None, (error.hint, usage(form))))) from None


def usage(form: Form) -> str:
    """The line that shows the right form."""
    return f"usage: {form.form}"


def form_of(topic: str) -> list[Form]:
    """The forms that a topic of `/help` names: `sop`, `/recipe`, `tool action`. UsageError with the near one when there is none."""
    asked = tuple(topic.casefold().lstrip("/").split())
    found = [form for form in FORMS if form.words[: len(asked)] == asked]
    if not found:
        raise UsageError(f"no command '{topic}'", hint=_near(topic, [form.name for form in FORMS]) or "/help lists the commands")
    return found


def _form(line: str) -> tuple[Form, int]:
    """The form that the first words name, and where its arguments begin."""
    found = _NAME.match(line)
    name = found[1].casefold() if found else ""
    at = found.end() if found else 0
    own = [form for form in FORMS if form.words[0] == name]
    if not own:
        listed = ", ".join(sorted({f"/{form.words[0]}" for form in FORMS}))
        near = _near(f"/{name}", {f"/{form.words[0]}" for form in FORMS})
        hint = near or "/help shows them; a message that is no command may begin with a space"
        raise UsageError(f"no command '/{name}', expected one of {listed}", hint=hint)
    if len(own[0].words) == 1:
        return own[0], at
    rest = re.compile(r"\s*([^\s\"'“”„«»{=]*)").match(line, at)
    verb = rest[1].casefold() if rest else ""
    for form in own:
        if form.words[1] == verb:
            return form, rest.end() if rest else at
    listed = ", ".join(sorted(form.words[1] for form in own))
    near = _near(verb, [form.words[1] for form in own])
    said = f"/{name} has no '{verb}'" if verb else f"/{name} needs to know what"
    hint = "; ".join(filter(None, (near, *(usage(form) for form in own))))
    raise UsageError(f"{said}, expected one of {listed}", hint=hint)


def _near(word: str, candidates: Sequence[str] | set[str]) -> str | None:
    found = closest(word, candidates)
    return f"did you mean {found}?" if found else None


def _head(line: str, at: int) -> tuple[list[Word], str]:
    """The `key=value` words at `at`, and all that follows them."""
    pairs: list[Word] = []
    while True:
        while at < len(line) and line[at].isspace():
            at += 1
        if at == len(line):
            return pairs, ""
        word = read_word(line, at)
        if word.key is None:
            return pairs, line[at:]
        pairs.append(word)
        at = word.end


def _sop(form: Form, first: str, rest: str, at: int) -> RunSop:
    pairs, body = _head(first, at)
    if body and not pairs and not _STEPS.fullmatch(body):
        raise UsageError(f"/sop does not know what to do with '{_short(body)}'")
    _no_gap(pairs)
    values, inputs = _pairs(form, pairs)
    lines = ([body] if body.strip() else []) + rest.split("\n")
    while lines and lines[-1].strip().casefold() in ("", *ENDS):
        lines.pop()
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    missing = [key for key in ("agent", "name") if not values.get(key)]
    if missing:
        raise UsageError(f"/sop needs {' and '.join(f'{key}=' for key in missing)}", hint=_misspelt(missing, inputs))
    if not _STEPS.sub("", text, count=1).strip():
        raise UsageError("/sop has no steps")
    return RunSop(agent=values["agent"], name=values["name"], text=text + "\n", options=_options(values, inputs))


def _new_recipe(form: Form, given: Sequence[Word]) -> NewRecipe:
    return NewRecipe(name=_only(form, given, "the recipe's name"))


def _attach(form: Form, given: Sequence[Word]) -> AttachRecipe:
    _no_plain(form, given, 0)
    values, others = _pairs(form, given)
    _require(form, values, others, "agent", "recipe")
    return AttachRecipe(agent=values["agent"], recipe=values["recipe"])


def _run_agent(form: Form, given: Sequence[Word]) -> RunAgent:
    agent = _first(form, given, "the agent's name")
    values, inputs = _pairs(form, given)
    _require(form, values, inputs, "recipe")
    return RunAgent(agent=agent, recipe=values["recipe"], options=_options(values, inputs))


def _health(form: Form, given: Sequence[Word]) -> ToolHealth:
    return ToolHealth(tool=_only(form, given, "the tool's name") if given else None)


def _action(form: Form, given: Sequence[Word]) -> ToolAction:
    plain = [word for word in given if word.key is None]
    if len(plain) < 2:
        raise UsageError("/tool action needs the tool's name and a JSON object" if not plain else "/tool action needs a JSON object")
    if len(plain) > 2:
        raise UsageError(f"/tool action does not know what to do with '{_short(plain[2].text)}'", hint="put the JSON in single quotes")
    values, _ = _pairs(form, given)
    data = json_object(plain[1].text)
    action, arguments = data.get("action"), data.get("args", {})
    if unknown := sorted(set(data) - {"action", "args"}):
        hint = f'the arguments of the action belong into "args": {_near(unknown[0], ["action", "args"]) or ""}'.rstrip(": ")
        raise UsageError(f"the JSON has '{unknown[0]}', expected one of action, args", hint=hint)
    if not isinstance(action, str) or not action:
        raise UsageError('the JSON names no "action"')
    if not isinstance(arguments, dict):
        raise UsageError('"args" is no JSON object')
    return ToolAction(
        tool=plain[0].text,
        action=action,
        arguments=arguments,
        agent=values.get("agent"),
        room=values.get("room"),
        mock=_mock(values.get("mock")),
    )


def _scout(form: Form, given: Sequence[Word]) -> Scout:
    query = " ".join(word.text for word in given if word.key is None).strip()
    if not query:
        raise UsageError("/kb scout needs words to search for")
    values, _ = _pairs(form, given)
    allow = tuple(part.strip().casefold() for part in values.get("allow", "").split(",") if part.strip())
    for domain in allow:
        if not _DOMAIN.fullmatch(domain):
            raise UsageError(f"'{domain}' is no domain", hint="write it like support.zoom.com")
    return Scout(query=query, allow=allow)


def _runs(form: Form, given: Sequence[Word]) -> ShowRuns:
    values, _ = _pairs(form, given)
    plain = [word.text for word in given if word.key is None]
    if not plain:
        return ShowRuns(filters=values)
    if len(plain) > 1 or not re.fullmatch(r"#?[0-9]{1,15}", plain[0]):
        raise UsageError(f"'{_short(plain[-1])}' is no run's number")
    if values:
        raise UsageError("a run's number and filters exclude each other")
    return ShowRuns(run=int(plain[0].lstrip("#")))


def _help(form: Form, given: Sequence[Word]) -> Help:
    return Help(topic=" ".join(word.text for word in given) or None)


def _clear(form: Form, given: Sequence[Word]) -> Clear:
    if given:
        raise UsageError("/clear takes nothing")
    return Clear()


_PARSERS: dict[tuple[str, ...], Callable[[Form, Sequence[Word]], Command]] = {
    ("recipe", "new"): _new_recipe,
    ("recipe", "attach"): _attach,
    ("agent", "run"): _run_agent,
    ("tool", "health"): _health,
    ("tool", "action"): _action,
    ("kb", "scout"): _scout,
    ("runs",): _runs,
    ("help",): _help,
    ("clear",): _clear,
}


def _pairs(form: Form, given: Sequence[Word]) -> tuple[dict[str, str], dict[str, str]]:
    """The values of the form's own keys, and those of inputs; UsageError for any other key, and for one given twice."""
    values: dict[str, str] = {}
    inputs: dict[str, str] = {}
    for word in given:
        if word.key is None:
            continue
        key = word.key.casefold()
        if key in form.keys:
            into, name = values, key
        elif form.takes_inputs:
            into, name = inputs, word.key.removeprefix("input.")
        else:
            listed = f"expected one of {', '.join(sorted(form.keys))}" if form.keys else "it takes none"
            raise UsageError(f"{form.name} has no '{word.key}=', {listed}", hint=_near(key, form.keys))
        if name in into:
            raise UsageError(f"'{name}=' is given twice")
        into[name] = word.text
    return values, inputs


def _no_gap(given: Sequence[Word]) -> None:
    for word in given:
        if word.key is not None and not word.text and not word.is_quoted:
            raise UsageError(f"'{word.key}=' has no value", hint="there is no space around the =")
        if word.key is None and word.text.startswith("=") and not word.is_quoted:
            raise UsageError(f"'{_short(word.text)}' stands alone", hint="there is no space around the =")


def _options(values: Mapping[str, str], inputs: Mapping[str, str]) -> RunOptions:
    return RunOptions(inputs=inputs, room=values.get("room"), mock=_mock(values.get("mock")))


def _mock(value: str | None) -> bool | tuple[str, ...]:
    if value is None or value.casefold() in ("no", "none", "off", "false"):
        return False
    if value.casefold() in ("all", "yes", "on", "true", "*"):
        return True
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _require(form: Form, values: Mapping[str, str], others: Mapping[str, str], *keys: str) -> None:
    if missing := [key for key in keys if not values.get(key)]:
        raise UsageError(f"{form.name} needs {' and '.join(f'{key}=' for key in missing)}", hint=_misspelt(missing, others))


def _misspelt(missing: Sequence[str], given: Mapping[str, str]) -> str | None:
    """The key that was meant by one that was taken for an input."""
    for key in given:
        if near := closest(key, missing):
            return f"did you mean {near}= where it says {key}=?"
    return None


def _first(form: Form, given: Sequence[Word], what: str) -> str:
    plain = [word for word in given if word.key is None]
    if not plain or not plain[0].text.strip():
        raise UsageError(f"{form.name} needs {what}")
    _no_plain(form, given, 1)
    return plain[0].text


def _only(form: Form, given: Sequence[Word], what: str) -> str:
    _pairs(form, given)
    return _first(form, given, what)


def _no_plain(form: Form, given: Sequence[Word], allowed: int) -> None:
    plain = [word for word in given if word.key is None]
    if len(plain) > allowed:
        word = plain[allowed]
        hint = None if word.is_quoted else "a name of several words stands in quotes"
        raise UsageError(f"{form.name} does not know what to do with '{_short(word.text)}'", hint=hint)


def _short(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= 40 else f"{line[:39]}…"
