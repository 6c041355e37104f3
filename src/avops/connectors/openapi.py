"""From chosen operations of an OpenAPI 3 document to the manifest of an HTTP tool. Nothing is fetched, and nothing is asked.

OpenAPI Specification 3.0.4 and 3.1.1, sections 4.8 (Schema): servers, paths, parameters, request bodies, responses, security.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.connectors.openapi_action import Operation, make_action
from avops.connectors.openapi_schema import Resolver, shortened
from avops.errors import AvopsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAX_JSON = 16 * 1024 * 1024
MAX_ACTIONS = 100
_METHODS = ("get", "put", "post", "delete", "head", "patch")
_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeManifest:
    """A manifest as data, and what a person should look at before it is used, by action or for the whole tool."""

    data: dict[str, object]
    review: tuple[str, ...]


def read_openapi(path: Path) -> dict[str, object]:
    """The document in a file: JSON up to 16 MiB, or YAML within the bounds of every YAML file here.

    Raises AvopsError for anything that is not OpenAPI 3.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_JSON + 1)
    except OSError as error:
        raise AvopsError(f"'{path}' cannot be read: {(error.strerror or str(error)).lower()}") from None
    if len(raw) > MAX_JSON:
        raise AvopsError(f"'{path}' is larger than {MAX_JSON // 1024 // 1024} MiB")
    if raw.lstrip()[:1] == b"{":
        try:
            document = json.loads(raw)
        except (ValueError, RecursionError):
            raise AvopsError(f"'{path}' is not JSON") from None
    else:
        from avops.project.yaml_text import read_yaml

        document = read_yaml(raw, path=str(path))
    version = document.get("openapi") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not str(version).startswith("3."):
        raise AvopsError(f"'{path}' is not an OpenAPI 3 document", hint="convert an older one to OpenAPI 3 first")
    return document


def make_manifest(document: dict[str, object], name: str, chosen: Sequence[str] = ()) -> MadeManifest:
    """The manifest of a tool with the chosen operations (by `operationId`, or `METHOD /path`); without a choice all of them.

    Raises AvopsError for an operation that is not there, more than `MAX_ACTIONS`, and references that lead nowhere.
    """
    resolver = Resolver(document)
    operations = _choose(_operations(document, resolver), chosen)
    base_url, review = _base_url(document, resolver)
    info = resolver.mapping(document.get("info"))
    data: dict[str, object] = {"name": name, "kind": "http", "description": shortened(info.get("title")) or name, "base_url": base_url}
    auth, notes = _auth(document, resolver, name)
    review += notes
    if auth is not None:
        data["auth"] = auth
    actions: dict[str, object] = {}
    for operation in operations:
        base = action_name = operation.action_name
        number = 2
        while action_name in actions:
            action_name, number = f"{base}_{number}", number + 1
        actions[action_name], notes = make_action(operation, resolver)
        review += [f"{action_name}: {note}" for note in notes]
    health = _health(actions)
    if health is None:
        review.append("no action can serve as 'health'; write 'health: {get: /path}' if there is one")
    else:
        data["health"] = {"action": health}
    data["actions"] = actions
    return MadeManifest(data=data, review=tuple(review))


def _operations(document: dict[str, object], resolver: Resolver) -> list[Operation]:
    paths = document.get("paths")
    found = []
    for path, entry in paths.items() if isinstance(paths, dict) else ():
        item = resolver.mapping(entry)
        shared = item.get("parameters")
        for method in _METHODS:
            data = item.get(method)
            if isinstance(data, dict):
                listed = shared if isinstance(shared, list) else []
                found.append(Operation(method=method.upper(), path=str(path), data=data, shared=listed))
    return found


def _choose(operations: list[Operation], chosen: Sequence[str]) -> list[Operation]:
    if not operations:
        raise AvopsError("the document has no operations")
    if not chosen:
        if len(operations) > MAX_ACTIONS:
            raise AvopsError(f"the document has {len(operations)} operations", hint="choose some with --operation ID")
        return operations
    by_id = {operation.id: operation for operation in operations} | {
        f"{operation.method} {operation.path}": operation for operation in operations
    }
    picked = []
    for wanted in dict.fromkeys(chosen):
        if wanted not in by_id:
            from avops.project.suggestions import closest

            near = closest(wanted, list(by_id))
            known = ", ".join(sorted(operation.id for operation in operations)[:20])
            raise AvopsError(f"the document has no operation '{wanted}'", hint=f"did you mean '{near}'?" if near else f"it has {known}")
        picked.append(by_id[wanted])
    if len(picked) > MAX_ACTIONS:
        raise AvopsError(f"a tool has at most {MAX_ACTIONS} actions")
    return picked


def _base_url(document: dict[str, object], resolver: Resolver) -> tuple[str, list[str]]:
    servers = document.get("servers")
    server = resolver.mapping(servers[0]) if isinstance(servers, list) and servers else {}
    url = str(server.get("url", ""))
    variables = resolver.mapping(server.get("variables"))
    for variable, entry in variables.items():
        url = url.replace(f"{{{variable}}}", str(resolver.mapping(entry).get("default", "")))
    url = url.rstrip("/")
    if not _URL.fullmatch(url) or "{" in url:
        return "https://YOUR-HOST", ["the document names no server: write your own into 'base_url'"]
    if variables:
        return url, [f"'base_url' is the default of the document: {url}"]
    return url, []


def _auth(document: dict[str, object], resolver: Resolver, name: str) -> tuple[dict[str, object] | None, list[str]]:
    """The first security scheme that avops knows; secrets become variables named after the tool."""
    prefix = re.sub(r"\W", "_", name, flags=re.ASCII).upper()
    prefix = prefix if prefix[:1].isalpha() else f"TOOL_{prefix}"
    schemes = resolver.mapping(resolver.mapping(document.get("components")).get("securitySchemes"))
    for entry in schemes.values():
        scheme = resolver.mapping(entry)
        kind, how = scheme.get("type"), str(scheme.get("scheme", "")).lower()
        if kind == "http" and how == "basic":
            return {"type": "basic", "user": f"env:{prefix}_USER", "password": f"env:{prefix}_PASSWORD"}, []
        if kind == "http" and how == "bearer":
            return {"type": "bearer", "token": f"env:{prefix}_TOKEN"}, []
        if kind == "apiKey" and scheme.get("in") == "header":
            return {"type": "header", "name": str(scheme.get("name", "")), "value": f"env:{prefix}_KEY"}, []
        if kind == "oauth2":
            flow = resolver.mapping(resolver.mapping(scheme.get("flows")).get("clientCredentials"))
            token_url = str(flow.get("tokenUrl", ""))
            if _URL.fullmatch(token_url):
                secrets = {"client_id": f"env:{prefix}_CLIENT_ID", "client_secret": f"env:{prefix}_CLIENT_SECRET"}
                return {"type": "oauth_client", "token_url": token_url, **secrets}, ["'auth' may need a 'scope'"]
            return {"type": "bearer", "token": f"env:{prefix}_TOKEN"}, ["'auth' takes a token that you obtain yourself"]
    if schemes:
        return None, ["the document's way to authenticate is not one that avops knows: write 'auth' yourself"]
    return None, []


def _health(actions: dict[str, object]) -> str | None:
    """An action that reads and needs no arguments."""
    for action_name, action in actions.items():
        assert isinstance(action, dict)
        inputs = action.get("input", {})
        if action["effect"] == "read" and all(entry.get("required") is False or "default" in entry for entry in inputs.values()):
            return action_name
    return None
