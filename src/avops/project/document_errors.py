"""Pydantic's errors told as one diagnostic per mistake, at the place where a person would point."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from avops.model.document import DURATION, ENV_OR_KEYRING
from avops.project import document_wording as wording
from avops.project.document_keys import Place, arms_of, field_type, is_union, keys_of, pattern_of, place_of, plain
from avops.project.document_unknown import unknown_key
from avops.project.plugin_kinds import plugin_kinds
from avops.project.step_errors import step_key_error, trigger_key_error
from avops.project.suggestions import closest, did_you_mean
from avops.project.yaml_mend import quote_value, value_start
from avops.project.yaml_positions import Positions, positions
from avops.project.yaml_source import Span, diagnostic, line_of

if TYPE_CHECKING:
    from pydantic import ValidationError

    from avops.model.diagnostic import Diagnostic


MAX_ERRORS = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at a path; `at_key` points at the key, else at the value."""

    rule: str
    message: str
    path: tuple[str | int, ...]
    at_key: bool = False
    hint: str | None = None
    expected: tuple[str, ...] = ()
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """One of Pydantic's errors and its place in the document."""

    kind: str
    place: Place
    given: object
    context: dict[str, Any]
    text: str

    @property
    def subject(self) -> str:
        """What the message calls it."""
        return wording.subject(self.place.path)


def explain(error: ValidationError, root: Any, data: object, text: str, path: str) -> list[Diagnostic]:
    """The diagnostics for what `root` refused in `data`, read from `text`, in the order of the text."""
    where = positions(text)
    errors = error.errors(include_url=False)
    problems = [
        Problem(each["type"], place_of(root, each["loc"]), each["input"], each.get("ctx", {}), each["msg"]) for each in errors[:MAX_ERRORS]
    ]
    outdented = _outdented(problems, data)
    kept = [each for each in _without_followers(problems) if each.place.path not in outdented]
    findings = [_finding(group, problems, where, text) for group in _grouped(kept)]
    first = {parent: key for key, parent in reversed(outdented.items()) if key != parent}
    findings += [_indent(key, parent) for parent, key in first.items()]
    written = {(each.rule, each.message) for each in findings if each.path in where}
    # What an alias repeats is one mistake: it is told where it is written.
    told = [each for each in findings if each.path in where or (each.rule, each.message) not in written]
    found = [_diagnostic(each, where, text, path) for each in told]
    found = _hidden(found, [where.value(each.path) for each in findings if each.is_secret])
    found.sort(key=lambda each: (each.line, each.column, each.message))
    if len(errors) > MAX_ERRORS:
        message = f"{len(errors) - MAX_ERRORS:,} more mistakes are not shown"
        found.append(replace(found[-1], rule="too-many", message=message, expected=(), hint="mend these first", snippet=None))
    return found


def _diagnostic(finding: Finding, where: Positions, text: str, path: str) -> Diagnostic:
    span = where.key(finding.path) if finding.at_key else where.value(finding.path)
    if span.end_line > span.line:
        span = Span(span.line, span.column, span.line, max(len(line_of(text, span.line).rstrip()) + 1, span.column + 1))
    return diagnostic(path, text, finding.rule, finding.message, span, hint=finding.hint, expected=finding.expected)


def _hidden(found: list[Diagnostic], secrets: list[Span]) -> list[Diagnostic]:
    """The diagnostics with what may be a secret replaced in the lines that they show."""
    for span in secrets:
        for index, each in enumerate(found):
            if each.snippet is not None and each.line == span.line:
                end = span.end_column - 1 if span.end_line == span.line else len(each.snippet)
                shown = each.snippet[: span.column - 1] + "*" * (end - span.column + 1) + each.snippet[end:]
                found[index] = replace(each, snippet=shown)
            elif each.snippet is not None and span.line < each.line <= span.end_line:
                found[index] = replace(each, snippet=None)
    return found


def _without_followers(problems: list[Problem]) -> list[Problem]:
    """Without the missing keys that are there, misspelt: that is one mistake, told at the misspelt key."""
    extras = [each for each in problems if each.kind == "extra_forbidden"]
    missing = {each.place.path for each in problems if each.kind == "missing"}
    for extra in extras:
        parent = extra.place.path[:-1]
        meant = _meant(extra, problems)
        if meant is not None:
            missing.discard((*parent, meant))
    return [each for each in problems if each.kind != "missing" or each.place.path in missing]


