"""One operation of an OpenAPI document as an action of an HTTP tool."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avops.connectors.openapi_schema import properties_of, shortened
from avops.errors import AvopsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avops.connectors.openapi_schema import Resolver

# OpenAPI 3.1, 4.8.12.1: parameters with these names say nothing; the service gets them in other ways.
_IGNORED_HEADERS = ("accept", "authorization", "content-type")
_WORDS = frozenset(["and", "else", "false", "if", "in", "is", "none", "not", "null", "or", "true"])
_PLACE = re.compile(r"\{([^{}]+)\}")
_EFFECTS = {"DELETE": "destructive", "GET": "read", "HEAD": "read"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation as the document has it; `shared` are the parameters of its path."""

    method: str
    path: str
    data: dict[str, object]
    shared: list[object]

    @property
    def id(self) -> str:
        """Its `operationId`, or method and path."""
        found = self.data.get("operationId")
        return found if isinstance(found, str) and found else f"{self.method} {self.path}"

    @property
    def action_name(self) -> str:
        """Its name as an action's: lower case, words joined with `_`."""
        text = self.data.get("operationId")
        words = text if isinstance(text, str) and text else f"{self.method}_{_PLACE.sub(_by, self.path)}"
        spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", words)
        name = re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")[:60].strip("_")
        return name if re.match(r"[a-z]", name) else f"call_{name}".rstrip("_")


@dataclass(slots=True)
class _Draft:
    """An action while it is put together."""

    inputs: dict[str, object] = field(default_factory=dict)
    request: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def argument(self, name: str, schema: dict[str, object], description: str, *, required: bool) -> str:
        """The name of the argument that stands for a part of the request."""
        base = re.sub(r"\W", "_", name, flags=re.ASCII).strip("_") or "value"
        base = base if re.match(r"[A-Za-z_]", base) and base.lower() not in _WORDS else f"{base}_" if base[0].isalpha() else f"_{base}"
        chosen, number = base, 2
        while chosen in self.inputs:
            chosen, number = f"{base}_{number}", number + 1
        entry = {**schema, **({"description": description} if description else {})}
        if not required and "default" not in entry:
            entry["required"] = False
        self.inputs[chosen] = entry
        return chosen


def _by(place: re.Match[str]) -> str:
    return f"by_{place[1]}"


def make_action(operation: Operation, resolver: Resolver) -> tuple[dict[str, object], list[str]]:
    """The action as a manifest has it, and what a person should look at."""
    draft = _Draft()
    effect = _EFFECTS.get(operation.method, "write")
    _parameters(operation, resolver, draft)
    _body(operation, resolver, draft)
    summary = shortened(operation.data.get("summary")) or shortened(operation.data.get("description")) or operation.id
    action: dict[str, object] = {"description": summary, "effect": effect}
    if effect != "read":
        action["idempotent"] = False
        draft.notes.append(
            f"effect '{effect}' from {operation.method}: is it so, can it be repeated ('idempotent') and taken back ('restore')?"
        )
    if draft.inputs:
        action["input"] = draft.inputs
    action["request"] = draft.request
    if (output := _output(operation, resolver)) is not None:
        action["output"] = output
    return action, draft.notes


def _parameters(operation: Operation, resolver: Resolver, draft: _Draft) -> None:
    own = operation.data.get("parameters")
    found: dict[tuple[object, object], dict[str, object]] = {}
    for entry in [*operation.shared, *(own if isinstance(own, list) else [])]:
        parameter = resolver.mapping(entry)
        found[parameter.get("name"), parameter.get("in")] = parameter
    places: dict[str, str] = {}
    query: dict[str, object] = {}
    headers: dict[str, object] = {}
    for parameter in found.values():
        name, place = str(parameter.get("name", "")), parameter.get("in")
        if place == "cookie" or (place == "header" and name.lower() in _IGNORED_HEADERS):
            if parameter.get("required") is True and place == "cookie":
                draft.notes.append(f"the cookie '{shortened(name)}' is left out")
            continue
        schema = resolver.schema(parameter.get("schema"))
        required = place == "path" or parameter.get("required") is True
        argument = draft.argument(name, schema, shortened(parameter.get("description")), required=required)
        if place == "path":
            places[name] = argument
        elif place == "query":
            query[name] = f"{{{{ {argument} }}}}"
        elif place == "header":
            headers[name] = f"{{{{ {argument} }}}}"
    for name in _PLACE.findall(operation.path):
        if name not in places:
            places[name] = draft.argument(name, {"type": "string"}, "", required=True)
    draft.request |= {"method": operation.method, "path": _PLACE.sub(lambda match: f"{{{places[match[1]]}}}", operation.path)}
    if query:
        draft.request["query"] = query
    if headers:
        draft.request["headers"] = headers


