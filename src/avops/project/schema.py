"""The JSON Schemas of the documents, generated from their types: `python -m avops.project.schema [DIR]` writes them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from avops.model.step import step_classes
from avops.project.documents import KINDS, Kind, document_type

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Untitled(GenerateJsonSchema):
    """Without a title per field: an editor would show it in place of the description."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def document_schema(kind: Kind) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one kind of document, with the fields' descriptions and examples."""
    schema = _without_null_defaults(TypeAdapter[Any](document_type(kind)).json_schema(by_alias=True, schema_generator=_Untitled))
    _describe_step_keys(schema.get("$defs", {}))
    _describe_kinds(schema.get("$defs", {}))
    return {"$schema": DIALECT, "title": f"avops {kind}", **{key: value for key, value in schema.items() if key != "title"}}


def _describe_step_keys(definitions: dict[str, Any]) -> None:
    """Gives each step key the first line of its class's docstring: what an editor shows over `check:`."""
    for key, model in step_classes().items():
        properties = definitions.get(model.__name__, {}).get("properties", {})
        if key in properties:
            own = properties[key].get("description")
            first = (model.__doc__ or "").strip().splitlines()[0]
            properties[key]["description"] = f"{first} {own}" if own else first


def _describe_kinds(definitions: dict[str, Any]) -> None:
    """Gives a key that only says which class this is the first line of that class's docstring: `kind: pjlink`."""
    for definition in definitions.values():
        for entry in definition.get("properties", {}).values():
            if "const" in entry and "description" not in entry and "description" in definition:
                entry["description"] = definition["description"].splitlines()[0]


def _without_null_defaults(schema: Any) -> Any:
    """Without `default: null`, which only says that a key may be left out."""
    if isinstance(schema, list):
        return [_without_null_defaults(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _without_null_defaults(value) for key, value in schema.items() if key != "default" or value is not None}


def schema_text(kind: Kind) -> str:
    """The text of `schemas/KIND.schema.json`."""
    return json.dumps(document_schema(kind), ensure_ascii=False, indent=2) + "\n"


def write_schemas(folder: Path) -> list[Path]:
    """Writes the schema of every kind into `folder` and gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in KINDS:
        path = folder / f"{kind}.schema.json"
        path.write_text(schema_text(kind), encoding="utf-8")
        written.append(path)
    return written


if __name__ == "__main__":
    for written_path in write_schemas(Path(sys.argv[1] if len(sys.argv) > 1 else "schemas")):
        print(written_path)