def _outdented(problems: list[Problem], data: object) -> dict[tuple[str | int, ...], tuple[str | int, ...]]:
    """The unknown keys that follow an empty mapping, by path: they lack its indentation. The mapping's own path is in it too."""
    unknown = {each.place.path for each in problems if each.kind == "extra_forbidden"}
    found: dict[tuple[str | int, ...], tuple[str | int, ...]] = {}
    for each in problems:
        if each.given is not None or not unknown or wording.wanted_by_error(each.kind) != wording.A_MAPPING:
            continue
        *parent, name = each.place.path
        holder: Any = data
        for step in parent:
            holder = holder[step]
        if not isinstance(holder, dict):
            continue
        keys = list(holder)
        for key in keys[keys.index(name) + 1 :]:
            if (*parent, key) not in unknown:
                break
            found[*parent, key] = found[each.place.path] = each.place.path
    return found


def _indent(key: tuple[str | int, ...], parent: tuple[str | int, ...]) -> Finding:
    message = f"{wording.subject(key)} must be indented below {wording.subject(parent)}"
    hint = "put two more spaces before it, and before what belongs to it"
    return Finding("unknown-key", message, key, at_key=True, hint=hint)


def _meant(extra: Problem, problems: list[Problem]) -> str | None:
    """The key that an unknown key stands for: a near one, or the only one that is missing beside the only unknown one."""
    *parent, key = extra.place.path
    near = closest(str(key), keys_of(extra.place.model)) if extra.place.model else None
    if near is not None:
        return near
    beside = [each for each in problems if list(each.place.path[:-1]) == parent and each.kind in ("missing", "extra_forbidden")]
    lost = [str(each.place.path[-1]) for each in beside if each.kind == "missing"]
    return lost[0] if len(lost) == 1 and len(beside) == 2 and parent else None


def _grouped(problems: list[Problem]) -> list[list[Problem]]:
    """The problems of one place together: a union tries each of its arms and reports them all."""
    groups: dict[tuple[object, ...], list[Problem]] = {}
    for each in problems:
        groups.setdefault((each.place.path, each.place.is_key), []).append(each)
    return list(groups.values())


def _finding(group: list[Problem], problems: list[Problem], where: Positions, text: str) -> Finding:
    problem = group[0]
    place = problem.place
    if place.is_key:
        return _key_problem(problem)
    if place.pattern == ENV_OR_KEYRING and problem.given is not None:
        return _secret(problem)
    if len(group) > 1:
        return _union_problem(group)
    if problem.kind == "extra_forbidden":
        meant = _meant(problem, problems)
        rule, message, hint, expected = unknown_key(place, problem.given, meant)
        is_secret = meant is not None and place.model is not None and pattern_of(field_type(place.model, meant)) == ENV_OR_KEYRING
        return Finding(rule, message, place.path, at_key=True, hint=hint, expected=expected, is_secret=is_secret)
    if problem.kind == "missing":
        return _missing(place)
    if problem.kind == "step_key":
        rule, message, path, hint, expected = step_key_error(place.path, problem.given)
        return Finding(rule, message, path, at_key=path != place.path, hint=hint, expected=expected)
    if problem.kind == "trigger_key":
        message, key, hint, expected = trigger_key_error(problem.given)
        path = place.path if key is None else (*place.path, key)
        return Finding("trigger-key", message, path, at_key=key is not None, hint=hint, expected=expected)
    if problem.kind in ("union_tag_invalid", "union_tag_not_found"):
        return _tag_problem(problem)
    if problem.kind == "shape":
        return _wrong_type(problem, wording.wanted_by_type(place.wanted), where, text)
    wanted = wording.wanted_by_error(problem.kind)
    in_union = is_union(plain(place.wanted))
    if (problem.kind == "string_type" and (in_union or place.pattern not in wording.NAMES)) or (
        problem.kind == "literal_error" and in_union
    ):
        wanted = wording.wanted_by_type(place.wanted)
    if wanted is not None:
        return _wrong_type(problem, wanted, where, text)
    return _wrong_value(problem)


def _secret(problem: Problem) -> Finding:
    """What stands where a reference to a secret belongs may be the secret: it is neither quoted nor shown."""
    message = f"{problem.subject} must be {wording.PATTERNS[ENV_OR_KEYRING]}"
    hint = "put the secret into .env as NAME=…, take it out of this file and its history, and write env:NAME here"
    return Finding("wrong-value", message, problem.place.path, hint=hint, is_secret=True)


