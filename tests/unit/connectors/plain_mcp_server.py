"""An MCP server in plain Python that starts at once: `python plain_mcp_server.py BEHAVIOUR [FIFO]`.

It speaks protocol version 2024-11-05, the first, over standard input and output. `slow` opens FIFO for writing when it
has begun, and never answers.
"""

from __future__ import annotations

import json
import os
import sys

VERSION = "2024-11-05"
TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
TOOLS = [
    {"name": "read", "description": "Read the display", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": True}},
    {"name": "say", "description": "Say a text", "inputSchema": TEXT},
    {"name": "slow", "description": "Never answer", "inputSchema": {"type": "object"}},
    {"name": "broken", "description": "Answer with an error", "inputSchema": {"type": "object"}},
    {"name": "huge", "description": "Answer with a lot", "inputSchema": {"type": "object"}},
    {"name": "die", "description": "End at once", "inputSchema": {"type": "object"}},
    {"name": "environment", "description": "The variables it sees", "inputSchema": {"type": "object"}},
]


def answer(message: dict[str, object]) -> dict[str, object]:
    match message["method"]:
        case "initialize":
            return {"result": {"protocolVersion": VERSION, "capabilities": {"tools": {}}, "serverInfo": {"name": "plain", "version": "1"}}}
        case "tools/list":
            return {"result": {"tools": TOOLS}}
        case "tools/call":
            parameters = message["params"]
            return call(parameters["name"], parameters.get("arguments") or {})
        case method:
            return {"error": {"code": -32601, "message": f"Method not found: {method}"}}


def call(tool: str, arguments: dict[str, object]) -> dict[str, object]:
    match tool:
        case "read":
            return content('{"power": "on"}')
        case "say":
            return content(str(arguments["text"]))
        case "broken":
            return content("the lamp is burnt out", isError=True)
        case "huge":
            return content("x" * 5_000_000)
        case "die":
            print("the licence ran out", file=sys.stderr, flush=True)
            os._exit(3)
        case "environment":
            return content(json.dumps(sorted(os.environ)))
        case _:
            with open(sys.argv[2], "w"):
                pass
            return {}


def content(text: str, **more: object) -> dict[str, object]:
    return {"result": {"content": [{"type": "text", "text": text}], **more}}


def main() -> None:
    behaviour = sys.argv[1]
    if behaviour == "refuses":
        sys.exit("no licence")
    if behaviour == "chatters":
        print("Server ready, and this is no JSON")
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message and (body := answer(message)):
            print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **body}), flush=True)
    if behaviour == "lingers":
        while True:
            os.read(os.open(sys.argv[2], os.O_RDONLY), 1)


if __name__ == "__main__":
    main()
