"""Who sits at this machine: the login account, never a variable or a flag."""

from __future__ import annotations


def login_account() -> str:
    """The name of the account this process runs as; its number where the account has no name."""
    import os
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"
