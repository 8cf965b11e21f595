"""The published JSON schemas: checked against documents, and walked alongside them."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
from referencing import Registry, Resource

SCHEMAS: dict[str, dict[str, Any]] = {  # by the name and version stated in a document
    schema["properties"]["schema"]["const"]: schema
    for schema in (
        json.loads(file.read_text("utf-8"))
        for file in resources.files("formcheck").iterdir()
        if file.name.endswith(".schema.json")
    )
}
REGISTRY: Registry[Any] = Registry().with_resources(
    (schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()
)


def validate(document: dict[str, Any]) -> None:
    """Refuses a document that does not follow the schema it names."""
    schema = SCHEMAS[document["schema"]]
    jsonschema.Draft202012Validator(schema, registry=REGISTRY).validate(document)


def described(document: dict[str, Any]) -> None:
    """The schema describes every field, and nothing that is never written; the document has one of everything."""
    schema, filled = SCHEMAS[document["schema"]], {}
    _walk(schema, document, document["schema"], schema, filled)
    assert all(filled.values()), f"the sample should hold one: {[path for path, any_ in filled.items() if not any_]}"


def _walk(schema: dict[str, Any], value: Any, path: str, root: dict[str, Any], filled: dict[str, bool]) -> None:
    """filled: for every list encountered, whether it ever held anything."""
    assert schema.get("description") or "$ref" in schema, path
    if value is None and {"type": "null"} in schema.get("anyOf", ()):
        return
    schema, root = _resolved(schema, root)
    if "properties" in schema:
        assert set(schema["properties"]) == set(schema["required"]) == set(value), path
        assert schema["additionalProperties"] is False
        for key, part in schema["properties"].items():
            _walk(part, value[key], f"{path}.{key}", root, filled)
    elif isinstance(value, dict):
        for key, part in value.items():
            _walk(schema["additionalProperties"], part, f"{path}.{key}", root, filled)
    elif isinstance(value, list):
        filled[f"{path}[]"] = filled.get(f"{path}[]", False) or bool(value)
        for part in value:
            _walk(schema["items"], part, f"{path}[]", root, filled)


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A schema with its references resolved, and the file it is in; the first of several alternatives."""
    for key in ("anyOf", "allOf"):
        if key in schema:
            return _resolved(schema[key][0], root)
    if schema.get("$ref", "").startswith("urn:"):
        uri, _, place = schema["$ref"].partition("#")
        root = REGISTRY.contents(uri)
        return (root["$defs"][place.rsplit("/", 1)[1]] if place else root), root
    if "$ref" in schema:
        return root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root
    return schema, root
