"""What a Q-SYS Core can do (Q-SYS Help, External Control APIs, QRC Commands)."""

from __future__ import annotations

from avops.model.devices.writing import DONE, FLAG, NUMBER, TEXT, listing, nullable, reads, writes

_VALUE = {"type": ["boolean", "number", "string"]}
_NAME = {"type": "string", "minLength": 1, "maxLength": 256}
_RAMP = {"type": "number", "minimum": 0, "maximum": 3600, "required": False, "description": "Seconds over which the value moves"}
_COMPONENT = {**_NAME, "required": False, "description": "The named component; left out, the control is a named control"}
_CONTROL = {**_NAME, "description": "The control's name"}
_GAIN = {"component": _COMPONENT, "control": {**_CONTROL, "default": "gain"}}
_MUTE = {"component": _COMPONENT, "control": {**_CONTROL, "default": "mute"}}
_SNAPSHOT = {
    "bank": {**_NAME, "description": "The name of the snapshot bank"},
    "number": {"type": "integer", "minimum": 1, "maximum": 24},
}
_STATE = {"name": TEXT, "value": _VALUE, "text": TEXT}

ACTIONS = {
    "get_status": reads(
        "Read whether the Core runs, which design, and its own verdict",
        synonyms=["core status", "check the core", "engine status"],
        gives={
            "state": {"enum": ["Active", "Idle", "Standby"]},
            "design": TEXT,
            "platform": TEXT,
            "redundant": FLAG,
            "emulator": FLAG,
            "code": {"type": "integer"},
            "status": TEXT,
        },
        mock={
            "state": "Active",
            "design": "Mock design",
            "platform": "Core 110f",
            "redundant": False,
            "emulator": False,
            "code": 0,
            "status": "OK",
        },
    ),
    "get_control": reads(
        "Read one control: its value, and the text that the Core shows",
        synonyms=["read the control", "check the control"],
        input={"component": _COMPONENT, "control": _CONTROL},
        gives=_STATE,
        mock={"name": "MainGain", "value": -10.0, "text": "-10.0dB"},
    ),
    "get_controls": reads(
        "Read several controls at once",
        input={"component": _COMPONENT, "controls": {"type": "array", "items": _CONTROL, "minItems": 1, "maxItems": 200}},
        gives={"controls": listing(_STATE)},
        mock={"controls": [{"name": "MainGain", "value": -10.0, "text": "-10.0dB"}]},
    ),
    "set_control": writes(
        "Set one control to a value",
        input={"component": _COMPONENT, "control": _CONTROL, "value": _VALUE, "ramp": _RAMP},
        restore={"read": "get_control", "with": {"value": "{{ before.value }}"}},
        mock=DONE,
    ),
    "get_gain": reads(
        "Read a gain in dB",
        synonyms=["check the gain", "check the level", "fader level"],
        input=_GAIN,
        gives={"gain": NUMBER, "text": TEXT},
        mock={"gain": -10.0, "text": "-10.0dB"},
    ),
    "set_gain": writes(
        "Set a gain in dB",
        synonyms=["set the level", "adjust the gain", "set the volume", "set the fader"],
        input={**_GAIN, "gain": {"type": "number", "minimum": -100, "maximum": 20}, "ramp": _RAMP},
        restore={"read": "get_gain", "with": {"gain": "{{ before.gain }}"}},
        mock=DONE,
    ),
    "get_mute": reads(
        "Read whether a channel is muted",
        synonyms=["check the mute"],
        input=_MUTE,
        gives={"mute": FLAG},
        mock={"mute": False},
    ),
    "set_mute": writes(
        "Mute a channel, or take the mute away",
        synonyms=["mute the microphone", "unmute the microphone", "mute the channel"],
        input={**_MUTE, "mute": FLAG},
        restore={"read": "get_mute", "with": {"mute": "{{ before.mute }}"}},
        mock=DONE,
    ),
    "recall_snapshot": writes(
        "Load a snapshot of a snapshot bank",
        synonyms=["load the snapshot", "load the preset", "recall the preset", "recall the scene"],
        input={**_SNAPSHOT, "ramp": _RAMP},
        mock=DONE,
    ),
    "save_snapshot": writes(
        "Save the present state as a snapshot; what it held before is lost",
        input=_SNAPSHOT,
        mock=DONE,
    ),
    "list_components": reads(
        "List the named components of the design",
        gives={"components": listing({"name": TEXT, "type": TEXT})},
        mock={"components": [{"name": "Mic 1", "type": "gain"}]},
    ),
    "list_controls": reads(
        "List the controls of a component, with their ranges where they have one",
        input={"component": _NAME},
        gives={
            "controls": listing(
                {"name": TEXT, "type": TEXT, "value": _VALUE, "text": TEXT, "least": nullable(NUMBER), "most": nullable(NUMBER)}
            )
        },
        mock={"controls": [{"name": "gain", "type": "Float", "value": -10.0, "text": "-10.0dB", "least": -100.0, "most": 20.0}]},
    ),
}
