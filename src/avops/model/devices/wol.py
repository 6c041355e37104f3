"""What can be done for a device that sleeps: the magic packet (AMD, Magic Packet Technology, 1995)."""

from __future__ import annotations

from avops.model.devices.writing import FLAG, writes

ACTIONS = {
    "wake": writes(
        "Send the packet that wakes a device; nothing answers it, so look afterwards whether the device is there",
        synonyms=["wake the computer", "wake on lan", "wake up the pc"],
        input={
            "mac": {
                "type": "string",
                "pattern": "^[0-9A-Fa-f]{2}([:-]?[0-9A-Fa-f]{2}){5}$",
                "description": "The device's MAC address, from the room list",
            }
        },
        gives={"sent": FLAG},
        mock={"sent": True},
    ),
}
