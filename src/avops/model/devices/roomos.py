"""What a Cisco RoomOS device can do (RoomOS API Reference Guide, xAPI)."""

from __future__ import annotations

from avops.model.devices.writing import COUNT, DONE, FLAG, ON_OFF, TEXT, interrupts, listing, nullable, reads, writes

_PATH = {
    "type": "string",
    "pattern": r"^[A-Za-z0-9]+([/ ][A-Za-z0-9]+){0,12}$",
    "description": "As the guide writes it, such as Audio/Volume",
}
_ANY: dict[str, object] = {"type": ["array", "object", "string", "null"]}

ACTIONS = {
    "get_power": reads(
        "Read whether the device is awake or on standby",
        synonyms=["standby state", "check the power"],
        gives={"power": {"enum": ["entering_standby", "half_wake", "on", "standby"]}, "target": ON_OFF},
        mock={"power": "on", "target": "on"},
    ),
    "set_power": writes(
        "Wake the device, or put it on standby",
        synonyms=["wake up the codec", "put the codec on standby"],
        input={"power": ON_OFF},
        restore={"read": "get_power", "with": {"power": "{{ before.target }}"}},
        mock=DONE,
    ),
    "get_volume": reads("Read the volume, 0 to 100", gives={"volume": COUNT}, mock={"volume": 50}),
    "set_volume": writes(
        "Set the volume, 0 to 100",
        synonyms=["adjust the volume"],
        input={"volume": {"type": "integer", "minimum": 0, "maximum": 100}},
        restore={"read": "get_volume", "with": {"volume": "{{ before.volume }}"}},
        mock=DONE,
    ),
    "get_mute": reads("Read whether the microphones are muted", gives={"mute": FLAG}, mock={"mute": False}),
    "set_mute": writes(
        "Mute the microphones, or take the mute away",
        synonyms=["mute the microphones", "unmute the microphones"],
        input={"mute": FLAG},
        restore={"read": "get_mute", "with": {"mute": "{{ before.mute }}"}},
        mock=DONE,
    ),
    "get_input": reads("Read which source is the main picture", gives={"input": COUNT}, mock={"input": 1}),
    "set_input": writes(
        "Select the main picture's source",
        synonyms=["select the source", "switch the input"],
        input={"input": {"type": "integer", "minimum": 1, "maximum": 32}},
        restore={"read": "get_input", "with": {"input": "{{ before.input }}"}},
        mock=DONE,
    ),
    "get_calls": reads(
        "Read the calls that are going on",
        synonyms=["in a call", "call status", "active calls"],
        gives={"in_call": FLAG, "calls": listing({"status": TEXT, "remote": TEXT})},
        mock={"in_call": False, "calls": []},
    ),
    "dial": writes(
        "Call a number or an address",
        synonyms=["place a test call", "call the number"],
        input={"number": {"type": "string", "pattern": r"^[^\s<>&\"']{1,255}$"}},
        idempotent=False,
        gives={"call": TEXT},
        mock={"call": "1"},
    ),
    "hang_up": interrupts("End all calls", synonyms=["disconnect the call", "end the call"], idempotent=True, mock=DONE),
    "get_people": reads(
        "Read how many people the device counts; null when it does not know", gives={"people": nullable(COUNT)}, mock={"people": 0}
    ),
    "get_diagnostics": reads(
        "Read the messages of the device's self-test",
        synonyms=["check the diagnostics", "codec issues"],
        gives={"messages": listing({"level": TEXT, "type": TEXT, "description": TEXT})},
        mock={"messages": []},
    ),
    "get_info": reads(
        "Read product, software and serial number",
        synonyms=["software version", "check the codec"],
        gives={"product": TEXT, "software": TEXT, "serial": TEXT},
        mock={"product": "Cisco Room Kit", "software": "RoomOS 11", "serial": "FOC0000X0XX"},
    ),
    "get_status": reads("Read any status", input={"path": _PATH}, gives={"value": _ANY}, mock={"value": "50"}),
    "get_configuration": reads("Read any configuration", input={"path": _PATH}, gives={"value": _ANY}, mock={"value": "50"}),
    "set_configuration": writes(
        "Set one configuration to a value",
        input={"path": _PATH, "value": {"type": "string", "maxLength": 1000}},
        restore={"read": "get_configuration", "with": {"value": "{{ before.value }}"}},
        mock=DONE,
    ),
    "reboot": interrupts("Restart the device", synonyms=["restart the codec", "reboot the codec"], mock=DONE),
}
