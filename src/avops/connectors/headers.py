"""The headers that a manifest's `auth` makes, with the secrets in them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from avops.connectors.http_request import header_value
from avops.errors import AvopsError, ToolError
from avops.model.http import BasicAuth, BearerAuth

if TYPE_CHECKING:
    from avops.model.tool import Auth
    from avops.ports import SecretSource


def auth_headers(auth: Auth | None, secrets: SecretSource) -> tuple[tuple[str, str], ...]:
    """The headers to send with every request; ToolError when a secret is not set or cannot stand in a header."""
    if auth is None:
        return ()
    try:
        if isinstance(auth, BearerAuth):
            return (("Authorization", header_value("Authorization", f"Bearer {secrets.resolve(auth.token)}")),)
        if isinstance(auth, BasicAuth):
            user = secrets.resolve(auth.user) if auth.user.startswith(("env:", "keyring:")) else auth.user
            pair = f"{user}:{secrets.resolve(auth.password)}".encode()
            return (("Authorization", f"Basic {base64.b64encode(pair).decode()}"),)
        return ((auth.name, header_value(auth.name, secrets.resolve(auth.value))),)
    except AvopsError as error:
        raise ToolError(error.message, hint=error.hint) from None
