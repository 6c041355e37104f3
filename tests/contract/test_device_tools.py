"""What every device tool promises, for each kind and each fault, against the simulated devices."""

from __future__ import annotations

import asyncio
import json

import jsonschema
import pytest
from tests.contract.device_benches import KINDS, LINES, MANIFEST, Kind, bench, tool_for

from avops.connectors.device_http import HttpDevices
from avops.connectors.line_session import LineDevices
from avops.connectors.registry import find_connector, open_tool
from avops.connectors.secrets import EnvironmentSecrets
from avops.engine.schema_check import input_error
from avops.errors import ToolError
from avops.expression import parse_value
from avops.model.devices import ROOM_LIST_ONLY
from avops.model.effect import Effect


class StoppedClock:
    """A clock whose sleepers wake when the test says so."""

    def __init__(self) -> None:
        self.sleepers: list[asyncio.Future[None]] = []

    def now(self):
        raise AssertionError("nothing here asks for the time")

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.sleepers.append(asyncio.get_running_loop().create_future())
        await self.sleepers[-1]

    async def tick(self) -> None:
        while not self.sleepers:
            await asyncio.sleep(0)
        self.sleepers.pop().set_result(None)


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture(params=sorted(LINES))
def line(request: pytest.FixtureRequest) -> Kind:
    """A kind with one connection of its own, on which every command is a line or a message."""
    return LINES[request.param]


