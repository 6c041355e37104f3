"""The simulated devices as people see them: state, faults, and what a site file says."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from avops.errors import AvopsError, UsageError
from avops.sim.devices import KINDS, make_device
from avops.sim.pjlink import SimulatedProjector
from avops.sim.server import serve
from avops.sim.site import load_site


def exchange(device, *commands: bytes) -> bytes:
    """All that the device says to these commands, until it has answered the last one or dropped the connection."""

    async def main() -> bytes:
        await device.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", device.port)
        said = b""
        writer.writelines(commands)
        writer.write_eof()
        while data := await reader.read(65536):
            said += data
        writer.close()
        await writer.wait_closed()
        await device.close()
        return said

    return asyncio.run(main())


def test_a_projector_warms_up_and_cools_down():
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    projector = SimulatedProjector(warm_up_s=30, cool_down_s=60, now=lambda: now[0])
    assert projector.power == "off"
    projector.switch("on")
    assert projector.power == "warming"
    assert exchange(projector, b"%1POWR ?\r%1INPT ?\r%1POWR 0\r") == b"PJLINK 0\r%1POWR=3\r%1INPT=ERR3\r%1POWR=ERR3\r"
    now[0] += timedelta(seconds=30)
    assert projector.power == "on"
    projector.switch("off")
    assert projector.power == "cooling"
    now[0] += timedelta(seconds=60)
    assert projector.power == "off"


def test_a_recalled_snapshot_changes_the_controls():
    core = make_device("qrc", {"controls": {"Main": -10.0}, "snapshots": {"Scenes": {1: {"Main": -3.0}}}})
    load = b'{"jsonrpc":"2.0","method":"Snapshot.Load","params":{"Name":"Scenes","Bank":1},"id":1}\0'
    assert b'"result": true' in exchange(core, load)
    assert core.controls == {"Main": -3.0}


def test_a_core_says_its_state_when_it_changes():
    async def main() -> None:
        core = make_device("qrc", {})
        await core.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", core.port)
        assert b'"Active"' in await reader.readuntil(b"\0")
        core.change_state("Standby")
        assert b'"Standby"' in await reader.readuntil(b"\0")
        writer.close()
        await writer.wait_closed()
        await core.close()

    asyncio.run(main())


def test_a_recalled_preset_changes_the_ties_and_the_levels():
    switcher = make_device("sis", {"presets": {5: {1: 7}}})
    assert b"Rpr05\r\n07\r\n" in exchange(switcher, b"5.1%")
    tesira = make_device("tesira", {"blocks": {"L": {"level 1": 0.0}}, "presets": {1001: {"L": {"level 1": -9.0}}}})
    assert b'+OK "value":-9.000000' in exchange(tesira, b"DEVICE recallPreset 1001\nL get level 1\n")
    array = make_device("shure", {"presets": {2: {1: "1000"}}})
    assert exchange(array, b"< SET PRESET 02 >< GET 01 AUDIO_GAIN_HI_RES >") == b"< REP PRESET 02 >< REP 01 AUDIO_GAIN_HI_RES 1000 >"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_a_site_file_may_not_say(kind):
    with pytest.raises(UsageError, match="'colour' is no property of a simulated"):
        make_device(kind, {"colour": "red"})


def test_unknown_kinds_and_faults():
    with pytest.raises(UsageError, match="expected one of: companion, pjlink, qrc, roomos, shure, sis, tesira"):
        make_device("toaster", {})
    projector = make_device("pjlink", {})
    with pytest.raises(UsageError, match="'tired' is no fault of a device"):
        projector.fail("tired")
    with pytest.raises(UsageError, match="how many times"):
        projector.fail("cut", times=0)


SITE = """\
rooms: [{room: A}]
devices:
  - {kind: pjlink, name: projector-a, password: secret, power: "on", faults: [{kind: no_answer, command: POWR, times: 1}]}
  - {kind: qrc, components: {Mic 1: {gain: -10.0}}}
  - {kind: sis, inputs: 4, outputs: 0}
  - {kind: tesira}
  - {kind: shure, receiver: true}
