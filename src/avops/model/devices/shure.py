"""What a Shure device can do (its "Command Strings" document)."""

from __future__ import annotations

from avops.model.devices.writing import COUNT, DONE, FLAG, NUMBER, TEXT, nullable, reads, writes

_CHANNEL = {"type": "integer", "minimum": 1, "maximum": 99, "description": "The channel, as the device's document counts them"}
_ANY = {**_CHANNEL, "required": False, "description": "The channel; left out, the whole device"}

ACTIONS = {
    "get_gain": reads(
        "Read a channel's audio gain in dB",
        synonyms=["check the gain", "check the level"],
        input={"channel": _CHANNEL},
        gives={"gain": NUMBER},
        mock={"gain": 0.0},
    ),
    "set_gain": writes(
        "Set a channel's audio gain in dB",
        synonyms=["adjust the gain", "set the level"],
        input={"channel": _CHANNEL, "gain": {"type": "number", "minimum": -110, "maximum": 42}},
        gives={"gain": NUMBER},
        restore={"read": "get_gain", "with": {"gain": "{{ before.gain }}"}},
        mock={"gain": 0.0},
    ),
    "get_mute": reads(
        "Read whether a channel, or the whole device, is muted",
        synonyms=["check the mute", "microphone muted"],
        input={"channel": _ANY},
        gives={"mute": FLAG},
        mock={"mute": False},
    ),
    "set_mute": writes(
        "Mute a channel, or the whole device, or take the mute away",
        synonyms=["mute the microphone", "unmute the microphone"],
        input={"channel": _ANY, "mute": FLAG},
        gives={"mute": FLAG},
        restore={"read": "get_mute", "with": {"mute": "{{ before.mute }}"}},
        mock={"mute": False},
    ),
    "get_battery": reads(
        "Read a wireless channel's battery: bars from 0 to 5, minutes left; null when the receiver does not know",
        synonyms=["battery level", "check the battery", "microphone battery"],
        input={"channel": _CHANNEL},
        gives={"bars": nullable(COUNT), "minutes": nullable(COUNT)},
        mock={"bars": 5, "minutes": 480},
    ),
    "recall_preset": writes(
        "Load a preset of the device",
        synonyms=["load the preset"],
        input={"preset": {"type": "integer", "minimum": 1, "maximum": 10}},
        mock=DONE,
    ),
    "flash": writes(
        "Make the device's lights flash, so that a person finds it",
        synonyms=["identify the device", "flash the lights"],
        input={"on": {"type": "boolean", "default": True}},
        mock=DONE,
    ),
    "get_info": reads(
        "Read model, firmware and the device's name",
        synonyms=["firmware version", "check the microphone"],
        gives={"model": TEXT, "firmware": TEXT, "name": TEXT},
        mock={"model": "MXA910", "firmware": "4.0.0", "name": "Mock array"},
    ),
}
