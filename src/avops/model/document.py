"""What all YAML documents share: strictness, names, durations and expression texts."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints

IDENTIFIER = r"^[a-z][a-z0-9_]*$"
NAME = r"^\S(.*\S)?$"
DURATION = r"^\d+(\.\d+)?(ms|s|m|h|d)$"
ENV_OR_KEYRING = r"^(env|keyring):[A-Za-z_][A-Za-z0-9_.-]*$"

Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=120, pattern=NAME),
    Field(description="A name people read; matched without regard to case."),
]
Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER, max_length=64)]
Duration = Annotated[
    str,
    StringConstraints(pattern=DURATION),
    Field(description="A duration: a number and `ms`, `s`, `m`, `h` or `d`.", examples=["90s", "10m"]),
]
ExpressionText = Annotated[
    str, StringConstraints(min_length=1, max_length=2000), Field(description="An expression.", examples=["state.status == 'Available'"])
]
TemplateText = Annotated[str, StringConstraints(max_length=65536)]
SecretReference = Annotated[
    str,
    StringConstraints(pattern=ENV_OR_KEYRING),
    Field(description="Where a secret is found, never the secret itself.", examples=["env:SLACK_TOKEN", "keyring:slack"]),
]
JsonSchema = Annotated[dict[str, object], Field(description="A JSON Schema (2020-12).")]


class Document(BaseModel):
    """A frozen document that refuses unknown keys and never converts a wrong type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def shape(value: object) -> str:
    """The arm of a union of shapes that a value belongs to: `<mapping>`, `<list>` or `<value>`."""
    if isinstance(value, dict | BaseModel):
        return "<mapping>"
    return "<list>" if isinstance(value, list) else "<value>"


# Choosing the arm by shape gives one error about that arm, where trying all arms would give an error for each.
by_shape = Discriminator(shape, custom_error_type="shape", custom_error_message="the value has a shape that does not belong here")
