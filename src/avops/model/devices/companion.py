"""What a Bitfocus Companion can do (Companion User Guide, Remote Control, HTTP Remote Control)."""

from __future__ import annotations

from avops.model.devices.writing import DONE, TEXT, reads, writes

_NAME = {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,120}$"}
_PLACE = {
    "page": {"type": "integer", "minimum": 1, "maximum": 99},
    "row": {"type": "integer", "minimum": -99, "maximum": 99},
    "column": {"type": "integer", "minimum": -99, "maximum": 99},
}

ACTIONS = {
    "press_button": writes(
        "Press a button and let it go; what it does is set in Companion",
        synonyms=["press the companion button", "press the stream deck button"],
        input=_PLACE,
        idempotent=False,
        mock=DONE,
    ),
    "get_variable": reads(
        "Read a custom variable, or with `connection` a variable of a connection",
        input={"variable": _NAME, "connection": {**_NAME, "required": False}},
        gives={"value": TEXT},
        mock={"value": "mock"},
    ),
    "set_variable": writes(
        "Set a custom variable",
        input={"variable": _NAME, "value": {"type": "string", "maxLength": 1000}},
        restore={"read": "get_variable", "with": {"value": "{{ before.value }}"}},
        mock=DONE,
    ),
    "get_time": reads("Read Companion's clock, which shows that it is there", gives={"time": TEXT}, mock={"time": "12:00:00"}),
}