"""


def test_a_site_file_has_devices(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_text(SITE, encoding="utf-8")

    async def main() -> None:
        simulator = await serve(site=load_site(path))
        assert sorted(simulator.devices) == ["projector-a", "qrc", "shure", "sis", "tesira"]
        reader, writer = await asyncio.open_connection("127.0.0.1", simulator.devices["projector-a"].port)
        assert (await reader.readuntil(b"\r")).startswith(b"PJLINK 1 ")
        writer.close()
        await writer.wait_closed()
        await simulator.close()
        await simulator.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("devices", "message"),
    [
        ("5", "'devices' is a list"),
        ("[{name: x}]", "needs its 'kind'"),
        ("[{kind: qrc}, {kind: qrc}]", "'qrc' is there twice"),
        ("[{kind: toaster}]", "'toaster' is no kind"),
        ("[{kind: qrc, port: 70000}]", "'70000' is not a port"),
        ("[{kind: qrc, faults: 5}]", "'faults' of the device 'qrc' is a list"),
        ("[{kind: qrc, faults: [tired]}]", "'tired' is no fault"),
        ("[{kind: pjlink, inputs: 5}]", "cannot be made"),
    ],
)
def test_a_site_file_with_devices_that_are_none(tmp_path, devices, message):
    path = tmp_path / "site.yaml"
    path.write_text(f"rooms: [{{room: A}}]\ndevices: {devices}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        load_site(path)


def test_a_port_that_is_taken_leaves_nothing_running(tmp_path):
    async def main() -> None:
        first = make_device("pjlink", {})
        await first.start()
        path = tmp_path / "site.yaml"
        path.write_text(f"rooms: [{{room: A}}]\ndevices: [{{kind: qrc}}, {{kind: pjlink, port: {first.port}}}]\n", encoding="utf-8")
        with pytest.raises(AvopsError, match="cannot listen"):
            await serve(site=load_site(path))
        await first.close()

    asyncio.run(main())


def request(method: str, target: str, body: str = "", login: str = "") -> bytes:
    head = f"{method} {target} HTTP/1.1\r\nHost: codec\r\n{f'Authorization: Basic {login}' + chr(13) + chr(10) if login else ''}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


LOGIN = "YXZvcHM6c2VjcmV0"  # avops:secret, in base64


def test_a_companion_presses_buttons_that_set_variables():
    companion = make_device("companion", {"buttons": {"1/0/2": {"cue": "live"}}, "variables": {"cue": "intro"}})
    said = exchange(companion, request("POST", "/api/location/1/0/2/press"), request("GET", "/api/custom-variable/cue/value"))
    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert said.endswith(b"\r\n\r\nlive")
    assert exchange(companion, request("POST", "/api/location/1/9/9/press")) == b"HTTP/1.1 204 No Content\r\n\r\n"
    assert b" 404 " in exchange(companion, request("GET", "/api/variable/obs/scene/value"))
    assert b" 404 " in exchange(companion, request("GET", "/anything"))
    assert b" 403 " in exchange(make_device("companion", {"enabled": False}), request("GET", "/api/variable/internal/time_hms/value"))


def test_a_codec_wants_a_login_and_keeps_its_state():
    codec = make_device("roomos", {"people": 4})
    assert b" 401 " in exchange(codec, request("GET", "/getxml?location=/Status/Audio"))
    assert b"<Current>4</Current>" in exchange(codec, request("GET", "/getxml?location=/Status/RoomAnalytics/PeopleCount", login=LOGIN))
    dial = "<Command><Dial><Number>a@b.example</Number></Dial></Command>"
    boot = "<Command><SystemUnit><Boot><Action>Restart</Action></Boot></SystemUnit></Command>"
    assert b'<DialResult status="OK"><CallId>1</CallId>' in exchange(codec, request("POST", "/putxml", dial, LOGIN))
    assert b"<RemoteNumber>a@b.example</RemoteNumber>" in exchange(codec, request("GET", "/getxml?location=/Status/Call", login=LOGIN))
    exchange(codec, request("POST", "/putxml", boot, LOGIN))
    assert (codec.boots, codec.calls) == (1, {})


@pytest.mark.parametrize(
    ("method", "target", "body", "told"),
    [
        ("GET", "/getxml?location=/Status/Cameras", "", b"<EmptyResult />"),
        ("GET", "/getxml?location=/Nowhere", "", b"<EmptyResult />"),
        ("POST", "/putxml", "<Command><Fly/></Command>", b'status="Error"'),
        ("POST", "/putxml", "<Command><Audio><Volume><Set><Level>101</Level></Set></Volume></Audio></Command>", b"ParameterError"),
        ("POST", "/putxml", "<Configuration><Audio><Nothing>1</Nothing></Audio></Configuration>", b"<Error"),
        ("POST", "/putxml", "<Command>", b" 400 "),
        ("POST", "/putxml", "<!DOCTYPE x><Command/>", b" 400 "),
        ("DELETE", "/putxml", "", b" 404 "),
    ],
)
def test_what_a_codec_refuses(method, target, body, told):
    assert told in exchange(make_device("roomos", {}), request(method, target, body, LOGIN))
