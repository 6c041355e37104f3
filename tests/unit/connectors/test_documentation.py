"""`docs/connectors.md` says what is so: its examples load, and its tables are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from avops.connectors.programs import PASSED_ON
from avops.connectors.registry import KINDS, open_tool
from avops.connectors.secrets import EnvironmentSecrets
from avops.project.documents import load_document
from avops.sim.faults import FaultKind, fault_from_text
from avops.sim.site import load_site

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("example", [example for example in EXAMPLES if "kind: " in example and example.startswith("name:")])
def test_examples_of_tools_can_be_opened(example):
    open_tool(load_document("tool", example, "docs/connectors.md").required(), EnvironmentSecrets({}), ROOT)


def test_the_example_of_a_site_can_be_read(tmp_path):
    (example,) = [example for example in EXAMPLES if example.startswith("rooms:")]
    (tmp_path / "site.yaml").write_text(example)
    assert len(load_site(tmp_path / "site.yaml").rooms) == 2


def test_every_kind_has_its_section():
    assert set(re.findall(r"^## (\w+)$", TEXT, re.MULTILINE)) == set(KINDS)


def test_every_fault_is_explained():
    rows = set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE))
    assert {kind.value for kind in FaultKind} <= rows


def test_faults_on_the_command_line_are_faults():
    faults = re.findall(r"--fault (\S+)", TEXT)
    assert len(faults) == 2
    for fault in faults:
        fault_from_text(fault)


def test_the_variables_that_every_program_sees():
    assert ", ".join(f"`{name}`" for name in sorted(PASSED_ON, key=["PATH", "HOME", "LANG", "LC_ALL", "TZ"].index)) in TEXT