@pytest.fixture(params=sorted(name for name, kind in KINDS.items() if kind.protected is not None))
def protected(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


def run(main) -> None:
    asyncio.run(main())


async def line_ends(tool) -> None:
    """Returns once the tool's side has seen that the connection is gone."""
    if isinstance(tool, HttpDevices):
        while not all(idle._wire.ended for pool in tool._pools.values() for idle in pool._idle):
            await asyncio.sleep(0)
        return
    for kept in tool._kept.values():
        while kept._session is not None and not kept._session.line.ended:
            await asyncio.sleep(0)


async def failure(tool, call: tuple[str, dict[str, object]]) -> ToolError:
    with pytest.raises(ToolError) as caught:
        await tool.call(*call)
    return caught.value


def test_a_read_gives_plain_data(kind):
    async def main() -> None:
        async with bench(kind) as (tool, _):
            result = await tool.call(*kind.read)
            assert result == kind.expected
            assert json.loads(json.dumps(result)) == result

    run(main)


def test_a_write_changes_what_is_read(kind):
    async def main() -> None:
        async with bench(kind) as (tool, device):
            result = await tool.call(*kind.write)
            jsonschema.validate(result, tool.manifest.actions[kind.write[0]].output)
            assert await tool.call(*kind.read) == kind.read_back
            assert device.connections == 1

    run(main)


def test_every_read_gives_what_its_output_schema_says(kind):
    async def main() -> None:
        async with bench(kind) as (tool, _):
            for name, action in tool.manifest.actions.items():
                if action.effect is Effect.READ:
                    arguments = kind.reads.get(name, {})
                    assert input_error(action, {**_defaults(action), **arguments}) is None, name
                    jsonschema.validate(await tool.call(name, arguments), action.output)

    run(main)


def test_every_write_is_done_and_its_restore_puts_the_state_back(kind):
    async def main() -> None:
        for name, given in kind.writes.items():
            async with bench(kind) as (tool, _):
                action = tool.manifest.actions[name]
                arguments = {**_defaults(action), **given}
                assert input_error(action, arguments) is None, name
                restore = action.restore
                if restore is None:
                    jsonschema.validate(await tool.call(name, arguments), action.output)
                    continue
                looking = {key: value for key, value in arguments.items() if key in tool.manifest.actions[restore.read].input}
                before = await tool.call(restore.read, looking)
                jsonschema.validate(await tool.call(name, arguments), action.output)
                assert await tool.call(restore.read, looking) != before, name
                back = parse_value(dict(restore.with_)).render({"before": before, "args": arguments})
                assert isinstance(back, dict)
                assert input_error(action, {**arguments, **back}) is None, name
                await tool.call(name, {**arguments, **back})
                assert await tool.call(restore.read, looking) == before, name

    run(main)


def test_no_write_was_forgotten(kind):
    manifest = tool_for(kind, 1).manifest
    assert set(kind.writes) == {name for name, action in manifest.actions.items() if action.effect is not Effect.READ}


def _defaults(action) -> dict[str, object]:
    return {name: schema["default"] for name, schema in action.input.items() if "default" in schema}


def test_an_action_that_is_not_there_did_not_happen(kind):
    async def main() -> None:
        async with bench(kind) as (tool, device):
            error = await failure(tool, ("dance", {}))
            assert "'dance'" in error.message
            assert kind.read[0] in error.message
            assert error.happened == "no"
            assert device.connections == 0

    run(main)


def test_what_the_device_refuses_did_not_happen(kind):
    async def main() -> None:
        async with bench(kind) as (tool, device):
            error = await failure(tool, kind.refused)
            assert error.happened == "no"
            assert "127.0.0.1" in error.message
            assert await tool.call(*kind.read) == kind.expected
            assert device.connections == 1

    run(main)


def test_nobody_listens(kind):
    async def main() -> None:
        async with bench(kind) as (tool, device):
            await device.close()
            error = await failure(tool, kind.write)
            assert error.happened == "no"
            assert "base_url" not in (error.hint or "")
            health = await tool.health()
            assert not health.ok
            assert health.detail
            assert health.hint

    run(main)


def test_health_asks_the_device(kind):
    async def main() -> None:
        async with bench(kind) as (tool, device):
            assert (await tool.health()).ok
            assert device.journal

    run(main)


def test_dropped_before_a_write_on_a_new_connection(kind):
    async def main() -> None:
        async with bench(kind) as (tool, device):
            device.fail("drop_before", kind.write_mark, 1)
            assert (await failure(tool, kind.write)).happened == "unknown"
            assert await tool.call(*kind.read) == kind.expected

    run(main)


def test_dropped_before_a_write_on_a_kept_connection(kind):
    async def main() -> None:
        async with bench(kind) as (tool, device):
            await tool.call(*kind.read)
            device.fail("drop_before", kind.write_mark, 1)
            assert (await failure(tool, kind.write)).happened == "unknown"
            assert await tool.call(*kind.read) == kind.expected
            assert sum(kind.write_mark in command for command in device.journal) == 1

    run(main)


def test_dropped_after_a_write(kind):
    async def main() -> None:
        async with bench(kind) as (tool, device):
            device.fail("drop_after", kind.write_mark, 1)
            assert (await failure(tool, kind.write)).happened == "unknown"
            assert await tool.call(*kind.read) == kind.read_back

    run(main)


@pytest.mark.parametrize("fault", ["cut", "garbage", "huge"])
def test_a_write_without_a_whole_answer(kind, fault):
    async def main() -> None:
        async with bench(kind) as (tool, device):
            device.fail(fault, kind.write_mark, 1)
            assert (await failure(tool, kind.write)).happened == "unknown"
            assert await tool.call(*kind.read) == kind.read_back

    run(main)


@pytest.mark.parametrize("fault", ["cut", "drop_after", "drop_before", "garbage", "huge"])
def test_a_read_on_a_kept_connection_is_asked_once_more(line, fault):
    async def main() -> None:
        async with bench(line) as (tool, device):
            await tool.call(*line.read)
            device.fail(fault, line.read_mark, 1)
            assert await tool.call(*line.read) == line.expected
            assert device.connections == 2

    run(main)


@pytest.mark.parametrize("fault", ["cut", "drop_after", "drop_before", "garbage", "huge"])
def test_a_read_that_never_gets_an_answer_fails(kind, fault):
    async def main() -> None:
        async with bench(kind) as (tool, device):
            await tool.call(*kind.read)
            device.fail(fault, kind.read_mark)
            error = await failure(tool, kind.read)
            assert error.happened == "no"
            assert "127.0.0.1" in error.message
            assert device.connections == (2 if kind.name in LINES else 1)

    run(main)


def test_no_answer_is_for_the_caller_to_bound(kind):
    async def main() -> None:
        async with bench(kind) as (tool, device):
            device.fail("no_answer", kind.write_mark, 1)
            call = asyncio.create_task(tool.call(*kind.write))
            await device.heard(kind.write_mark)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert await tool.call(*kind.read) == kind.read_back
            assert device.connections == 2

    run(main)


def test_a_device_that_starts_up_says_nothing(line, monkeypatch):
    monkeypatch.setattr(LineDevices, "greeting_timeout_s", 0.05)

    async def main() -> None:
        async with bench(line, protected=line.protected is not None) as (tool, device):
            device.fail("no_greeting", times=1)
            error = await failure(tool, line.write)
            assert error.happened == "no"
            assert "login" in error.message
            assert error.hint
            assert await tool.call(*line.read) == line.expected

    run(main)


def test_flapping(kind):
    async def main() -> None:
        async with bench(kind) as (tool, device):
            device.fail("flapping")
            assert (await failure(tool, kind.read)).happened == "no"
            assert await tool.call(*kind.read) == kind.expected

    run(main)


def test_a_connection_that_was_dropped_between_calls_is_opened_again(kind):
    """Nothing was sent on the old connection, so that a write is safe."""

    async def main() -> None:
        async with bench(kind) as (tool, device):
            await tool.call(*kind.read)
            device.drop_all()
            await line_ends(tool)
            await tool.call(*kind.write)
            assert await tool.call(*kind.read) == kind.read_back
            assert device.connections == 2

    run(main)


def test_many_calls_share_one_connection(line):
    async def main() -> None:
        async with bench(line) as (tool, device):
            assert await asyncio.gather(*(tool.call(*line.read) for _ in range(20))) == [line.expected] * 20
            assert device.connections == 1

    run(main)


def test_a_cancelled_caller_does_not_disturb_the_others(kind):
    async def main() -> None:
        async with bench(kind) as (tool, device):
            device.fail("no_answer", kind.read_mark, 1)
            first = asyncio.create_task(tool.call(*kind.read))
            await device.heard(kind.read_mark)
            others = [asyncio.create_task(tool.call(*kind.read)) for _ in range(3)]
            await asyncio.sleep(0)
            first.cancel()
            assert await asyncio.gather(*others) == [kind.expected] * 3

    run(main)


def test_what_a_device_says_by_itself_is_no_answer(line):
    async def main() -> None:
        async with bench(line) as (tool, device):
            await tool.call(*line.read)
            device.say_to_all(line.unsolicited)
            assert await tool.call(*line.read) == line.expected
            assert device.connections == 1

    run(main)


def test_login(protected):
    async def main() -> None:
        async with bench(protected, protected=True) as (tool, _):
            assert await tool.call(*protected.read) == protected.expected
            await tool.call(*protected.write)

    run(main)


def test_a_wrong_password_did_nothing(protected):
    async def main() -> None:
        async with bench(protected, protected=True, secret="wrong") as (tool, _):
            error = await failure(tool, protected.write)
            assert error.happened == "no"
            assert error.hint
            assert "wrong" not in str(error)

    run(main)


def test_a_refused_login_did_nothing(protected):
    async def main() -> None:
        async with bench(protected, protected=True) as (tool, device):
            device.fail("refused_login", times=1)
            assert (await failure(tool, protected.write)).happened == "no"
            assert await tool.call(*protected.read) == protected.expected

    run(main)


@pytest.mark.parametrize("name", sorted(name for name, kind in LINES.items() if kind.protected is not None))
def test_a_device_that_asks_for_a_password_nobody_wrote(name):
    kind = LINES[name]

    async def main() -> None:
        async with bench(kind, protected=True) as (_, device):
            without = tool_for(kind, device.port)
            error = await failure(without, kind.write)
            assert error.happened == "no"
            assert "credential" in (error.hint or "")
            await without.close()

    run(main)


def test_a_secret_that_is_missing_did_nothing(protected):
    async def main() -> None:
        async with bench(protected, protected=True, secret="") as (tool, _):
            error = await failure(tool, protected.write)
            assert error.happened == "no"
            assert "SECRET" in error.message

    run(main)


@pytest.mark.parametrize("character", ["\r", "\n", "\0", "\x1b", "\x7f", "\x85", "\u2028"])
def test_control_characters_reach_no_device(kind, character):
    async def main() -> None:
        action, argument = kind.text_argument if kind.text_argument[0] else ("get_info", "anything")
        async with bench(kind) as (tool, device):
            arguments = {**kind.reads.get(action, {}), argument: f"a{character}b"}
            error = await failure(tool, (action, arguments))
            assert error.happened == "no"
            assert "control characters" in error.message
            assert device.connections == 0

    run(main)


def test_a_quiet_connection_is_kept_alive_or_given_up(line):
    async def main() -> None:
        clock = StoppedClock()
        async with bench(line, clock=clock) as (tool, device):
            await tool.call(*line.read)
            await tool.call(*line.read)
            await clock.tick()  # a command came since: it was not quiet
            heard = len(device.journal)
            await clock.tick()
            gives_up = type(tool).keep_alive is LineDevices.keep_alive
            while device.open if gives_up else len(device.journal) == heard:
                await asyncio.sleep(0)
            assert await tool.call(*line.read) == line.expected
            assert device.connections == (2 if gives_up else 1)

    run(main)


def test_closing_twice_is_fine(kind):
    async def main() -> None:
        async with bench(kind) as (tool, _):
            await tool.call(*kind.read)
            await tool.close()
            await tool.close()

    run(main)


def test_a_host_may_be_an_argument(kind):
    async def main() -> None:
        async with bench(kind) as (_, device):
            tool = tool_for(kind, 1, host=None, hosts=["127.0.0.0/8", "*.av.example"])
            arguments = {**kind.read[1], "host": f"127.0.0.1:{device.port}"}
            assert input_error(tool.manifest.actions[kind.read[0]], {**_defaults(tool.manifest.actions[kind.read[0]]), **arguments}) is None
            assert await tool.call(kind.read[0], arguments) == kind.expected
            for host in ("10.0.0.1", "av.example", "evil.example", "127.0.0.1 ", "", "user@127.0.0.1", "127.0.0.1:99999"):
                assert (await failure(tool, (kind.read[0], {**kind.read[1], "host": host}))).happened == "no"
            assert (await tool.health()).detail.startswith("no device was asked")
            await tool.close()

    run(main)


@pytest.mark.parametrize("name", sorted(LINES))
def test_every_action_of_the_catalogue_has_a_handler(name):
    connector = find_connector(name, None)
    manifest = MANIFEST.validate_python({"name": "device", "kind": name})
    assert set(connector.tool_type.handlers) == set(manifest.actions)


@pytest.mark.parametrize("name", sorted(LINES))
def test_the_catalogue_is_sound(name):
    manifest = MANIFEST.validate_python({"name": "device", "kind": name})
    for action_name, action in manifest.actions.items():
        assert action.description, action_name
        assert action.input["host"][ROOM_LIST_ONLY] is True
        assert action.output is not None
        jsonschema.Draft202012Validator.check_schema(action.output)
        jsonschema.validate(action.mock, action.output)
        if action.restore is not None:
            back = manifest.actions[action.restore.read]
            assert back.effect is Effect.READ
            assert set(back.input) <= set(action.input), f"{action_name}: its read needs what the write does not have"
            assert set(action.restore.with_) <= set(action.input)


@pytest.mark.parametrize("name", sorted(LINES))
def test_the_mock_answers_as_the_catalogue_says(name, tmp_path):
    async def main() -> None:
        manifest = MANIFEST.validate_python({"name": "device", "kind": name})
        mock = open_tool(manifest, EnvironmentSecrets({}), tmp_path, mock=True)
        for action_name, action in manifest.actions.items():
            assert await mock.call(action_name, {}) == action.mock
        await mock.close()

    run(main)
