"""What an Extron switcher or matrix can do (its user guide, "SIS Command and Response Table")."""

from __future__ import annotations

from avops.model.devices.writing import COUNT, DONE, FLAG, TEXT, interrupts, reads, writes

_INPUT = {"type": "integer", "minimum": 0, "maximum": 999, "description": "The input's number; 0 on a matrix unties the output"}
_OUTPUT = {"type": "integer", "minimum": 1, "maximum": 999, "required": False, "description": "A matrix's output; left out on a switcher"}
_SIGNAL = {"enum": ["audio", "both", "video"], "default": "both"}
_GROUP = {"type": "integer", "minimum": 1, "maximum": 64, "description": "The group master: 1 is most often the program volume"}
_PRESET = {"type": "integer", "minimum": 1, "maximum": 128}

ACTIONS = {
    "get_input": reads(
        "Read which input is shown, or tied to an output",
        synonyms=["selected input", "check the input", "check the tie"],
        input={"output": _OUTPUT, "signal": _SIGNAL},
        gives={"input": COUNT},
        mock={"input": 1},
    ),
    "set_input": writes(
        "Select an input, or tie it to an output",
        synonyms=["switch the input", "route the input", "change the source", "select the source"],
        input={"input": _INPUT, "output": _OUTPUT, "signal": _SIGNAL},
        gives={"input": COUNT},
        restore={"read": "get_input", "with": {"input": "{{ before.input }}"}},
        mock={"input": 1},
    ),
    "get_video_mute": reads(
        "Read whether the picture is muted", input={"output": _OUTPUT}, gives={"mute": FLAG}, mock={"mute": False}, synonyms=["blank"]
    ),
    "set_video_mute": writes(
        "Mute the picture, or take the mute away",
        synonyms=["blank the picture", "mute the display"],
        input={"output": _OUTPUT, "mute": FLAG},
        restore={"read": "get_video_mute", "with": {"mute": "{{ before.mute }}"}},
        mock=DONE,
    ),
    "get_mute": reads(
        "Read whether the sound is muted",
        input={"output": _OUTPUT},
        gives={"mute": FLAG},
        mock={"mute": False},
        synonyms=["check the mute"],
    ),
    "set_mute": writes(
        "Mute the sound, or take the mute away",
        synonyms=["mute the audio", "unmute the audio"],
        input={"output": _OUTPUT, "mute": FLAG},
        restore={"read": "get_mute", "with": {"mute": "{{ before.mute }}"}},
        mock=DONE,
    ),
    "get_volume": reads("Read the volume, 0 to 100", input={"output": _OUTPUT}, gives={"volume": COUNT}, mock={"volume": 50}),
    "set_volume": writes(
        "Set the volume, 0 to 100",
        synonyms=["adjust the volume"],
        input={"output": _OUTPUT, "volume": {"type": "integer", "minimum": 0, "maximum": 100}},
        restore={"read": "get_volume", "with": {"volume": "{{ before.volume }}"}},
        mock=DONE,
    ),
    "get_gain": reads(
        "Read a group master's level in dB", input={"group": _GROUP}, gives={"gain": {"type": "number"}}, mock={"gain": -10.0}
    ),
    "set_gain": writes(
        "Set a group master's level in dB",
        synonyms=["set the level", "adjust the gain"],
        input={"group": _GROUP, "gain": {"type": "number", "minimum": -100, "maximum": 12, "multipleOf": 0.1}},
        restore={"read": "get_gain", "with": {"gain": "{{ before.gain }}"}},
        mock=DONE,
    ),
    "recall_preset": writes(
        "Recall a global preset", synonyms=["load the preset", "recall the preset"], input={"preset": _PRESET}, mock=DONE
    ),
    "save_preset": writes("Save the present ties as a global preset; what it held before is lost", input={"preset": _PRESET}, mock=DONE),
    "get_info": reads(
        "Read firmware, part number and the device's own description",
        synonyms=["firmware version", "check the switcher"],
        gives={"firmware": TEXT, "part": TEXT, "info": TEXT},
        mock={"firmware": "1.07", "part": "60-0000-01", "info": "V08X04 A08X04"},
    ),
    "reboot": interrupts("Restart the device", synonyms=["reboot the switcher", "restart the switcher"], mock=DONE),
}
