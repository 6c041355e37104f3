"""What the converter refuses."""

from __future__ import annotations

from avops.errors import FindingsError


class NoProcedure(FindingsError):
    """The document tells nobody to do anything; the message says what it is instead."""
