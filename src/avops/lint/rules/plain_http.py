"""A public host is spoken to without encryption.

Everybody on the way can read the secret and change the answer.

Wrong:

    base_url: http://api.zoom.us/v2

Right:

    base_url: https://api.zoom.us/v2
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.hosts import host_of, is_public, urls_of
from avops.lint.rule import TEAM, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import ToolView


def _check(tool: ToolView) -> Iterator[Finding]:
    for path, url in urls_of(tool.doc):
        host = host_of(url)
        if url.startswith("http://") and is_public(host):
            yield Finding(f"'{host}' is a public host, and http:// is not encrypted", path, "write https://", length=len("http://"))


RULE = Rule(number="AV604", name="plain-http", family=Family.SECURITY, levels=TEAM, page=__doc__, tool=_check)
