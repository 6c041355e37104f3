"""What a Biamp Tesira server can do (Tesira Help, System Control, Tesira Text Protocol)."""

from __future__ import annotations

from avops.model.devices.writing import DONE, FLAG, NUMBER, TEXT, interrupts, reads, writes

# TTP Syntax: a tag may hold spaces, and neither `/` nor `&`.
_TAG = {"type": "string", "pattern": '^[^"/&]{1,120}$', "description": "The block's instance tag, as in the design; case counts"}
_WORD = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9]*$"}
_CHANNEL = {"type": "integer", "minimum": 1, "maximum": 4096, "default": 1}
_INDEX = {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 4096}, "maxItems": 2, "default": []}
_VALUE = {"type": ["boolean", "number", "string"]}
_PRESET = {"anyOf": [{"type": "integer", "minimum": 1001, "maximum": 9999}, {"type": "string", "pattern": '^[^"]{1,120}$'}]}

ACTIONS = {
    "get_gain": reads(
        "Read a level in dB",
        synonyms=["check the level", "check the gain", "fader level"],
        input={"tag": _TAG, "channel": _CHANNEL},
        gives={"gain": NUMBER},
        mock={"gain": -10.0},
    ),
    "set_gain": writes(
        "Set a level in dB",
        synonyms=["set the level", "adjust the gain", "set the volume", "set the fader"],
        input={"tag": _TAG, "channel": _CHANNEL, "gain": {"type": "number", "minimum": -100, "maximum": 12}},
        restore={"read": "get_gain", "with": {"gain": "{{ before.gain }}"}},
        mock=DONE,
    ),
    "get_mute": reads(
        "Read whether a channel is muted",
        synonyms=["check the mute"],
        input={"tag": _TAG, "channel": _CHANNEL},
        gives={"mute": FLAG},
        mock={"mute": False},
    ),
    "set_mute": writes(
        "Mute a channel, or take the mute away",
        synonyms=["mute the microphone", "unmute the microphone"],
        input={"tag": _TAG, "channel": _CHANNEL, "mute": FLAG},
        restore={"read": "get_mute", "with": {"mute": "{{ before.mute }}"}},
        mock=DONE,
    ),
    "get_input": reads(
        "Read which source a source selector has chosen; 0 is none",
        synonyms=["selected source"],
        input={"tag": _TAG},
        gives={"input": {"type": "integer", "minimum": 0}},
        mock={"input": 1},
    ),
    "set_input": writes(
        "Choose the source of a source selector; 0 is none",
        synonyms=["select the source", "switch the source"],
        input={"tag": _TAG, "input": {"type": "integer", "minimum": 0, "maximum": 128}},
        restore={"read": "get_input", "with": {"input": "{{ before.input }}"}},
        mock=DONE,
    ),
    "get_attribute": reads(
        "Read an attribute of a block",
        input={"tag": _TAG, "attribute": _WORD, "index": _INDEX},
        gives={"value": {"type": ["array", "boolean", "number", "object", "string"]}},
        mock={"value": 0.0},
    ),
    "set_attribute": writes(
        "Set an attribute of a block to one value",
        input={"tag": _TAG, "attribute": _WORD, "index": _INDEX, "value": _VALUE},
        restore={"read": "get_attribute", "with": {"value": "{{ before.value }}"}},
        mock=DONE,
    ),
    "recall_preset": writes(
        "Recall a preset by its number or its name",
        synonyms=["load the preset", "recall the preset", "recall the scene"],
        input={"preset": _PRESET},
        mock=DONE,
    ),
    "save_preset": writes("Save the present state as a preset; what it held before is lost", input={"preset": _PRESET}, mock=DONE),
    "list_tags": reads(
        "List the instance tags of the design", gives={"tags": {"type": "array", "items": TEXT}}, mock={"tags": ["DEVICE", "Level1"]}
    ),
    "get_faults": reads(
        "Read the active faults",
        synonyms=["check for faults", "active faults"],
        gives={"faults": {"type": "array", "items": TEXT}},
        mock={"faults": []},
    ),
    "get_info": reads(
        "Read the serial number, the firmware version and the host name",
        synonyms=["firmware version", "check the server"],
        gives={"serial": TEXT, "version": TEXT, "hostname": TEXT},
        mock={"serial": "00000000", "version": "4.0.0.0", "hostname": "mock"},
    ),
    "reboot": interrupts("Restart the server", synonyms=["restart the dsp", "reboot the dsp"], mock=DONE),
}
