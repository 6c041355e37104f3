"""Which names a document refers to, and where: to follow them, to miss them, and to rewrite them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from avops.bundle.parts import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avops.bundle.parts import Part, PartKind

Path: TypeAlias = tuple[str | int, ...]
Form = Literal["action", "line", "name"]
_PHASES = ("intake", "plan", "act", "verify")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A name in a document, and the place of the value or key (`is_key`) that holds it.

    `form`: the name alone; `TOOL.ACTION`; or `FILE:LINE`. `rest` is what follows the name.
    """

    kind: PartKind
    name: str
    place: Path
    form: Form = "name"
    rest: str = ""
    is_key: bool = False

    @property
    def key(self) -> tuple[PartKind, str]:
        """As `Part.key`."""
        return key_of(self.kind, self.name)

    def rewritten(self, name: str) -> str:
        """What stands at the place when the name is another."""
        return name + self.rest


def references(part: Part) -> Iterator[Reference]:
    """Every name that a sound document refers to, in the order of the text."""
    if isinstance(part.data, dict):
        finder = _FINDERS.get(part.kind)
        if finder is not None:
            yield from finder(part.data)


def _agent(data: dict[str, Any]) -> Iterator[Reference]:
    for tool in data.get("tools") or {}:
        yield Reference(kind="tool", name=tool, place=("tools", tool), is_key=True)
    for index, recipe in enumerate(data.get("recipes") or []):
        yield Reference(kind="recipe", name=recipe, place=("recipes", index))


def _workflow(data: dict[str, Any]) -> Iterator[Reference]:
    yield from _who_and_what(data, ())
    for index, stage in enumerate(data.get("stages") or []):
        yield from _who_and_what(stage, ("stages", index))
    trigger = data.get("trigger")
    if isinstance(trigger, dict) and isinstance(trigger.get("after"), str):
        yield Reference(kind="workflow", name=trigger["after"], place=("trigger", "after"))


def _who_and_what(data: dict[str, Any], place: Path) -> Iterator[Reference]:
    yield from _agents(data, place)
    if isinstance(data.get("recipe"), str):
        yield Reference(kind="recipe", name=data["recipe"], place=(*place, "recipe"))


def _agents(data: dict[str, Any], place: Path) -> Iterator[Reference]:
    if isinstance(data.get("agent"), str):
        yield Reference(kind="agent", name=data["agent"], place=(*place, "agent"))
    for phase, agent in (data.get("agents") or {}).items():
        yield Reference(kind="agent", name=agent, place=(*place, "agents", phase))


def _recipe(data: dict[str, Any]) -> Iterator[Reference]:
    sop = data.get("sop")
    if isinstance(sop, dict) and isinstance(sop.get("file"), str):
        yield Reference(kind="sop", name=sop["file"], place=("sop", "file"))
    rollback = (data.get("guardrails") or {}).get("rollback_actions") or []
    for index, step in enumerate(rollback):
        yield from _step(step, ("guardrails", "rollback_actions", index))
    for phase in _PHASES:
        for index, step in enumerate(data.get(phase) or []):
            yield from _step(step, (phase, index))


def _step(step: dict[str, Any], place: Path) -> Iterator[Reference]:
    yield from _call(step, place)
    for key in ("undo", "reading"):
        if isinstance(step.get(key), dict):
            yield from _call(step[key], (*place, key))
    wait = step.get("wait")
    if isinstance(wait, dict) and isinstance(wait.get("reading"), dict):
        yield from _call(wait["reading"], (*place, "wait", "reading"))
    notify = step.get("notify")
    if isinstance(notify, dict):
        tool = next((key for key in notify if key != "text"), None)
        if tool is not None:
            yield Reference(kind="tool", name=tool, place=(*place, "notify", tool), is_key=True)
    if isinstance(step.get("recipe"), str):
        yield Reference(kind="recipe", name=step["recipe"], place=(*place, "recipe"))
    if isinstance(step.get("source"), str):
        file, colon, line = step["source"].rpartition(":")
        if colon and line.isdigit():
            yield Reference(kind="sop", name=file, place=(*place, "source"), form="line", rest=f":{line}")


def _call(call: dict[str, Any], place: Path) -> Iterator[Reference]:
    if isinstance(call.get("tool"), str):
        yield _action(call["tool"], (*place, "tool"), is_key=False)


def _action(text: str, place: Path, *, is_key: bool) -> Reference:
    tool, dot, action = text.partition(".")
    return Reference(kind="tool", name=tool, place=place, form="action", rest=dot + action, is_key=is_key)


def _test(data: dict[str, Any]) -> Iterator[Reference]:
    yield from _circumstances(data, ())
    if isinstance(data.get("recipe"), str):
        yield Reference(kind="recipe", name=data["recipe"], place=("recipe",))
    for index, case in enumerate(data.get("tests") or []):
        place: Path = ("tests", index)
        yield from _circumstances(case, place)
        expect = case.get("expect")
        for key in ("calls", "reads"):
            for number, call in enumerate((expect.get(key) if isinstance(expect, dict) else None) or []):
                where = (*place, "expect", key, number)
                if isinstance(call, str):
                    yield _action(call, where, is_key=False)
                elif isinstance(call, dict):
                    yield from _call(call, where)


def _circumstances(data: dict[str, Any], place: Path) -> Iterator[Reference]:
    yield from _agents(data, place)
    for action in data.get("tools") or {}:
        yield _action(action, (*place, "tools", action), is_key=True)


_FINDERS: dict[str, Callable[[dict[str, Any]], Iterator[Reference]]] = {
    "agent": _agent,
    "recipe": _recipe,
    "test": _test,
    "workflow": _workflow,
}
