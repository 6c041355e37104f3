"""Whether a host answers."""

from __future__ import annotations

from avops.model.devices.writing import FLAG, NUMBER, nullable, reads

ACTIONS = {
    "ping": reads(
        "See whether a host answers; one that does not is a result, not an error",
        synonyms=["ping the device", "is the device online", "reachable", "check the network"],
        gives={"reachable": FLAG, "latency_ms": nullable(NUMBER), "method": {"enum": ["icmp", "tcp"]}},
        mock={"reachable": True, "latency_ms": 1.0, "method": "icmp"},
    ),
}
