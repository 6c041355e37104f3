"""One step of the Streamlit app as one step of a recipe here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from avops.bundle.yaml_lines import inline
from avops.project.names import folded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.bundle.streamlit_names import Names
    from avops.model.tool import ActionBase, ToolBase

KINDS = ("gather", "step", "action", "check", "ask", "notify", "assert", "manual", "do", "confirm", "wait")
_ARGUMENTS = ("params", "args", "arguments", "with", "inputs", "parameters")
_TEXTS = ("text", "message", "prompt", "question", "description", "instruction", "what", "name", "title")
_CONDITIONS = ("when", "if", "condition", "only_if")
_APPROVALS = ("approval", "requires_approval", "approve", "approver")
_GO_ON = ("continue", "skip", "ignore", "none", "proceed")
_ACTION = re.compile(r"^(?:tools?[.:])?([A-Za-z0-9][A-Za-z0-9_-]*)[.:/]([A-Za-z0-9][A-Za-z0-9_-]*)$")
_DURATION = re.compile(r"^\d+(?:\.\d+)?(?:ms|s|m|h)$")
_LONGEST_NAME = 200

LEAN, PLAIN, BARE = 1, 2, 3
"""How far a step is taken back: without retries and timeouts; to words for a person; to a mere mark below a comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action of a tool of the project."""

    tool: str
    name: str
    spec: ActionBase

    @property
    def reference(self) -> str:
        """TOOL.ACTION."""
        return f"{self.tool}.{self.name}"


class ToolNames:
    """The project's tools, found by what people write for them."""

    def __init__(self, tools: Mapping[str, ToolBase]) -> None:
        self._tools = {_plain(name): (name, tool) for name, tool in tools.items()}

    def action(self, using: object, action: object) -> Action | None:
        """The action that `using` and `action` name, each as `tool`, `tools.tool`, `action` or `tool.action`."""
        for text in (action, using):
            found = _ACTION.match(text.strip()) if isinstance(text, str) else None
            if found is not None and (known := self._known(found[1], found[2])) is not None:
                return known
        if isinstance(using, str) and isinstance(action, str):
            return self._known(re.sub(r"^(?:tools?|mcp)[.:]", "", using.strip()), action.strip().rpartition(".")[2])
        return None

    def tool(self, word: object) -> tuple[str, ToolBase] | None:
        """The tool that a word names."""
        return self._tools.get(_plain(re.sub(r"^(?:tools?|mcp)[.:]", "", word.strip()))) if isinstance(word, str) else None

    def notifier(self, word: object) -> str | None:
        """The name of the tool, where it can send a message."""
        found = self.tool(word)
        if found is None:
            return None
        return found[0] if any(action.notify is not None for action in _actions(found[1]).values()) else None

    def notifying_action(self, tool: str) -> str | None:
        """The action by which a tool sends a message."""
        found = self.tool(tool)
        return next((name for name, action in _actions(found[1]).items() if action.notify is not None), None) if found else None

    def _known(self, tool: str, action: str) -> Action | None:
        found = self._tools.get(_plain(tool))
        if found is None:
            return None
        name, manifest = found
        for own, spec in _actions(manifest).items():
            if _plain(own) == _plain(action):
                return Action(tool=name, name=own, spec=spec)
        return None


def _actions(tool: ToolBase) -> Mapping[str, ActionBase]:
    return getattr(tool, "actions", {})


def _plain(word: str) -> str:
    return re.sub(r"[-_ ]+", "_", folded(word))


@dataclass(kw_only=True, eq=False)
class Mapped:
    """A step here: its keys in order, and the comments that stand above it. `reads`: it is a call that only looks."""

    rows: dict[str, object]
    comments: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    reads: bool = False
    action: Action | None = None


