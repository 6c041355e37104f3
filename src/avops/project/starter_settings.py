"""The settings of a new project, and those of a project that has some already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.errors import AvopsError, FindingsError, UsageError
from avops.project.starter import SETTINGS_FILE, Choices, Found, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.project.editing import YamlText

CHOSEN = ("provider", "model", "base_url", "mock", "timezone")
"""The keys that `avops init` asks for: what they say is nobody's edit of the starter's text."""

_EMPTY_SETTINGS = """\
# yaml-language-server: $schema=schemas/settings.schema.json
name: AV Operations
timezone: UTC
operator_agent: operator
rooms: rooms.csv
"""
_EMPTY_OPERATOR = """\
# yaml-language-server: $schema=../schemas/agent.schema.json
# Acts when a person calls a tool directly (avops tool call). 'avops tool add' gives it each new tool.
name: operator
domain: AV Operations
description: Stands behind calls that a person makes directly.
tools: {}
"""


def empty_content(demo: Mapping[str, str]) -> dict[str, str]:
    """The files of a project that begins without demo documents: the schemas, an operator, and a room list without rooms."""
    schemas = {path: text for path, text in demo.items() if path.startswith("schemas/")}
    return {"rooms.csv": "room,name,site,timezone\n", "agents/operator.yaml": _EMPTY_OPERATOR, **schemas}


def settings_found(demo_text: str, old: str | None, choices: Choices) -> Found:
    """What becomes of `avops.yaml`: new with what was chosen, or as it is with what was chosen put in.

    Settings are never reset. Raises `UsageError` when what was chosen cannot be.
    """
    starter = demo_text if choices.content == "demo" else _EMPTY_SETTINGS
    if old is None:
        text = _with(starter, choices.settings)
        return Found(path=SETTINGS_FILE, state=State.MISSING, text=text)
    try:
        text = _with(old, choices.settings) if choices.settings else old
        untouched = _without_chosen(old) == _without_chosen(starter)
    except FindingsError as error:
        if not choices.settings:
            return Found(path=SETTINGS_FILE, state=State.KEPT, text=starter, old=old)
        raise AvopsError(
            f"'{SETTINGS_FILE}' cannot be changed before it is mended: {error.message}", hint="avops lint avops.yaml"
        ) from error
    state = State.CHANGED if text != old else State.SAME if untouched else State.KEPT
    return Found(path=SETTINGS_FILE, state=state, text=text, old=old)


def settings_as_written(text: str | None) -> dict[str, object]:
    """What `avops.yaml` says of the keys that `avops init` asks for; empty where there is none, or it cannot be read."""
    if text is None:
        return {}
    try:
        data = _opened(text).data
    except AvopsError:
        return {}
    return {key: data[key] for key in CHOSEN if key in data}


def _with(text: str, settings: Mapping[str, object]) -> str:
    from avops.project.documents import load_document

    opened = _opened(text)
    for key, value in settings.items():
        if value is not None and opened.data.get(key) != value:
            opened.set((key,), value)
        elif value is None and key in opened.data:
            opened.delete((key,))
    loaded = load_document("settings", opened.text, SETTINGS_FILE)
    if loaded.value is None and settings:
        first = loaded.diagnostics[0]
        raise UsageError(f"the settings would not be right: {first.message}", hint=first.hint or "avops init --help shows what it takes")
    return opened.text


def _without_chosen(text: str) -> str:
    opened = _opened(text)
    for key in CHOSEN:
        if key in opened.data:
            opened.delete((key,))
    return opened.text


def _opened(text: str) -> YamlText:
    from avops.project.editing import YamlText

    return YamlText(text, SETTINGS_FILE)
