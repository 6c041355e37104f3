"""The export of the AV-AIops Streamlit app as parts of a project: agents, recipes as drafts, workflows switched off.

Nothing of it is lost without a word: what has no place here is kept as a comment where it stood, and noted.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from avops.bundle.incoming import STREAMLIT_LISTS, Incoming
from avops.bundle.json_text import read_json
from avops.bundle.manifest import MANIFEST, read_manifest
from avops.bundle.outcome import Note
from avops.bundle.parts import make_parts
from avops.bundle.streamlit_recipe import map_nothing, map_recipe
from avops.bundle.streamlit_steps import BARE, ToolNames
from avops.bundle.yaml_lines import comment, entry, inline
from avops.errors import DocumentError, FindingsError, Location
from avops.project.names import folded, slug
from avops.project.yaml_positions import positions
from avops.project.yaml_source import decode_utf8
from avops.project.yaml_text import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from avops.bundle.archive import Archive
    from avops.bundle.streamlit_desk import Place
    from avops.bundle.streamlit_recipe import Draft
    from avops.model.diagnostic import Diagnostic
    from avops.model.tool import ToolBase

    Judge: TypeAlias = Callable[[str, str], Sequence[Diagnostic]]
    Secrets: TypeAlias = Callable[[object], Sequence[tuple[str | int, ...]]]

MAX_RECIPE = 256 * 1024
_ROUNDS = 8
_HIDDEN_SECRET = "(a secret, left out)"  # noqa: S105 - the words in its place
_LONGEST_NAME = 120
_ORIGINAL_SHOWN = 500
_INSTRUCTIONS = ("instructions", "system_prompt", "prompt", "role_prompt")
_LIMITS = {"max_turns": 200, "max_tool_calls": 1000, "max_tokens": 10_000_000}


def read_streamlit(
    archive: Archive, tools: Mapping[str, ToolBase], *, judge: Judge, secrets: Secrets, shows_secret: Callable[[str], bool]
) -> Incoming:
    """The parts that an export of the app makes in a project with these tools.

    `judge` gives lint's errors in a recipe's text: a step with one is taken back to words for a person. `secrets` gives
    the places of secrets in data, `shows_secret` says whether a line has one: they are left out. Raises FindingsError and
    DocumentError for what is no export.
    """
    export = _Export(archive, tools, judge=judge, secrets=secrets, shows_secret=shows_secret)
    files = {**export.recipes(), **export.agents_and_workflows()}
    used = {*STREAMLIT_LISTS, MANIFEST, *export.read}
    manifest = read_manifest(archive)
    project = manifest.get("project") if manifest is not None else None
    return Incoming(
        source="streamlit",
        parts=make_parts(files),
        project=project if isinstance(project, str) else None,
        notes=tuple(export.notes),
        switched_off=frozenset(export.switched_off),
        ignored=(*archive.ignored, *sorted(name for name in archive.files if name not in used)),
        warnings=() if manifest is not None else ("there is no manifest: nothing says that the export is complete",),
    )


class _Export:
    """One export on its way."""

    def __init__(
        self, archive: Archive, tools: Mapping[str, ToolBase], *, judge: Judge, secrets: Secrets, shows_secret: Callable[[str], bool]
    ) -> None:
        self.archive = archive
        self.tools = tools
        self.tool_names = ToolNames(tools)
        self.judge = judge
        self.secrets = secrets
        self.shows_secret = shows_secret
        self.notes: list[Note] = []
        self.read: set[str] = set()
        self.switched_off: set[str] = set()
        self.drafts: dict[str, Draft] = {}
        """By the folded name of the recipe."""

    def recipes(self) -> dict[str, bytes]:
        """The files of the recipes."""
        files: dict[str, bytes] = {}
        names: dict[str, str] = {}
        for number, record, name in self._records("recipes.json", names):
            where = f"recipes.json, entry {number}"
            file = next((record[key] for key in ("file", "path", "yaml_path") if isinstance(record.get(key), str)), None)
            if file is None or file.removeprefix("./") not in self.archive.files:
                what = "names no file" if file is None else f"names '{file}', which is not in the export"
                self._leave_out("recipes.json", f"entry {number}, the recipe '{name}', {what}", record)
                continue
            file = file.removeprefix("./")
            self.read.add(file)
            left = {
                key: value for key, value in record.items() if key not in ("name", "file", "path", "yaml_path", "id") and value is not None
            }
            for key, value in left.items():
                self.notes.append(Note(entry=where, message=f"'{key}' has no place here", original=inline(value)))
            draft = self._draft(file, name)
            self.drafts[folded(name)] = draft
            self.notes += draft.notes
            files[self._path("recipes", name, files)] = draft.text.encode()
        return files

    def agents_and_workflows(self) -> dict[str, bytes]:
        """The files of agents and workflows; agents may call what the recipes of their workflows call."""
        files: dict[str, bytes] = {}
        needs: dict[str, list[str]] = {}
        for number, record, name in self._records("workflows.json", {}):
            if not all(isinstance(record.get(key), str) and record[key].strip() for key in ("agent_name", "recipe_name")):
                self._leave_out("workflows.json", f"entry {number}, the workflow '{name}', names no agent or no recipe", record)
                continue
            needs.setdefault(folded(record["agent_name"]), []).append(folded(record["recipe_name"]))
            path = self._path("workflows", name, files)
            files[path] = self._workflow(record, name, number)
            if record.get("enabled") is True:
                self.switched_off.add(path)
        for number, record, name in self._records("agents.json", {}):
            calls: dict[tuple[str, str], None] = {}
            for recipe in needs.get(folded(name), []):
                calls |= dict.fromkeys(self.drafts[recipe].calls if recipe in self.drafts else ())
            files[self._path("agents", name, files)] = self._agent(record, name, number, list(calls))
        return files

    # What all lists have in common.

    def _records(self, file: str, names: dict[str, str]) -> list[tuple[int, dict[str, Any], str]]:
        """The entries of a list that have a name, each with its number and that name."""
        if file not in self.archive.files:
            return []
        found = read_json(self.archive.files[file], file)
        if not isinstance(found, list):
            raise FindingsError("this is no list of objects", where=Location(file))
        made = []
        for number, each in enumerate(found, start=1):
            record = self._scrubbed(self._opened(each), f"{file}, entry {number}")
            raw = record.get("name") if isinstance(record, dict) else None
            name = " ".join(raw.split())[:_LONGEST_NAME].strip() if isinstance(raw, str) else ""
            if not isinstance(record, dict) or not name:
                self._leave_out(file, f"entry {number} has no name", record)
                continue
            if name != raw:
                self.notes.append(Note(entry=f"{file}, entry {number}", message=f"its name is '{name}' here", original=inline(raw)))
            if folded(name) in names:
                raise FindingsError(
                    f"entry {number} has the name of another: '{name}'", hint="give one another name in the app", where=Location(file)
                )
            names[folded(name)] = name
            made.append((number, record, name))
        return made

    def _opened(self, record: object) -> object:
        """The record with the JSON in its `config_json` read."""
        if not isinstance(record, dict) or not isinstance(record.get("config_json"), str):
            return record
        try:
            inner = json.loads(record["config_json"])
        except (ValueError, RecursionError):
            return record
        return {**record, "config_json": inner}

    def _leave_out(self, entry_name: str, message: str, record: object) -> None:
        shown = inline(record)
        self.notes.append(Note(entry=entry_name, message=f"{message}: it is left out", original=shown[:_ORIGINAL_SHOWN]))

    def _scrubbed(self, data: Any, where: str) -> Any:
        """The data without secrets, and without characters that nobody sees; both are noted."""
        for place in self.secrets(data):
            at = data
            for key in place[:-1]:
                at = at[key]
            if place:
                at[place[-1]] = _HIDDEN_SECRET
                shown = ".".join(str(each) for each in place)
                self.notes.append(Note(entry=where, message=f"'{shown}' was a secret in clear: it is left out, have a new one made"))
        told: list[bool] = []
        data = self._without_secret_lines(data, told)
        if told:
            self.notes.append(Note(entry=where, message="a text showed a secret in clear: that line is left out, have a new one made"))
        seen: list[bool] = []
        made = _visible(data, seen)
        if seen:
            self.notes.append(Note(entry=where, message="characters that nobody sees were taken out"))
        return made

    def _without_secret_lines(self, value: Any, told: list[bool]) -> Any:
        if isinstance(value, str):
            lines = value.split("\n")
            if not any(self.shows_secret(line) for line in lines):
                return value
            told.append(True)
            return "\n".join(_HIDDEN_SECRET if self.shows_secret(line) else line for line in lines)
        if isinstance(value, dict):
            return {key: self._without_secret_lines(each, told) for key, each in value.items()}
        return [self._without_secret_lines(each, told) for each in value] if isinstance(value, list) else value

    def _path(self, folder: str, name: str, files: Mapping[str, bytes]) -> str:
        """The file for a name; those in other letters than a to z that share one are counted. FindingsError for two others that do."""
        path, number = f"{folder}/{slug(name)[:100].strip('-')}.yaml", 2
        if path in files and name.isascii():
            raise FindingsError(
                f"two {folder} of the export would both lie in '{path}'; the second is '{name}'",
                hint="give one another name in the app",
                where=Location(f"{folder}.json"),
            )
        while path in files:
            path, number = f"{folder}/{slug(name)[:100].strip('-')}-{number}.yaml", number + 1
        return path

    # Recipes.

    def _draft(self, file: str, name: str) -> Draft:
        """The best draft that lint has no error in."""
        content = self.archive.files[file]
        if len(content) > MAX_RECIPE:
            raise FindingsError(f"the recipe is larger than {MAX_RECIPE // 1024} KiB", where=Location(file))
        source = "".join(sign for sign in decode_utf8(content, file).removeprefix("\ufeff") if not _is_hidden(sign))
        source = self._without_secret_remarks(source, file)
        try:
            data = read_yaml(source, path=file)
        except DocumentError as error:
            return self._nothing(source, file, name, f"the recipe cannot be read: line {error.diagnostics[0].line}: {error.message}")
        data = self._scrubbed(data, file)
        if not isinstance(data, dict):
            return self._nothing(source, file, name, "the recipe is no mapping")
        levels: dict[Place, int] = {}
        reasons: dict[Place, str] = {}
        for _ in range(_ROUNDS):
            draft = map_recipe(data, source, entry_name=file, name=name, tools=self.tool_names, levels=levels)
            errors = self.judge(f"recipes/{slug(name)}.yaml", draft.text)
            if not errors:
                return self._with_reasons(draft, source, file, reasons)
            for found in errors:
                place = draft.place_at(found.line)
                reasons.setdefault(place or (), found.message)
                if place is None or levels.get(place, 0) >= BARE:
                    return self._nothing(source, file, name, f"the recipe cannot be mapped: {found.message}")
            for place in {place for found in errors if (place := draft.place_at(found.line)) is not None}:
                levels[place] = levels.get(place, 0) + 1
        return self._nothing(source, file, name, "the recipe cannot be mapped")

    def _with_reasons(self, draft: Draft, source: str, file: str, reasons: Mapping[Place, str]) -> Draft:
        """The draft with a note on each place that was taken back, its notes in the order of the original."""
        places = positions(source)
        more = [
            Note(entry=file, line=places.key(place).line, message=f"it was made simpler, since lint said: {reason}", kept=True)
            for place, reason in reasons.items()
        ]
        return replace(draft, notes=tuple(sorted([*draft.notes, *more], key=lambda note: note.line or 0)))

    def _nothing(self, source: str, file: str, name: str, why: str) -> Draft:
        lines = [line if not self.shows_secret(line) else _HIDDEN_SECRET for line in source.splitlines()]
        return map_nothing("\n".join(lines), file, name, why)

    def _without_secret_remarks(self, source: str, file: str) -> str:
        """The source without the comments that show a secret."""
        made = []
        for number, line in enumerate(source.splitlines(), start=1):
            if line.lstrip().startswith("#") and self.shows_secret(line):
                self.notes.append(Note(entry=file, line=number, message="a comment showed a secret in clear: it is left out"))
                made.append("#")
            else:
                made.append(line)
        return "\n".join(made) + "\n"

    # Agents and workflows.

    def _agent(self, record: dict[str, Any], name: str, number: int, calls: list[tuple[str, str]]) -> bytes:
        where = f"agents.json, entry {number}"
        config = record.get("config_json")
        left: dict[str, object] = {key: value for key, value in record.items() if key not in ("name", "domain", "config_json", "id")}
        lines = ["# yaml-language-server: $schema=../schemas/agent.schema.json", f"name: {inline(name)}"]
        for key, value in (("domain", record.get("domain")), ("description", left.pop("description", None))):
            if isinstance(value, str) and value.strip():
                lines += entry(key, value.strip())
            elif value is not None and not isinstance(value, str):
                left[key] = value
        settings = dict(config) if isinstance(config, dict) else {}
        if config is not None and not isinstance(config, dict) and config != "":
            left["config_json"] = config
        text = next(
            (settings.pop(key) for key in _INSTRUCTIONS if isinstance(settings.get(key), str) and len(settings[key]) <= 20_000), None
        )
        if text and text.strip():
            lines += entry("instructions", text.strip())
        granted, unknown = self._granted(settings.pop("tools", None), calls)
        if unknown is not None:
            settings["tools"] = unknown
        if granted:
            lines += entry("tools", granted)
            if calls:
                told = ", ".join(f"{tool}.{action}" for tool, action in calls)
                self.notes.append(Note(entry=where, message=f"'{name}' may call what the recipes of its workflows call: {told}"))
        limits = {
            key: settings.pop(key)
            for key, most in _LIMITS.items()
            if isinstance(settings.get(key), int) and not isinstance(settings[key], bool) and 1 <= settings[key] <= most
        }
        if limits:
            lines += entry("limits", limits)
        for key, value in {**left, **{f"config_json.{key}": value for key, value in settings.items()}}.items():
            if value is not None and value != _HIDDEN_SECRET:
                lines += comment(f"{key}: {inline(value)}")
                self.notes.append(
                    Note(entry=where, message=f"'{key}' has no place here", original=inline(value)[:_ORIGINAL_SHOWN], kept=True)
                )
        return ("\n".join(lines) + "\n").encode()

    def _granted(self, given: object, calls: list[tuple[str, str]]) -> tuple[dict[str, list[str]], object]:
        """The actions that an agent may call, and what of its tools the project does not have.

        A tool that is named alone is granted with what only looks or makes a record: a change has to be named.
        """
        granted: dict[str, list[str]] = {}
        unknown: list[object] = []
        wanted: list[object] = (
            list(given) if isinstance(given, list) else [{key: each} for key, each in given.items()] if isinstance(given, dict) else [given]
        )
        for each in wanted:
            word, actions = (each, None) if not isinstance(each, dict) or len(each) != 1 else next(iter(each.items()))
            named = self.tool_names.action(None, word)
            tool = self.tool_names.tool(word)
            if named is not None:
                granted.setdefault(named.tool, []).append(named.name)
            elif tool is not None:
                listed = [self.tool_names.action(tool[0], action) for action in actions] if isinstance(actions, list) else []
                known = [action.name for action in listed if action is not None]
                specs = getattr(tool[1], "actions", {})
                granted.setdefault(tool[0], []).extend(known or [own for own, spec in specs.items() if not spec.effect.changes])
            elif each is not None:
                unknown.append(each)
        for tool_name, action_name in calls:
            granted.setdefault(tool_name, []).append(action_name)
        return {tool: sorted(set(actions)) for tool, actions in granted.items()}, unknown or None

    def _workflow(self, record: dict[str, Any], name: str, number: int) -> bytes:
        where = f"workflows.json, entry {number}"
        lines = ["# yaml-language-server: $schema=../schemas/workflow.schema.json", f"name: {inline(name)}"]
        for key, field in (("agent", "agent_name"), ("recipe", "recipe_name")):
            lines.append(f"{key}: {inline(' '.join(record[field].split())[:_LONGEST_NAME].strip())}")
        trigger, minutes = record.get("trigger"), record.get("interval_minutes")
        left = {key: value for key, value in record.items() if key not in ("name", "agent_name", "recipe_name", "trigger", "enabled", "id")}
        if isinstance(minutes, str) and minutes.strip().isdecimal() and len(minutes) < 9:
            minutes = int(minutes)
        if trigger == "interval" and isinstance(minutes, int) and not isinstance(minutes, bool) and 1 <= minutes <= 366 * 24 * 60:
            lines.append(f"trigger: {{interval_minutes: {minutes}}}")
            left.pop("interval_minutes", None)
        else:
            if trigger not in ("manual", None):
                left = {"trigger": trigger, **left}
            lines.append("trigger: manual")
        enabled = record.get("enabled")
        was = {True: "on", False: "off"}.get(enabled) if isinstance(enabled, bool) else None
        lines.append(f"enabled: false   # it was switched {was} in the app" if was else "enabled: false")
        if was is None and enabled is not None:
            left["enabled"] = enabled
        for key, value in left.items():
            if value is not None:
                lines += comment(f"{key}: {inline(value)}")
                self.notes.append(
                    Note(entry=where, message=f"'{key}' has no place here", original=inline(value)[:_ORIGINAL_SHOWN], kept=True)
                )
        return ("\n".join(lines) + "\n").encode()


def _is_hidden(sign: str) -> bool:
    if sign in "\n\t":
        return False
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or sign in "\u115f\u1160\u3164\uffa0"


def _visible(value: Any, seen: list[bool]) -> Any:
    if isinstance(value, str):
        made = "".join(sign for sign in value.replace("\r\n", "\n") if not _is_hidden(sign))
        if made != value.replace("\r\n", "\n"):
            seen.append(True)
        return made
    if isinstance(value, dict):
        return {_visible(key, seen): _visible(each, seen) for key, each in value.items()}
    if isinstance(value, list):
        return [_visible(each, seen) for each in value]
    return value
