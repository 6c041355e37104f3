"""The texts of new tools: skeletons to fill in, and tool servers with plain addresses."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from avops.errors import UsageError
from avops.wiring.mcp_servers import SCHEMA_LINE, plain_name

_HTTP = """\
name: {name}
kind: http
description: What it is, in the words of those who use it
base_url: https://service.example/api
# Where the secret is found. It is sent to this host only, once `avops trust` has recorded that.
# auth: {{type: bearer, token: env:SERVICE_TOKEN}}
# health: {{get: /health}}
# rate_limit: 60/min
actions:
  get_state:
    description: Read the state of one thing
    effect: read            # read looks, record makes something for people, write changes, destructive interrupts
    input:
      id: {{type: string, description: Which one}}
    request: {{method: GET, path: "/things/{{id}}"}}
    output:
      type: object
      required: [state]
      properties:
        state: {{type: string}}
    mock: {{state: ready}}    # the answer in mock mode

  set_state:
    description: Change the state of one thing
    effect: write
    idempotent: true        # a repeat does no harm, so that it may be tried again
    input:
      id: {{type: string, description: Which one}}
      state: {{type: string, description: The new state}}
    request:
      method: PUT
      path: "/things/{{id}}"
      json: {{state: "{{{{ state }}}}"}}
    restore: {{read: get_state, with: {{id: "{{{{ args.id }}}}", state: "{{{{ before.state }}}}"}}}}   # for `undo: auto`
    mock: {{state: ready}}
"""

_COMMAND = """\
name: {name}
kind: command
description: What it is, in the words of those who use it
# The variables of the environment that its programs may see, beside PATH, HOME, LANG, LC_ALL and TZ.
# env: [SERVICE_TOKEN]
actions:
  get_state:
    description: Read the state of one thing
    effect: read            # read looks, record makes something for people, write changes, destructive interrupts
    input:
      id: {{type: string, description: Which one}}
    # A list, never a shell. A program with a slash lies in the project, any other on PATH.
    argv: [scripts/get-state, --json, "{{{{ id }}}}"]
    parse: json             # json, lines or text
    timeout: 20s
    mock: {{state: ready}}    # the answer in mock mode
"""

_MCP = """\
name: {name}
kind: mcp
description: What it is, in the words of those who use it
# The program and its arguments, never a shell. For a service write instead:
#   url: https://service.example/mcp
#   auth: {{type: bearer, token: env:SERVICE_TOKEN}}
command: [your-mcp-server]
# The variables of the environment that it may see, beside PATH, HOME, LANG, LC_ALL and TZ.
# env: [SERVICE_TOKEN]
# `avops trust` lets it start; `avops tool discover {name}` then writes its actions here.
actions: {{}}
"""

_PYTHON = """\
name: {name}
kind: python
description: What it is, in the words of those who use it
# The variables of the environment that its functions may see, beside PATH, HOME, LANG, LC_ALL and TZ.
# env: [SERVICE_TOKEN]
actions:
  get_state:
    description: Read the state of one thing
    effect: read            # read looks, record makes something for people, write changes, destructive interrupts
    input:
      id: {{type: string, description: Which one}}
    # A file of the project, and a function in it that takes the arguments by name: def get_state(id): return {{"state": "ready"}}
    function: scripts/{module}.py:get_state
    timeout: 20s
    mock: {{state: ready}}    # the answer in mock mode
"""

SKELETONS = {"command": _COMMAND, "http": _HTTP, "mcp": _MCP, "python": _PYTHON}

_ACTION_SERVER = """\
health: {{get: /health}}
actions:
  # The server takes anything, so this one may do anything. Give each thing that it can do an action of its own, with its
  # arguments, its effect and its mock answer:
  #   create_ticket:
  #     effect: record
  #     input: {{title: {{type: string}}}}
  #     request: {{method: POST, path: /action, json: {{action: create_ticket, args: {{title: "{{{{ title }}}}"}}}}}}
  send:
    description: Ask the server for one of its actions
    effect: write
    input:
      action: {{type: string, description: What the server calls it}}
      args: {{type: object, default: {{}}, description: What the action takes}}
    request: {{method: POST, path: /action, json: {{action: "{{{{ action }}}}", args: "{{{{ args }}}}"}}}}
    mock: {{ok: true}}
"""


def skeleton(name: str, kind: str) -> str:
    """The commented file of a new tool; UsageError for a kind that has none."""
    if kind not in SKELETONS:
        raise UsageError(f"there is no skeleton of kind '{kind}'; expected one of: {', '.join(sorted(SKELETONS))}")
    return SCHEMA_LINE + SKELETONS[kind].format(name=plain_name(name), module=plain_name(name).replace("-", "_"))


def action_server_manifest(name: str, url: str, *, token: str | None = None, private: bool = False, description: str = "") -> str:
    """The file of a server with `GET /health` and `POST /action`; UsageError for what is no URL."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise UsageError(f"'{url}' is no address of a server", hint="write it like http://127.0.0.1:8080")
    lines = [f"{SCHEMA_LINE}name: {plain_name(name)}", "kind: http"]
    if description:
        lines.append(f"description: {json.dumps(description, ensure_ascii=False)}")
    lines.append(f"base_url: {url.rstrip('/')}")
    if private:
        lines.append("private: true")
    if token is not None:
        lines.append(f"auth: {{type: bearer, token: {json.dumps(token)}}}")
    return "\n".join(lines) + "\n" + _ACTION_SERVER.format()