def _key_problem(problem: Problem) -> Finding:
    key = str(problem.place.path[-1])
    if problem.kind == "literal_error":
        expected = wording.quoted_values(problem.context["expected"])
        message = f"'{wording.shortened(key)}' cannot be a key of {wording.subject(problem.place.path[:-1])}"
        return Finding("wrong-value", message, problem.place.path, at_key=True, hint=did_you_mean(key, expected), expected=expected)
    meaning = wording.PATTERNS.get(str(problem.context.get("pattern")), "another name")
    hint = None
    if (mended := "".join(sign if sign.isalnum() else "_" for sign in key.strip().lower())) != key and meaning.startswith("a name of"):
        hint = f"write '{mended}'"
    message = f"the key '{wording.shortened(key)}' must be {meaning}"
    return Finding("wrong-value", message, problem.place.path, at_key=True, hint=hint)


def _union_problem(group: list[Problem]) -> Finding:
    problem = group[0]
    wants = dict.fromkeys(_wanted(each) for each in group)
    message = f"{problem.subject} must be {' or '.join(wants)}, not {wording.what_it_is(problem.given)}"
    return Finding("wrong-type", message, problem.place.path)


def _wanted(problem: Problem) -> str:
    if problem.kind == "string_pattern_mismatch":
        return wording.PATTERNS.get(str(problem.context.get("pattern")), "another text")
    if problem.kind == "literal_error":
        return " or ".join(f"'{value}'" for value in wording.quoted_values(problem.context["expected"]))
    return wording.wanted_by_error(problem.kind) or problem.text


def _missing(place: Place) -> Finding:
    key = str(place.path[-1])
    parent = place.path[:-1]
    inside = f" in {wording.subject(parent)}" if parent else ""
    at_key = bool(parent) and isinstance(parent[-1], str)
    return Finding("missing-key", f"the key '{key}' is missing{inside}", parent, at_key=at_key, hint=f"add '{key}: …'")


def _tag_problem(problem: Problem) -> Finding:
    key = str(problem.context["discriminator"]).strip("'")
    if problem.kind == "union_tag_not_found":
        if not isinstance(problem.given, dict):
            message = f"{problem.subject} must be {wording.A_MAPPING}, not {wording.what_it_is(problem.given)}"
            return Finding("wrong-type", message, problem.place.path)
        expected = tuple(sorted(_tags(problem.place.wanted, key)))
        parent = problem.place.path
        at_key = bool(parent) and isinstance(parent[-1], str)
        return Finding("missing-key", f"the key '{key}' is missing", parent, at_key=at_key, hint=f"add '{key}: …'", expected=expected)
    expected = wording.quoted_values(problem.context["expected_tags"])
    hint = None
    if key == "kind" and not problem.place.path:
        expected = tuple(sorted({*expected, *plugin_kinds()}))
        hint = "other kinds come with packages: is the one that brings it installed beside avops?"
    tag = str(problem.context["tag"])
    message = f"'{key}' cannot be '{wording.shortened(tag)}'"
    return Finding("wrong-value", message, (*problem.place.path, key), hint=did_you_mean(tag, expected) or hint, expected=expected)


def _tags(kind: Any, key: str) -> set[str]:
    fields = [arm.model_fields.get(key) for arm in arms_of(kind) if hasattr(arm, "model_fields")]
    return {str(value) for field in fields if field is not None for value in getattr(field.annotation, "__args__", ())}


def _wrong_type(problem: Problem, wanted: str, where: Positions, text: str) -> Finding:
    path, given = problem.place.path, problem.given
    if given is None:
        hint = _comment_hint(path, where, text)
        if hint is None:
            below = {"a list": "write its entries below it, each with '- '", wording.A_MAPPING: "write its keys below it, indented"}
            hint = f"{below.get(wanted, 'write a value after it')}, or take the line out"
        message = f"{problem.subject} has no value; it must be {wanted}" if path else "the document is empty"
        return Finding("wrong-type", message, path, at_key=True, hint=hint)
    message = f"{problem.subject} must be {wanted}, not {wording.what_it_is(given)}"
    return Finding("wrong-type", message, path, hint=_type_hint(problem, wanted, where, text))


def _comment_hint(path: tuple[str | int, ...], where: Positions, text: str) -> str | None:
    """For `channel: #av-support`: what was meant as text is a comment."""
    line = line_of(text, where.key(path).line)
    begin = value_start(line)
    if line[begin : begin + 1] != "#" or line[begin + 1 : begin + 2] in ("", " ", "#"):
        return None
    return f"what begins with '#' is a comment; quote it: {line[:begin].strip()} \"{line[begin:].rstrip()}\""


