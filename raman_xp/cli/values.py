"""What a key of a spec may be, in a few words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_TYPES = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true or false"}


def values(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """The values that a JSON schema allows; that a key may be left out is told by its default.

    Args:
        schema: of a key.
        definitions: what it refers to, by name.

    >>> values({"type": "integer", "minimum": 1, "maximum": 50}, {})
    'whole number, 1 to 50'
    >>> values({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}]}, {})
    'number above 0'
    >>> values({"type": "array", "items": {"enum": ["a", "b"]}}, {})
    'list of a or b'
    """
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        others = {each: definitions[each] for each in definitions if each != name}  # it may refer to itself
        return values(definitions.get(name, {}), others)
    if choices := schema.get("anyOf"):
        told = (values(each, definitions) for each in choices if each.get("type") != "null")
        return ", or ".join(dict.fromkeys(told))
    if "const" in schema or "enum" in schema:
        return _or([str(each) for each in schema.get("enum", [schema.get("const")])])
    kind = schema.get("type")
    if kind == "array":
        each = [values(item, definitions) for item in schema.get("prefixItems", [])]
        return f"[{', '.join(each)}]" if each else f"list of {values(schema.get('items', {}), definitions)}"
    if kind == "object":
        keys = schema.get("properties") or {"name": schema.get("additionalProperties")}
        return "{" + ", ".join(f"{key}: …" for key in keys) + "}"
    if schema.get("format") == "path":
        return "path"
    return _TYPES.get(str(kind), "anything") + _limits(schema)


def _or(words: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _limits(schema: Mapping[str, Any]) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f", {json.dumps(least)} to {json.dumps(most)}"
    words = {
        "minimum": "of at least",
        "exclusiveMinimum": "above",
        "maximum": "of at most",
        "exclusiveMaximum": "below",
    }
    told = [f"{word} {json.dumps(schema[key])}" for key, word in words.items() if key in schema]
    return "".join(f" {each}" for each in [" and ".join(told)] if each)
