"""What a PJLink projector or display can do (PJLink Specifications 2.00, JBMIA 2017, section 4)."""

from __future__ import annotations

from avops.model.devices.writing import COUNT, DONE, FLAG, ON_OFF, TEXT, listing, nullable, reads, writes

_POWER = {"enum": ["cooling", "off", "on", "warming"]}
_CONDITION = {"enum": ["ok", "warning", "error"]}
_INPUT = {
    "type": "string",
    "pattern": "^((rgb|video|digital|storage|network|internal)[1-9A-Z]|[1-6][1-9A-Z])$",
    "description": "Kind and number, such as digital1 (most often HDMI 1), or the two characters of the device's manual, such as 31",
}
_VOLUME = {"direction": {"enum": ["down", "up"]}}

ACTIONS = {
    "get_power": reads(
        "Read whether the device is on, off, warming up or cooling down",
        synonyms=["check the power", "power state", "projector power", "display power"],
        gives={"power": _POWER, "target": ON_OFF},
        mock={"power": "on", "target": "on"},
    ),
    "set_power": writes(
        "Switch the device on, or off to standby",
        synonyms=["turn on the projector", "turn off the projector", "power on the display", "switch on the display"],
        input={"power": ON_OFF},
        gives={"power": ON_OFF},
        restore={"read": "get_power", "with": {"power": "{{ before.target }}"}},
        mock={"power": "on"},
    ),
    "get_input": reads(
        "Read which input is shown",
        synonyms=["check the input", "selected input", "check the source"],
        gives={"input": TEXT, "code": TEXT},
        mock={"input": "digital1", "code": "31"},
    ),
    "set_input": writes(
        "Select the input",
        synonyms=["switch the input", "change the source", "select the source"],
        input={"input": _INPUT},
        gives={"input": TEXT},
        restore={"read": "get_input", "with": {"input": "{{ before.input }}"}},
        mock={"input": "digital1"},
    ),
    "list_inputs": reads(
        "List the inputs, with their names where the device has them (class 2)",
        gives={"inputs": listing({"input": TEXT, "code": TEXT, "name": nullable(TEXT)})},
        mock={"inputs": [{"input": "digital1", "code": "31", "name": "HDMI 1"}]},
    ),
    "get_mute": reads(
        "Read whether picture and sound are muted",
        synonyms=["check the mute", "shutter state", "blank screen"],
        gives={"video": FLAG, "audio": FLAG},
        mock={"video": False, "audio": False},
    ),
    "set_mute": writes(
        "Mute picture, sound or both, or take the mute away; what is left out stays as it is",
        synonyms=["mute the picture", "close the shutter", "open the shutter", "mute the sound"],
        input={"video": {**FLAG, "required": False}, "audio": {**FLAG, "required": False}},
        restore={"read": "get_mute", "with": {"video": "{{ before.video }}", "audio": "{{ before.audio }}"}},
        mock=DONE,
    ),
    "get_errors": reads(
        "Read what the device reports about fan, lamp, temperature, cover, filter and the rest",
        synonyms=["error status", "check for errors", "projector errors"],
        gives=dict.fromkeys(("fan", "lamp", "temperature", "cover", "filter", "other", "worst"), _CONDITION),
        mock=dict.fromkeys(("fan", "lamp", "temperature", "cover", "filter", "other", "worst"), "ok"),
    ),
    "get_lamps": reads(
        "Read the hours of each lamp and whether it is lit",
        synonyms=["lamp hours", "check the lamp"],
        gives={"lamps": listing({"hours": COUNT, "on": FLAG}), "hours": COUNT},
        mock={"lamps": [{"hours": 1200, "on": True}], "hours": 1200},
    ),
    "get_info": reads(
        "Read name, manufacturer, product and PJLink class; serial number and software version with class 2",
        gives={
            "name": TEXT,
            "manufacturer": TEXT,
            "product": TEXT,
            "other": TEXT,
            "class": {"enum": [1, 2]},
            "serial": nullable(TEXT),
            "version": nullable(TEXT),
        },
        mock={
            "name": "Mock projector",
            "manufacturer": "Example",
            "product": "P-1",
            "other": "",
            "class": 2,
            "serial": "0000001",
            "version": "1.00",
        },
    ),
    "get_resolution": reads(
        "Read the resolution of the signal and the one the device recommends (class 2); null without a signal",
        gives={"signal": nullable(TEXT), "recommended": nullable(TEXT)},
        mock={"signal": "1920x1080", "recommended": "1920x1080"},
    ),
    "get_filter": reads(
        "Read the hours of the filter and the part numbers of filter and lamp (class 2)",
        synonyms=["filter hours", "check the filter"],
        gives={"hours": nullable(COUNT), "filters": {"type": "array", "items": TEXT}, "lamps": {"type": "array", "items": TEXT}},
        mock={"hours": 300, "filters": ["F-1"], "lamps": ["L-1"]},
    ),
    "get_freeze": reads(
        "Read whether the picture is frozen (class 2)",
        gives={"freeze": ON_OFF},
        mock={"freeze": "off"},
    ),
    "set_freeze": writes(
        "Freeze the picture, or let it go on (class 2)",
        input={"freeze": ON_OFF},
        gives={"freeze": ON_OFF},
        restore={"read": "get_freeze", "with": {"freeze": "{{ before.freeze }}"}},
        mock={"freeze": "off"},
    ),
    "step_speaker_volume": writes(
        "Turn the speaker up or down by one step (class 2)", input=_VOLUME, idempotent=False, mock=DONE, synonyms=["turn the volume up"]
    ),
    "step_microphone_volume": writes("Turn the microphone up or down by one step (class 2)", input=_VOLUME, idempotent=False, mock=DONE),
}
