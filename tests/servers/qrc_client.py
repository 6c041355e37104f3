"""A program that speaks QRC through `pyqsys`, which others wrote: logs on, and prints what the Core on a port answers."""

from __future__ import annotations

import json
import sys

from pyqsys import Core  # type: ignore[import-not-found]  # installed beside the foreign servers only

core = Core("127.0.0.1", int(sys.argv[1]))
core.connect()
try:
    core.logon("avops", "1234")
    answers = {"status": core.status_get(), "gain": core.Control.get("MainGain")}
    core.Control.set("MainGain", -6.0)
    answers["set"] = core.Control.get("MainGain")
    core.Snapshot.load("Scenes", 1, 0.5)
    answers["recalled"] = core.Control.get("MainGain")
    answers["component"] = core.Component.get("My Gain", [{"Name": "gain"}])
    answers["controls"] = core.Component.get_controls("My Gain")
    answers["components"] = core.Component.get_components()
    answers["unknown"] = core.Component.get_controls("Nowhere")
finally:
    core.close()
print(json.dumps(answers))
