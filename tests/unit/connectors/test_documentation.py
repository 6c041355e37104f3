"""`docs/connectors.md` and its pages say what is so: their examples load, and their tables are complete."""

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
COMMAND = (ROOT / "docs" / "connectors" / "command.md").read_text(encoding="utf-8")
PAGES = TEXT + COMMAND + (ROOT / "docs" / "connectors" / "http.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGES, re.DOTALL)


@pytest.mark.parametrize("example", [example for example in EXAMPLES if "kind: " in example and example.startswith("name:")])
def test_examples_of_tools_can_be_opened(example):
    open_tool(load_document("tool", example, "docs/connectors.md").required(), EnvironmentSecrets({}), ROOT)


def test_the_example_of_a_site_can_be_read(tmp_path):
    (example,) = [example for example in EXAMPLES if example.startswith("rooms:")]
    (tmp_path / "site.yaml").write_text(example)
    assert len(load_site(tmp_path / "site.yaml").rooms) == 2


def test_every_kind_has_its_section():
    assert set(re.findall(r"^## (\w+)$", TEXT, re.MULTILINE)) == set(KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_a_page_that_its_section_links(kind):
    section = TEXT.partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
    assert f"](connectors/{kind}.md)" in section
    assert (ROOT / "docs" / "connectors" / f"{kind}.md").is_file()


def test_every_link_between_the_pages_leads_somewhere():
    for page in (ROOT / "docs" / "connectors.md", *(ROOT / "docs" / "connectors").glob("*.md")):
        for target in re.findall(r"\]\(([\w/.-]+\.md)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).is_file(), f"{page.name}: {target}"


def test_every_fault_is_explained():
    rows = set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE))
    assert {kind.value for kind in FaultKind} <= rows


def test_faults_on_the_command_line_are_faults():
    faults = re.findall(r"--fault (\S+)", TEXT)
    assert len(faults) == 2
    for fault in faults:
        fault_from_text(fault)


def test_the_variables_that_every_program_sees():
    assert ", ".join(f"`{name}`" for name in sorted(PASSED_ON, key=["PATH", "HOME", "LANG", "LC_ALL", "TZ"].index)) in COMMAND
