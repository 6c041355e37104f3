"""For each kind of device with a simulator: how to make one, and calls that every kind has in some form."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from avops.connectors.registry import open_tool
from avops.connectors.secrets import EnvironmentSecrets
from avops.model.tool import Tool as Manifest
from avops.sim.companion import SimulatedCompanion
from avops.sim.pjlink import SimulatedProjector
from avops.sim.qrc import SimulatedCore
from avops.sim.roomos import SimulatedCodec
from avops.sim.shure import SimulatedShure
from avops.sim.sis import SimulatedSwitcher
from avops.sim.tesira import SimulatedTesira

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from avops.ports import Clock, Tool
    from avops.sim.device import SimulatedDevice

MANIFEST = TypeAdapter(Manifest)
SECRET = "JBMIAProjectorLink"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of device. `read` gives `expected`; `write` makes `read_back` of it and is marked `mark` in the journal."""

    name: str
    device: Callable[[], SimulatedDevice]
    protected: Callable[[], SimulatedDevice] | None = None
    """The device with the password `SECRET`."""
    manifest: dict[str, object] = field(default_factory=dict)
    login: dict[str, object] = field(default_factory=dict)
    """What the manifest says beside that for a protected device."""
    read: tuple[str, dict[str, object]]
    read_mark: str
    expected: object
    write: tuple[str, dict[str, object]]
    write_mark: str
    read_back: object
    refused: tuple[str, dict[str, object]]
    """A call that the device refuses."""
    unsolicited: bytes = b""
    """What a device may say by itself."""
    reads: dict[str, dict[str, object]] = field(default_factory=dict)
    """Arguments of reads that need some; all other reads are called without."""
    writes: dict[str, dict[str, object]] = field(default_factory=dict)
    """Arguments of every write, each a change of what the device begins with."""
    text_argument: tuple[str, str] = ("", "")
    """An action and its argument that takes any text."""


LINES = {
    kind.name: kind
    for kind in (
        Kind(
            name="pjlink",
            device=lambda: SimulatedProjector(power="on"),
            protected=lambda: SimulatedProjector(power="on", password=SECRET),
            login={"credential": "env:SECRET"},
            read=("get_input", {}),
            read_mark="INPT ?",
            expected={"input": "rgb1", "code": "11"},
            write=("set_input", {"input": "digital2"}),
            write_mark="INPT 32",
            read_back={"input": "digital2", "code": "32"},
            refused=("set_input", {"input": "storage7"}),
            writes={
                "set_power": {"power": "off"},
                "set_input": {"input": "network1"},
                "set_mute": {"video": True, "audio": False},
                "set_freeze": {"freeze": "on"},
                "step_speaker_volume": {"direction": "up"},
                "step_microphone_volume": {"direction": "down"},
            },
            text_argument=("set_input", "input"),
        ),
        Kind(
            name="qrc",
            device=lambda: SimulatedCore(snapshots={"Scenes": {1: {"MainGain": -3.0}}}),
            protected=lambda: SimulatedCore(user="avops", password=SECRET),
            login={"user": "avops", "credential": "env:SECRET"},
            read=("get_gain", {"control": "MainGain"}),
            read_mark="Control.Get",
            expected={"gain": -12.0, "text": "-12.0dB"},
            write=("set_gain", {"control": "MainGain", "gain": -20}),
            write_mark="Control.Set",
            read_back={"gain": -20.0, "text": "-20.0dB"},
            refused=("set_gain", {"control": "Nowhere", "gain": 0}),
            unsolicited=b'{"jsonrpc":"2.0","method":"EngineStatus","params":{"State":"Active"}}\0',
            reads={
                "get_control": {"control": "MainGain"},
                "get_controls": {"component": "Mic 1", "controls": ["gain", "mute"]},
                "get_gain": {"component": "Mic 1"},
                "get_mute": {"component": "Mic 1"},
                "list_controls": {"component": "Mic 1"},
            },
            writes={
                "set_control": {"control": "MainGain", "value": -1.5, "ramp": 0.5},
                "set_gain": {"component": "Mic 1", "gain": -40},
                "set_mute": {"component": "Mic 1", "mute": True},
                "recall_snapshot": {"bank": "Scenes", "number": 1},
                "save_snapshot": {"bank": "Scenes", "number": 2},
            },
            text_argument=("get_control", "control"),
        ),
        Kind(
            name="sis",
            device=lambda: SimulatedSwitcher(presets={5: {1: 2}}),
            protected=lambda: SimulatedSwitcher(password=SECRET),
            login={"credential": "env:SECRET"},
            read=("get_input", {"output": 3}),
            read_mark="3%",
            expected={"input": 1},
            write=("set_input", {"input": 5, "output": 3}),
            write_mark="5*3!",
            read_back={"input": 5},
            refused=("set_input", {"input": 99, "output": 1}),
            unsolicited=b"Out01 In02 All\r\n",
            reads={name: {"output": 2} for name in ("get_input", "get_video_mute", "get_mute", "get_volume")} | {"get_gain": {"group": 1}},
            writes={
                "set_input": {"output": 2, "input": 6, "signal": "video"},
                "set_video_mute": {"output": 2, "mute": True},
                "set_mute": {"output": 2, "mute": True},
                "set_volume": {"output": 2, "volume": 7},
                "set_gain": {"group": 1, "gain": -12.3},
                "recall_preset": {"preset": 5},
                "save_preset": {"preset": 6},
                "reboot": {},
            },
            text_argument=("get_input", "signal"),
        ),
        Kind(
            name="tesira",
            device=lambda: SimulatedTesira(presets={1001: {"Level1": {"level 1": -20.0}}}, faults=["Fan failed"]),
            protected=lambda: SimulatedTesira(user="avops", password=SECRET),
            login={"user": "avops", "credential": "env:SECRET"},
            read=("get_gain", {"tag": "Lobby mics"}),
            read_mark="get level",
            expected={"gain": -6.0},
            write=("set_gain", {"tag": "Lobby mics", "gain": -12.5}),
            write_mark="set level",
            read_back={"gain": -12.5},
            refused=("set_gain", {"tag": "Nowhere", "gain": 0}),
            unsolicited=b'! "publishToken":"x" "value":1.0\r\n',
            reads={
                "get_gain": {"tag": "Level1"},
                "get_mute": {"tag": "Level1", "channel": 2},
                "get_input": {"tag": "SourceSelector1"},
                "get_attribute": {"tag": "Level1", "attribute": "level", "index": [1]},
            },
            writes={
                "set_gain": {"tag": "Level1", "channel": 2, "gain": -33},
                "set_mute": {"tag": "Lobby mics", "mute": True},
                "set_input": {"tag": "SourceSelector1", "input": 3},
                "set_attribute": {"tag": "Level1", "attribute": "level", "index": [1], "value": -4.5},
                "recall_preset": {"preset": 1001},
                "save_preset": {"preset": "Morning setup"},
                "reboot": {},
            },
            text_argument=("get_gain", "tag"),
        ),
        Kind(
            name="shure",
            device=lambda: SimulatedShure(receiver=True, presets={2: {1: "000"}}),
            manifest={"gain": "receiver"},
            read=("get_gain", {"channel": 1}),
            read_mark="GET 1 AUDIO_GAIN",
            expected={"gain": 0.0},
            write=("set_gain", {"channel": 1, "gain": 10}),
            write_mark="SET 1 AUDIO_GAIN",
            read_back={"gain": 10.0},
            refused=("set_gain", {"channel": 9, "gain": 0}),
            unsolicited=b"< REP 2 AUDIO_GAIN 040 >< SAMPLE 1 ALL XB 040 003 >",
            writes={
                "set_gain": {"channel": 2, "gain": -7},
                "set_mute": {"channel": 1, "mute": True},
                "recall_preset": {"preset": 2},
                "flash": {},
            },
            reads={"get_gain": {"channel": 1}, "get_battery": {"channel": 1}, "get_mute": {"channel": 2}},
        ),
    )
}


