"""The model that runs of this process share: looked for when a step first needs one, closed at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from avops.connectors.secrets import EnvironmentSecrets
    from avops.errors import ModelError
    from avops.model.conversation import ModelReply, ModelRequest
    from avops.ports import Model
    from avops.wiring.workspace import Workspace


class RunModel:
    """The project's model, if its settings name one."""

    def __init__(self, workspace: Workspace, secrets: EnvironmentSecrets) -> None:
        self._workspace = workspace
        self._secrets = secrets
        self._found: tuple[Model | None] | None = None

    def find(self) -> Model | None:
        """The model; one that is named and cannot be used fails each step that asks it, with the reason, and is no person's."""
        if self._found is None:
            from avops.errors import ModelError
            from avops.wiring.models import find_model

            try:
                self._found = (find_model(self._workspace, self._secrets),)
            except ModelError as error:
                self._found = (UnusableModel(error),)
        return self._found[0]

    async def close(self) -> None:
        """Ends its connections."""
        if self._found is not None and self._found[0] is not None:
            await self._found[0].close()


class UnusableModel:
    """`ports.Model` in place of one that is named and cannot be used: its key is missing, or nobody trusted its host."""

    def __init__(self, error: ModelError) -> None:
        self._error = error

    @property
    def name(self) -> str:
        """What there is instead of a model."""
        return "no usable model"

    async def reply(self, request: ModelRequest, on_text: Callable[[str], None] | None = None) -> ModelReply:
        """Raises the reason."""
        raise self._error

    async def close(self) -> None:
        """Nothing to close."""
