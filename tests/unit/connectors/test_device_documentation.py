"""The page of each device kind says what is so: its examples load, its table is that of the catalogue, its messages are said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from avops.connectors.registry import open_tool
from avops.connectors.secrets import EnvironmentSecrets
from avops.model.devices import KINDS, actions_of_kind
from avops.model.devices.__main__ import table, with_table
from avops.project.documents import load_document
from avops.sim.device import DeviceFaultKind
from avops.sim.devices import KINDS as SIMULATED
from avops.sim.devices import device_specs

ROOT = Path(__file__).parents[3]
SOURCES = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "avops" / "connectors").glob("*.py"))


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def page(kind: str) -> str:
    return (ROOT / "docs" / "connectors" / f"{kind}.md").read_text(encoding="utf-8")


def test_its_manifest_can_be_opened(kind):
    (example,) = [text for text in re.findall(r"```yaml\n(.*?)```", page(kind), re.DOTALL) if text.startswith("name:")]
    manifest = load_document("tool", example, f"docs/connectors/{kind}.md").required()
    assert manifest.kind == kind
    open_tool(manifest, EnvironmentSecrets({}), ROOT)


def test_its_table_is_that_of_the_catalogue(kind):
    assert with_table(page(kind), kind) == page(kind), "write it anew: python -m avops.model.devices docs/connectors"
    assert all(f"`{name}`" in table(kind) for name in actions_of_kind(kind, named_host=False))


def test_its_calls_are_of_the_catalogue(kind):
    called = {action for _, action in re.findall(r"(?:^|\{)tool: (\w+)\.(\w+)", page(kind), re.MULTILINE)}
    assert called <= set(actions_of_kind(kind, named_host=False))


def test_the_messages_that_it_explains_are_said(kind):
    said = re.findall(r"^\| … (.+?) \|", page(kind), re.MULTILINE)
    assert said
    for message in said:
        assert message.replace("`", "") in SOURCES, message


def test_it_names_its_source(kind):
    assert re.search(r"^## Sources\n\n\S", page(kind), re.MULTILINE)


def test_every_kind_has_a_module():
    folder = ROOT / "src" / "avops" / "model" / "devices"
    assert tuple(sorted(path.stem for path in folder.glob("*.py") if path.stem not in ("__init__", "__main__", "writing"))) == KINDS


def test_the_devices_of_the_example_can_be_made():
    text = (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")
    (example,) = [each for each in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if each.startswith("devices:")]
    specs = device_specs(yaml.safe_load(example)["devices"])
    assert {spec.kind for spec in specs} == set(SIMULATED)


def test_every_fault_of_a_device_is_named():
    text = (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")
    assert [kind.value for kind in DeviceFaultKind if f"`{kind.value}`" not in text] == []