HTTP = {
    kind.name: kind
    for kind in (
        Kind(
            name="companion",
            device=lambda: SimulatedCompanion(buttons={"1/0/2": {"cue": "live"}}, variables={"cue": "intro"}),
            read=("get_variable", {"variable": "cue"}),
            read_mark="GET /api/custom-variable/cue",
            expected={"value": "intro"},
            write=("set_variable", {"variable": "cue", "value": "outro"}),
            write_mark="POST /api/custom-variable/cue",
            read_back={"value": "outro"},
            refused=("press_button", {"page": 1, "row": 9, "column": 9}),
            reads={"get_variable": {"variable": "time_hms", "connection": "internal"}},
            writes={"press_button": {"page": 1, "row": 0, "column": 2}, "set_variable": {"variable": "cue", "value": "a & b / ü"}},
            text_argument=("get_variable", "variable"),
        ),
        Kind(
            name="roomos",
            device=lambda: SimulatedCodec(password=SECRET, diagnostics={"ECReferenceDelay": "The delay is wrong."}),
            protected=lambda: SimulatedCodec(password=SECRET),
            manifest={"tls": False, "user": "avops", "credential": "env:SECRET"},
            read=("get_volume", {}),
            read_mark="GET /getxml?location=/Status/Audio/Volume",
            expected={"volume": 50},
            write=("set_volume", {"volume": 30}),
            write_mark="<Level>30<",
            read_back={"volume": 30},
            refused=("set_input", {"input": 9}),
            reads={name: {"path": path} for name, path in (("get_status", "Audio"), ("get_configuration", "Audio/DefaultVolume"))},
            writes={
                "set_power": {"power": "off"},
                "set_volume": {"volume": 100},
                "set_mute": {"mute": True},
                "set_input": {"input": 3},
                "dial": {"number": "room@example.org"},
                "hang_up": {},
                "set_configuration": {"path": "Audio/DefaultVolume", "value": "<60>"},
                "reboot": {},
            },
            text_argument=("set_configuration", "value"),
        ),
    )
}
KINDS = LINES | HTTP


@asynccontextmanager
async def bench(
    kind: Kind, *, protected: bool = False, secret: str = SECRET, clock: Clock | None = None, **more: object
) -> AsyncIterator[tuple[Tool, SimulatedDevice]]:
    """A tool and the simulated device behind it; both are closed at the end."""
    make = kind.protected if protected else kind.device
    assert make is not None
    device = make()
    await device.start()
    tool = tool_for(kind, device.port, secret=secret, clock=clock, **(kind.login if protected else {}), **more)
    try:
        yield tool, device
    finally:
        await tool.close()
        await device.close()


def tool_for(kind: Kind, port: int, *, secret: str = SECRET, clock: Clock | None = None, **more: object) -> Tool:
    """A tool for what listens on a port of this machine."""
    data = {"name": "device", "kind": kind.name, "host": "127.0.0.1", "port": port, **kind.manifest, **more}
    manifest = MANIFEST.validate_python({key: value for key, value in data.items() if value is not None})
    return open_tool(manifest, EnvironmentSecrets({"SECRET": secret}), Path(), clock=clock)
