"""Secrets behind `env:NAME` and `keyring:NAME`, remembered so that redaction can hide them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from avops.errors import AvopsError
from avops.project.env_file import read_env

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEYRING_SERVICE = "avops"
_handed_out_here: dict[str, None] = {}


def handed_out_here() -> tuple[str, ...]:
    """Every secret that anything in this process was given: what must not stand in its last words either."""
    return tuple(_handed_out_here)


class EnvironmentSecrets:
    """A `SecretSource` over the environment, the project's `.env` and the system's keyring.

    A variable of the environment goes before the same name in `.env`. `handed_out` is every value that was resolved.
    """

    def __init__(self, environment: Mapping[str, str] | None = None, dotenv: Path | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        self._dotenv_path = dotenv
        self._dotenv: dict[str, str] | None = None
        self._handed_out: dict[str, None] = {}

    @property
    def handed_out(self) -> tuple[str, ...]:
        """Every value that was handed out, for redaction."""
        return tuple(self._handed_out)

    def resolve(self, reference: str) -> str:
        """The secret behind a reference; AvopsError, which names the reference and no value, when there is none."""
        kind, _, name = reference.partition(":")
        if kind == "env":
            value = self._from_environment(name)
        elif kind == "keyring":
            value = _from_keyring(name)
        else:
            raise AvopsError("a secret is not written into a file", hint="write env:NAME or keyring:NAME")
        if not value:
            hint = f"set {name} in the environment or in .env" if kind == "env" else f"run 'keyring set {KEYRING_SERVICE} {name}'"
            raise AvopsError(f"the secret '{reference}' is not set", hint=hint)
        self.remember(value)
        return value

    def remember(self, value: str) -> None:
        """Adds a value that was obtained with a secret to `handed_out`."""
        self._handed_out[value] = None
        _handed_out_here[value] = None

    def source(self, reference: str) -> str | None:
        """Where a secret is found, without handing it out: `environment`, `.env`, `keyring`, or None when it is not set."""
        kind, _, name = reference.partition(":")
        if kind == "keyring":
            try:
                return "keyring" if _from_keyring(name) else None
            except AvopsError:
                return None
        if self._environment.get(name):
            return "environment"
        return ".env" if self._values().get(name) else None

    def _from_environment(self, name: str) -> str | None:
        return self._environment.get(name) or self._values().get(name)

    def _values(self) -> dict[str, str]:
        if self._dotenv is None:
            self._dotenv = {} if self._dotenv_path is None else read_env(self._dotenv_path)
        return self._dotenv


def _from_keyring(name: str) -> str | None:
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise AvopsError(f"'keyring:{name}' needs the keyring package", hint="run 'pip install keyring', or use env:NAME") from None
    try:
        return keyring.get_password(KEYRING_SERVICE, name)
    except keyring.errors.KeyringError as error:
        message = f"the keyring cannot be read for 'keyring:{name}': {type(error).__name__}"
        raise AvopsError(message, hint="unlock it, or use env:NAME") from None