def _type_hint(problem: Problem, wanted: str, where: Positions, text: str) -> str | None:
    path, given = problem.place.path, problem.given
    if path == ("guardrails",) and isinstance(given, list):
        return "`avops lint --fix FILE` rewrites it"
    if isinstance(given, list) and wanted == wording.A_MAPPING:
        span = where.value(path)
        return "take the '- ' away" if line_of(text, span.line)[span.column - 1 : span.column] != "[" else None
    if wanted.startswith("a list") and path:
        return _list_hint(problem)
    if path == ("trigger",) and isinstance(given, str):
        return f"write 'trigger: {{cron: \"@{given.lstrip('@')}\"}}'" if given.lstrip("@") in _CRON_WORDS else None
    if wording.PATTERNS[DURATION] in wanted and isinstance(given, int | float):
        return f"write {given:g}s, {given:g}m or {given:g}h"
    if path[-1:] == ("notify",) and isinstance(given, str):
        return f"write notify: {{TOOL: ADDRESS, text: {wording.shortened(given)}}}"
    if wanted == "text" and isinstance(given, int | float):
        span = where.value(path)
        line = line_of(text, span.line)
        written = line[span.column - 1 : span.end_column - 1]
        mended = line[: span.column - 1] + f'"{written}"' + line[span.end_column - 1 :]
        return f"quote it: {mended.strip()}" if len(mended) <= 120 else "quote it"
    if isinstance(given, str) and "number" in wanted and given.strip().lstrip("-").isdigit():
        span = where.value(path)
        is_quoted = line_of(text, span.line)[span.column - 1 : span.column] in "\"'"
        return f"take the quotes away: {int(given)}" if is_quoted else f"write {int(given)}"
    if wanted == "true or false" and isinstance(given, str):
        meant = {"on": "true", "yes": "true", "y": "true", "off": "false", "no": "false", "n": "false"}.get(given.lower())
        return f"write {meant}" if meant else None
    if wanted == "text" and isinstance(given, dict):
        span = where.value(path)
        line = line_of(text, span.line)
        return f"quote the value: {quote_value(line).strip()}" if span.end_line == span.line and len(line) <= 110 else None
    return None


def _list_hint(problem: Problem) -> str | None:
    path, given = problem.place.path, problem.given
    lists = [plain(arm) for arm in arms_of(problem.place.wanted) if get_origin(plain(arm)) in (list, tuple)]
    item = plain(get_args(lists[0])[0]) if lists else None
    if isinstance(given, str | int | float) and isinstance(path[-1], str) and (item is str or get_origin(item) is Literal):
        return f"write {path[-1]}: [{wording.shortened(str(given))}]"
    return "begin each entry with '- '" if lists else None


_CRON_WORDS = frozenset({"hourly", "daily", "weekly", "monthly", "yearly"})
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}


def _wrong_value(problem: Problem) -> Finding:
    path, given, context = problem.place.path, problem.given, problem.context
    if problem.kind in ("literal_error", "enum"):
        expected = wording.quoted_values(context["expected"])
        message = f"{problem.subject} cannot be {wording.what_it_is(given)}"
        hint = did_you_mean(given, expected) if isinstance(given, str) else None
        return Finding("wrong-value", message, path, hint=hint, expected=expected)
    if problem.kind in _BOUNDS:
        name, words = _BOUNDS[problem.kind]
        return Finding("wrong-value", f"{problem.subject} must be {words} {context[name]:g}, not {given}", path)
    if problem.kind == "string_pattern_mismatch":
        meaning = wording.PATTERNS.get(str(context["pattern"]), f"text that matches {context['pattern']}")
        mended = wording.duration_of(given) if context["pattern"] == DURATION and isinstance(given, str) else None
        hint = f"write '{mended}'" if mended else None
        return Finding("wrong-value", f"{problem.subject} must be {meaning}, not {wording.what_it_is(given)}", path, hint=hint)
    if problem.kind in ("string_too_short", "too_short"):
        least = context["min_length"]
        message = f"{problem.subject} is empty" if not given else f"{problem.subject} needs at least {least} entries"
        if path[-1:] == ("notify",) and given:
            message = "'notify' needs a tool that can notify and 'text'"
        return Finding("wrong-value", message, path, at_key=not given)
    if problem.kind in ("string_too_long", "too_long"):
        unit = "characters" if isinstance(given, str) else "entries"
        return Finding("wrong-value", f"{problem.subject} has more than {context['max_length']:,} {unit}", path)
    message = problem.text.removeprefix("Value error, ")
    return Finding("wrong-value", f"{problem.subject}: {message[:1].lower()}{message[1:]}", path)
