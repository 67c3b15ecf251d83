"""The smallest body that fits a schema of the document: a request is to be refused for who asks, not for its shape."""

from typing import Any
from uuid import UUID

FIXED = {
    "uuid": str(UUID(int=7)), "date-time": "2026-11-20T09:00:00Z", "date": "2026-11-20", "uri": "https://x.example",
    "email": "x@x.example",
}  # fmt: skip


def sample(schema: dict[str, Any], components: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return sample(components[schema["$ref"].rpartition("/")[2]], components)
    for known in ("const", "default"):
        if known in schema:
            return schema[known]
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return sample(next(one for one in schema[several] if one.get("type") != "null"), components)
    return _of_type(schema, components)


def _of_type(schema: dict[str, Any], components: dict[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "object":
        needed = schema.get("required", [])
        if schema.get("minProperties"):  # a mapping of the caller's own names
            return {"x": sample(schema["additionalProperties"], components)}
        return {name: sample(schema["properties"][name], components) for name in needed}
    if kind == "array":
        return [sample(schema["items"], components)] * schema.get("minItems", 0)
    if kind == "string":
        return FIXED.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))
    numbers = {"integer": schema.get("minimum", 1), "number": schema.get("minimum", 1.0), "boolean": False}
    return numbers.get(str(kind))
