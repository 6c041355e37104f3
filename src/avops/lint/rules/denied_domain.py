"""A tool speaks to a domain that the project denies.

Wrong, when `policy.denied_domains` has `example.com`:

    base_url: https://api.example.com

Right:

    base_url: https://api.zoom.us/v2
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.hosts import host_of, is_below, urls_of
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import ToolView


def _check(tool: ToolView) -> Iterator[Finding]:
    for path, url in urls_of(tool.doc):
        host = host_of(url)
        for domain in tool.project.settings.policy.denied_domains:
            if host and is_below(host, domain):
                hint = "take the tool out, or the domain from policy.denied_domains"
                yield Finding(f"'{host}' is denied: avops.yaml denies '{domain}'", path, hint)


RULE = Rule(number="AV608", name="denied-domain", family=Family.SECURITY, levels=ALWAYS, page=__doc__, tool=_check)
