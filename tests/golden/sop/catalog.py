"""A small project's tools, as the wiring would hand them to the converter."""

from __future__ import annotations

from avops.sop.catalog import ActionCatalogEntry, ToolCatalogEntry

_HOST = {"type": "string"}

TOOLS = (
    ToolCatalogEntry(
        name="display",
        description="Room displays",
        synonyms=("screen", "TV", "projector"),
        actions=(
            ActionCatalogEntry(
                name="get_power",
                description="Read whether the display is on",
                effect="read",
                input={"host": _HOST},
                synonyms=("display status",),
                output={"type": "object", "properties": {"power": {"type": "string", "enum": ["on", "off"]}}},
            ),
            ActionCatalogEntry(
                name="set_power",
                description="Turn the display on or off",
                input={"host": _HOST, "power": {"type": "string", "enum": ["on", "off"]}},
            ),
            ActionCatalogEntry(name="restart", description="Restart the display", effect="destructive", input={"host": _HOST}),
        ),
    ),
    ToolCatalogEntry(
        name="zoom",
        description="Zoom Rooms",
        synonyms=("Zoom Room", "Zoom Rooms"),
        actions=(
            ActionCatalogEntry(
                name="get_room",
                description="Status and details of a room",
                effect="read",
                input={"room_id": {"type": "string"}},
                synonyms=("room status", "zoom room is online"),
                output={"type": "object", "properties": {"status": {"type": "string", "enum": ["Available", "InMeeting", "Offline"]}}},
            ),
            ActionCatalogEntry(
                name="restart_room", description="Restart a Zoom Room", effect="destructive", input={"room_id": {"type": "string"}}
            ),
        ),
    ),
    ToolCatalogEntry(
        name="slack",
        description="Messages",
        actions=(
            ActionCatalogEntry(
                name="post_message",
                description="Post a message",
                effect="record",
                input={"channel": {"type": "string"}, "text": {"type": "string"}},
                notify=("channel", "text"),
            ),
        ),
    ),
    ToolCatalogEntry(
        name="tickets",
        description="The ticket system",
        synonyms=("ticket", "ServiceNow"),
        actions=(
            ActionCatalogEntry(
                name="create_ticket",
                description="Open a ticket",
                effect="record",
                input={"title": {"type": "string"}, "urgency": {"type": "integer", "required": False}},
            ),
            ActionCatalogEntry(
                name="update_ticket",
                description="Add a note to a ticket",
                effect="record",
                input={"number": {"type": "string"}, "note": {"type": "string"}},
            ),
            ActionCatalogEntry(name="resolve_ticket", description="Close a ticket", effect="record", input={"number": {"type": "string"}}),
        ),
    ),
    ToolCatalogEntry(
        name="qsys",
        description="Q-SYS core",
        synonyms=("Q-SYS", "core"),
        actions=(
            ActionCatalogEntry(
                name="load_snapshot",
                description="Load a snapshot",
                input={"host": _HOST, "bank": {"type": "string", "default": "1"}, "snapshot": {"type": "integer"}},
            ),
            ActionCatalogEntry(
                name="set_mute",
                description="Mute or unmute a channel",
                input={"host": _HOST, "mute": {"type": "boolean"}},
                synonyms=("mute", "unmute"),
            ),
        ),
    ),
)
