"""What an SNMP agent can do (RFC 3416)."""

from __future__ import annotations

from avops.model.devices.writing import FLAG, TEXT, listing, reads, writes

_OID = {"type": "string", "pattern": r"^\.?[0-2](\.[0-9]{1,10}){1,127}$", "description": "The object, in numbers"}
_TYPES = ["bytes", "counter", "gauge", "integer", "ip", "null", "oid", "text", "ticks"]
_VALUE = {"type": ["integer", "string", "null"]}

ACTIONS = {
    "get": reads(
        "Read one object; bytes that are no text come as 0x and hexadecimal digits",
        synonyms=["read the oid", "snmp get"],
        input={"oid": _OID},
        gives={"oid": TEXT, "type": {"enum": _TYPES}, "value": _VALUE},
        mock={"oid": "1.3.6.1.2.1.1.1.0", "type": "text", "value": "Mock device"},
    ),
    "set": writes(
        "Set one object to a value",
        synonyms=["snmp set"],
        input={
            "oid": _OID,
            "type": {"enum": ["bytes", "gauge", "integer", "ip", "oid", "text", "ticks"]},
            "value": {"type": ["integer", "string"]},
        },
        restore={"read": "get", "with": {"type": "{{ before.type }}", "value": "{{ before.value }}"}},
        mock={"done": True},
    ),
    "walk": reads(
        "Read all objects below one, at most so many",
        synonyms=["snmp walk"],
        input={"oid": _OID, "most": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 200}},
        gives={"rows": listing({"oid": TEXT, "type": {"enum": _TYPES}, "value": _VALUE}), "complete": FLAG},
        mock={"rows": [{"oid": "1.3.6.1.2.1.1.1.0", "type": "text", "value": "Mock device"}], "complete": True},
    ),
}
