"""Where one document names another: every place in an agent, recipe, workflow, recipe test or the settings that does.

Read from the data of a file, before it is judged, so that a document with mistakes in it still says whom it needs.
What stands in the arguments of a call is data, and so are expressions; neither names a document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avops.project.documents import Kind
    from avops.project.yaml_positions import Path

Noun: TypeAlias = Literal["agent", "recipe", "tool", "workflow"]
NOUNS: tuple[Noun, ...] = ("agent", "recipe", "tool", "workflow")
_PHASES = ("intake", "plan", "act", "verify")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One place that names a document. `is_key`: the name is the key that ends `path`, not the value there."""

    path: Path
    noun: Noun
    name: str
    """As it is written, without the action."""
    action: str = ""
    """What follows the tool's name: `.get_room`, or empty."""
    words: str
    """What the holder does with it, such as `runs it`."""
    is_key: bool = False

    def renamed(self, name: str) -> str:
        """What stands there once the document is called `name`."""
        return f"{name}{self.action}"


def references(kind: Kind, data: object) -> Iterator[Reference]:
    """All references in the data of one document, in the order of its keys; of what has another shape, none."""
    if isinstance(data, dict) and (read := _READERS.get(kind)) is not None:
        yield from read(data)


def _agent(data: dict[str, Any]) -> Iterator[Reference]:
    for tool in _mapping(data.get("tools")):
        yield Reference(path=("tools", tool), noun="tool", name=str(tool), words="may use it", is_key=True)
    for index, name in enumerate(_list(data.get("recipes"))):
        yield from _named(("recipes", index), "recipe", name, "has it attached")


def _recipe(data: dict[str, Any]) -> Iterator[Reference]:
    for phase in _PHASES:
        for index, step in enumerate(_list(data.get(phase))):
            yield from _step((phase, index), step)
    guardrails = _mapping(data.get("guardrails"))
    for index, step in enumerate(_list(guardrails.get("rollback_actions"))):
        yield from _step(("guardrails", "rollback_actions", index), step)


def _step(path: Path, step: object) -> Iterator[Reference]:
    step = _mapping(step)
    yield from _call(path, step)
    for key in ("undo", "reading"):
        yield from _call((*path, key), step.get(key))
    yield from _call((*path, "wait", "reading"), _mapping(step.get("wait")).get("reading"))
    yield from _named((*path, "recipe"), "recipe", step.get("recipe"), "runs it as a step")
    teller = next((key for key in _mapping(step.get("notify")) if key != "text"), None)
    if teller is not None:
        yield Reference(path=(*path, "notify", teller), noun="tool", name=str(teller), words="notifies with it", is_key=True)


def _workflow(data: dict[str, Any]) -> Iterator[Reference]:
    yield from _part((), data)
    for index, stage in enumerate(_list(data.get("stages"))):
        yield from _part(("stages", index), _mapping(stage))
    yield from _named(("trigger", "after"), "workflow", _mapping(data.get("trigger")).get("after"), "follows it")


def _part(path: Path, part: dict[str, Any]) -> Iterator[Reference]:
    yield from _agents(path, part, "is run by it")
    yield from _named((*path, "recipe"), "recipe", part.get("recipe"), "runs it")


def _settings(data: dict[str, Any]) -> Iterator[Reference]:
    yield from _named(("operator_agent",), "agent", data.get("operator_agent"), "has it as operator_agent")
    for index, tool in enumerate(_list(data.get("mock"))):
        yield from _named(("mock", index), "tool", tool, "mocks it")
    for key in ("tool", "publish_tool"):
        yield from _named(("kb", key), "tool", _mapping(data.get("kb")).get(key), "searches or publishes with it")
    alerts = _mapping(data.get("alerts"))
    yield from _named(("alerts", "agent"), "agent", alerts.get("agent"), "sends alerts with it")
    for tool in _mapping(alerts.get("notify")):
        yield Reference(path=("alerts", "notify", tool), noun="tool", name=str(tool), words="sends alerts with it", is_key=True)
    for key, action in _mapping(alerts.get("ticket")).items():
        yield from _action(("alerts", "ticket", key), action, "keeps tickets of alerts with it")


def _test(data: dict[str, Any]) -> Iterator[Reference]:
    yield from _named(("recipe",), "recipe", data.get("recipe"), "tests it")
    yield from _circumstances((), data)
    for index, case in enumerate(_list(data.get("tests"))):
        yield from _circumstances(("tests", index), _mapping(case))
        expected = _mapping(_mapping(case).get("expect"))
        for key in ("calls", "reads"):
            for number, call in enumerate(_list(expected.get(key))):
                path: Path = ("tests", index, "expect", key, number)
                yield from _action(path, call, "expects a call of it") if isinstance(call, str) else _call(path, call)


def _circumstances(path: Path, data: dict[str, Any]) -> Iterator[Reference]:
    yield from _agents(path, data, "is run by it")
    for action in _mapping(data.get("tools")):
        yield from _action((*path, "tools", action), action, "answers for it", is_key=True)


def _agents(path: Path, part: dict[str, Any], words: str) -> Iterator[Reference]:
    yield from _named((*path, "agent"), "agent", part.get("agent"), words)
    for phase, name in _mapping(part.get("agents")).items():
        yield from _named((*path, "agents", phase), "agent", name, words)


def _call(path: Path, call: object) -> Iterator[Reference]:
    yield from _action((*path, "tool"), _mapping(call).get("tool"), "calls it")


def _action(path: Path, text: object, words: str, *, is_key: bool = False) -> Iterator[Reference]:
    if isinstance(text, str):
        name, dot, action = text.partition(".")
        yield Reference(path=path, noun="tool", name=name, action=dot + action, words=words, is_key=is_key)


def _named(path: Path, noun: Noun, name: object, words: str) -> Iterator[Reference]:
    if isinstance(name, str):
        yield Reference(path=path, noun=noun, name=name, words=words)


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


_READERS: dict[Kind, Callable[[dict[str, Any]], Iterator[Reference]]] = {
    "agent": _agent,
    "recipe": _recipe,
    "settings": _settings,
    "test": _test,
    "workflow": _workflow,
}