def _body(operation: Operation, resolver: Resolver, draft: _Draft) -> None:
    body = resolver.mapping(operation.data.get("requestBody"))
    content = body.get("content")
    if not isinstance(content, dict) or not content:
        return
    required = body.get("required") is True
    media_type, media = _chosen(content)
    schema = resolver.schema(resolver.mapping(media).get("schema"), drop="readOnly")
    if media_type.endswith("json"):
        draft.request["json"] = _fields(schema, draft, required=required)
        if media_type != "application/json":
            headers = draft.request.setdefault("headers", {})
            assert isinstance(headers, dict)
            headers["Content-Type"] = media_type
    elif media_type == "application/x-www-form-urlencoded":
        fields = _fields(schema, draft, required=required)
        if isinstance(fields, str):
            raise AvopsError(f"the form of '{operation.id}' has no fields")
        draft.request["form"] = fields
    else:
        _file(operation, media_type, schema, draft, required=required)


def _chosen(content: dict[str, object]) -> tuple[str, object]:
    """The media type to send: JSON before a form before anything else."""
    kinds = {str(kind).partition(";")[0].strip().lower(): media for kind, media in content.items()}
    for wanted in ("application/json", *(kind for kind in kinds if kind.endswith("+json")), "application/x-www-form-urlencoded"):
        if wanted in kinds:
            return wanted, kinds[wanted]
    return next(iter(kinds.items()))


def _fields(schema: dict[str, object], draft: _Draft, *, required: bool) -> object:
    """The body: an argument per property, or one argument for a body that is no plain object."""
    found = properties_of(schema)
    if found is None:
        return f"{{{{ {draft.argument('body', schema, '', required=required)} }}}}"
    properties, needed = found
    fields: dict[str, object] = {}
    for name, part in properties.items():
        entry = dict(part) if isinstance(part, dict) else {}
        description = str(entry.get("description", ""))
        fields[name] = f"{{{{ {draft.argument(name, entry, description, required=required and name in needed)} }}}}"
    return fields


def _file(operation: Operation, media_type: str, schema: dict[str, object], draft: _Draft, *, required: bool) -> None:
    path = draft.argument("path", {"type": "string"}, "A file of the project", required=required)
    file: dict[str, object] = {"path": f"{{{{ {path} }}}}"}
    if media_type == "multipart/form-data":
        found = properties_of(schema)
        names = list(found[0]) if found is not None else ["file"]
        binary = [name for name in names if isinstance(part := (found[0][name] if found else {}), dict) and part.get("format") == "binary"]
        file["field"] = re.sub(r"[^A-Za-z0-9_.\[\]-]", "_", (binary or names)[0])[:64]
        if len(names) > 1:
            draft.notes.append(f"of its form only the file is sent, as '{file['field']}'")
    elif "*" not in media_type:
        file["type"] = media_type
    draft.request["file"] = file


def _output(operation: Operation, resolver: Resolver) -> dict[str, object] | None:
    """The schema of the first successful answer in JSON; None when the document has none."""
    responses = operation.data.get("responses")
    if not isinstance(responses, dict):
        return None
    for status in _successes(responses):
        content = resolver.mapping(responses[status]).get("content")
        if not isinstance(content, dict):
            continue
        for kind, media in content.items():
            if str(kind).partition(";")[0].strip().lower().endswith("json"):
                return resolver.schema(resolver.mapping(media).get("schema"), drop="writeOnly") or None
    return None


def _successes(responses: dict[str, object]) -> Iterable[str]:
    return sorted(str(status) for status in responses if str(status).upper().startswith("2"))