def map_step(item: object, phase: str, names: Names, tools: ToolNames, *, level: int = 0) -> Mapped:
    """The step that an item of a list makes in a phase; whatever it is, a step comes out of it."""
    keys = dict(item) if isinstance(item, dict) else {"step": item}
    kind = next((each for each in KINDS if each in keys), None)
    if kind is None:
        kind = next((each for each in ("using", "tool", "name", "title", "description") if each in keys), "step")
    step = _Step(keys, kind, phase, names=names, tools=tools, level=level)
    mapped = step.mapped()
    mapped.rows = {key: value for key, value in mapped.rows.items() if value is not None}
    for key, value in step.keys.items():
        mapped.comments.append(f"{key}: {inline(value)}")
        mapped.messages.append(f"'{key}' has no place here: {inline(value)}")
    return mapped


class _Step:
    """The keys of one step, taken away as they are understood: what is left goes into a comment."""

    def __init__(self, keys: dict[str, Any], kind: str, phase: str, *, names: Names, tools: ToolNames, level: int) -> None:
        self.whole = dict(keys)
        self.keys = {key: value for key, value in keys.items() if value is not None}
        self.kind = kind
        self.phase = phase
        self.names = names
        self.tools = tools
        self.level = level
        self.comments: list[str] = []
        self.messages: list[str] = []

    def mapped(self) -> Mapped:
        if self.level >= BARE:
            rows: dict[str, object] = {"confirm" if self._judges() else "manual": "Do what the comment above this step says"}
            self._keep("it could not be made a step")
            self._bind()
            return Mapped(rows=rows, comments=self.comments, messages=self.messages)
        found = self._body()
        found.comments = [*self.comments, *found.comments]
        found.messages = [*self.messages, *found.messages]
        return found

    def _judges(self) -> bool:
        return self.kind in ("check", "assert", "confirm")

    def _body(self) -> Mapped:
        condition = next((self.keys.pop(key) for key in _CONDITIONS if key in self.keys), None)
        approval = next((self.keys.pop(key) for key in _APPROVALS if self.keys.get(key) not in (None, False)), None)
        when = self._when(condition)
        if self.level < PLAIN and approval is None and (condition is None or when is not None):
            found = self._call() or self._message() or self._check() or self._ask() or self._wait()
            if found is not None:
                found.rows = self._with_options(found.rows, when, is_call=found.action is not None)
                return found
        words = self._words()
        if condition is not None and when is None:
            words = f"{words} (only when: {self._said(condition)})"
            if self.level < PLAIN:
                self.messages.append(f"its condition is no expression here, so a person judges it: {inline(condition)}")
        if approval is not None:
            words = f"{words} (asks for approval: {self._said(approval)})"
            self.messages.append("it asks for approval; name a role of this project in 'approval:'")
        by_person = self.level >= PLAIN or approval is not None or (condition is not None and when is None)
        if self.level >= PLAIN:
            self._keep("it is left to a person")
        key = "confirm" if self._judges() else "manual" if by_person or self.kind in ("manual", "notify") else "do"
        rows = self._with_options({key: words}, when if self.level < PLAIN else None, is_call=False)
        return Mapped(rows=rows)

    def _said(self, value: object) -> str:
        text = value if isinstance(value, str) else inline(value)
        return self.names.text(text, plain=True)

    def _keep(self, why: str) -> None:
        self.comments.append(f"was: {inline(self.whole)}")
        self.messages.append(why)
        self.keys = {key: value for key, value in self.keys.items() if key in ("id", "saves", "save_as")}

    def _when(self, condition: object) -> str | None:
        return self.names.expression(condition) if isinstance(condition, str) and self.level < PLAIN else None

    # What a step can be, one after another.

    def _call(self) -> Mapped | None:
        using, action = self.keys.get("using", self.keys.get("tool")), self.keys.get(self.kind)
        inner = action if isinstance(action, dict) else {}
        if inner:
            using, action = inner.get("tool", inner.get("using", using)), inner.get("action", inner.get("name"))
        if self._judges() or self.kind == "ask":
            return None
        found = self.tools.action(using, action)
        if found is None:
            if using is not None or (isinstance(action, str) and _ACTION.match(action.strip())):
                self.messages.append(f"the project has no such tool action: {inline(using if using is not None else action)}")
            return None
        if found.spec.effect.changes and self.phase != "act":
            self.messages.append(f"'{found.reference}' changes something, which only Act may do")
            return None
        arguments: dict[str, Any] = next(
            (source[key] for source in (self.keys, inner) for key in _ARGUMENTS if isinstance(source.get(key), dict)), {}
        )
        try:
            with_ = self.names.value(arguments)
        except LookupError as error:
            self.messages.append(f"its arguments name something unknown: {inline(str(error.args[0]))}")
            return None
        for key in (self.kind, "using", "tool", *(key for key in _ARGUMENTS if self.keys.get(key) is arguments)):
            self.keys.pop(key, None)
        rest = {key: value for key, value in inner.items() if key not in ("tool", "using", "action", "name") and value is not arguments}
        self.comments += [f"{key}: {inline(value)}" for key, value in rest.items()]
        self.messages += [f"'{key}' has no place here: {inline(value)}" for key, value in rest.items()]
        return Mapped(rows={"tool": found.reference, "with": with_ or None}, reads=not found.spec.effect.changes, action=found)

    def _message(self) -> Mapped | None:
        if self.kind != "notify":
            return None
        given = self.keys.get("notify")
        inner = dict(given) if isinstance(given, dict) else {}
        for key in ("channel", "to", "using", "via", "text", "message"):
            if key in self.keys and key not in inner:
                inner[key] = self.keys[key]
        tool = self.tools.notifier(inner.get("using") or inner.get("via"))
        to = inner.get("channel") or inner.get("to")
        for key, value in inner.items():
            if tool is None and (tool := self.tools.notifier(key)) is not None:
                to = value
        text = inner.get("text") or inner.get("message") or (given if isinstance(given, str) else None)
        if tool is None and isinstance(to, str) and to.startswith("#"):
            tool = self.tools.notifier("slack")
        if tool is None or not isinstance(to, str) or not isinstance(text, str):
            self.messages.append("it does not name a tool of the project that can notify, so a person tells them")
            return None
        made = self.names.template(to), self.names.template(text)
        if None in made:
            return None
        for key in ("notify", "channel", "to", "using", "via", "text", "message"):
            self.keys.pop(key, None)
        return Mapped(rows={"notify": {tool: made[0], "text": made[1]}})

    def _check(self) -> Mapped | None:
        given = self.keys.get(self.kind)
        if not self._judges() or self.kind == "confirm" or not isinstance(given, str):
            return None
        made = self.names.expression(given)
        if made is None:
            return None
        del self.keys[self.kind]
        return Mapped(rows={"check": made})

    def _ask(self) -> Mapped | None:
        if self.kind != "ask":
            return None
        given = self.keys.pop("ask", None)
        if isinstance(given, dict):
            for key in ("id", "name", "key", "variable"):
                if isinstance(given.get(key), str) and "id" not in self.keys:
                    self.keys["id"] = given[key]
            rest = {key: value for key, value in given.items() if key not in (*_TEXTS, "id", "key", "variable") and value is not None}
            self.comments += [f"{key}: {inline(value)}" for key, value in rest.items()]
            self.messages += [f"'{key}' has no place here: {inline(value)}" for key, value in rest.items()]
            given = next((given[key] for key in _TEXTS if isinstance(given.get(key), str)), None)
        text = given if isinstance(given, str) else inline(given) if given is not None else "What is the value?"
        if "id" not in self.keys and isinstance(given, str) and re.fullmatch(r"[A-Za-z_]\w*", given):
            self.keys["id"] = given
        return Mapped(rows={"ask": self.names.text(text)})

    def _wait(self) -> Mapped | None:
        given = self.keys.get("wait")
        if self.kind != "wait" or given is None or isinstance(given, bool):
            return None
        text = f"{given}s" if isinstance(given, int | float) else str(given).replace(" ", "")
        if not _DURATION.match(text):
            return None
        del self.keys["wait"]
        return Mapped(rows={"wait": text})

    def _words(self) -> str:
        """What a person or a model is told to do, with everything that it needs to know."""
        given = self.keys.pop(self.kind, None)
        inner = dict(given) if isinstance(given, dict) else {}
        text = next((str(inner.pop(key)) for key in _TEXTS if isinstance(inner.get(key), str)), None) if inner else None
        if text is None and given is not None and not inner:
            text = given if isinstance(given, str) else inline(given)
        if text is None:
            text = next((str(self.keys[key]) for key in _TEXTS if isinstance(self.keys.get(key), str)), None)
        if self.kind == "gather" and text is not None:
            text = f"Gather {text}"
            if isinstance(given, str) and re.fullmatch(r"[A-Za-z_]\w*", given):
                self.keys.setdefault("id", given)
        if self.kind == "notify":
            text = f"Tell people: {text or 'what was done'}"
        told = {**inner, **{key: self.keys.pop(key) for key in ("using", "tool", *_ARGUMENTS, "channel", "to") if key in self.keys}}
        text = text or "Do what is said here"
        if told:
            if self.level < PLAIN:
                self.comments.append(f"was: {inline(self.whole)}")
            text = f"{text} ({', '.join(f'{key}: {inline(value)}' for key, value in told.items())})"
        return self.names.text(text.strip() or "Do what is said here", plain=self.level >= PLAIN)

    def _with_options(self, rows: dict[str, object], when: str | None, *, is_call: bool) -> dict[str, object]:
        own = self._bind()
        name = next((self.keys.pop(key) for key in ("name", "title", "label", "description") if isinstance(self.keys.get(key), str)), None)
        made: dict[str, object] = {"id": own}
        if isinstance(name, str) and name.strip():
            shown = self.names.text(name, plain=True)
            made["name"] = shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"
        made |= rows
        made["when"] = when
        fallback = self.keys.get("fallback", self.keys.get("on_error"))
        if isinstance(fallback, str) and fallback.strip().lower() in _GO_ON and self.level < PLAIN:
            made["on_error"] = "continue"
            for key in ("fallback", "on_error"):
                self.keys.pop(key, None)
        retries = next((key for key in ("retries", "retry") if _is_count(self.keys.get(key), 20)), None)
        if is_call and retries is not None and self.level < LEAN:
            made["retries"] = self.keys.pop(retries)
        timeout = next((key for key in ("timeout_s", "timeout_seconds", "timeout") if _is_count(self.keys.get(key), 86_400)), None)
        if timeout is not None and self.keys[timeout] > 0 and self.level < LEAN:
            made["timeout"] = f"{self.keys.pop(timeout)}s"
        if "fallback" in self.keys:
            self.messages.append("a failure stops the run here; write what else to do by hand")
        return made

    def _bind(self) -> str | None:
        """The step's id here; from now on its old names mean it."""
        old = self.keys.pop("id", None)
        saves = self.keys.pop("saves", self.keys.pop("save_as", None))
        words = [word for word in (saves, old) if isinstance(word, str | int) and not isinstance(word, bool)]
        entries = (
            saves if isinstance(saves, dict) else {name: name for name in saves if isinstance(name, str)} if isinstance(saves, list) else {}
        )
        own = next((made for word in [*words, *list(entries)[:1]] if (made := self.names.new_id(str(word))) is not None), None)
        if own is None:
            return None
        for word in words:
            self.names.results[str(word)] = own
        for name, path in entries.items():
            below = re.sub(r"^(?:result|output|response|data)\.?", "", path) if isinstance(path, str) else ""
            self.names.results[str(name)] = f"{own}.{below}" if re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", below) else own
        return own


def _is_count(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
