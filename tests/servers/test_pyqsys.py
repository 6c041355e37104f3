"""The simulated Core against `pyqsys`, a QRC client that others wrote."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from avops.sim.qrc import SimulatedCore


def test_a_foreign_client_gets_on_with_the_simulated_core():
    async def main() -> dict:
        device = SimulatedCore(
            controls={"MainGain": -12.0},
            components={"My Gain": {"gain": 0.0}},
            snapshots={"Scenes": {1: {"MainGain": -3.0}}},
            user="avops",
            password="1234",
        )
        await device.start()
        client = await asyncio.create_subprocess_exec(
            sys.executable, Path(__file__).parent / "qrc_client.py", str(device.port), stdout=asyncio.subprocess.PIPE
        )
        output, _ = await client.communicate()
        await device.close()
        assert client.returncode == 0, "is pyqsys installed? `make test-servers` does it"
        return json.loads(output)

    answers = asyncio.run(main())
    assert answers["status"]["DesignName"] == "Simulated"
    assert [answers[key][0]["Value"] for key in ("gain", "set", "recalled")] == [-12.0, -6.0, -3.0]
    assert answers["component"]["Controls"][0]["Value"] == 0.0
    assert answers["controls"]["Name"] == "My Gain"
    assert [row["Name"] for row in answers["components"]] == ["My Gain"]
    assert answers["unknown"]["Code"] == 7
