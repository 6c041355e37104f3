"""A template decides which host a request goes to.

The host gets the secret that the tool sends along. It stands in the manifest, and is trusted there.

Wrong:

    base_url: "https://{{ host }}/api"

Right:

    base_url: https://api.zoom.us/v2
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.hosts import urls_of
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import ToolView


def _check(tool: ToolView) -> Iterator[Finding]:
    for path, url in urls_of(tool.doc):
        if "{" in url.partition("://")[2].partition("/")[0]:
            yield Finding("a template decides which host gets the request", path, "write the host")


RULE = Rule(number="AV603", name="template-in-host", family=Family.SECURITY, levels=ALWAYS, page=__doc__, tool=_check)
