"""A secret stands in a file.

Whoever can read the repository, or its history, has it. Write `env:NAME` or `keyring:NAME`; take the secret out of the
history, and have a new one made.

Wrong:

    headers: {Authorization: Bearer 0123456789abcdef}

Right:

    auth: {type: bearer, token: env:ZOOM_TOKEN}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Rule
from avops.lint.secrets import secrets_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import TextView


def _check(text: TextView) -> Iterator[Finding]:
    for path, what in secrets_in(text):
        hint = "put the secret into .env, take it out of this file and its history, and write env:NAME here"
        yield Finding(f"{what} stands here in clear", path, hint, is_secret=True)


RULE = Rule(number="AV601", name="secret-in-clear", family=Family.SECURITY, levels=ALWAYS, page=__doc__, text=_check)
