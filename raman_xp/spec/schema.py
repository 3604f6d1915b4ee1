"""The JSON Schema of a spec, for editors: one alternative for every installed component."""

from __future__ import annotations

from typing import Any

from raman_xp.components import Family
from raman_xp.errors import PluginError
from raman_xp.plugins.registry import Registry
from raman_xp.spec.experiment import MANY, ONE, Header


def spec_schema(registry: Registry, broken: list[str]) -> dict[str, Any]:
    """Schema of the whole file; loads every installed component.

    Args:
        broken: what is wrong with plugins that cannot be loaded is added here; they are left out.
    """
    header = Header.model_json_schema()
    definitions: dict[str, Any] = header["$defs"]
    properties: dict[str, Any] = header["properties"]
    for key, family in ONE.items():
        properties[key] = _alternatives(registry, family, definitions, broken)
    for key, family in MANY.items():
        properties[key] = {"type": "array", "items": _alternatives(registry, family, definitions, broken)}
    properties["sweep"] = {
        "type": "object",
        "description": "Dotted keys and the values to try; trials are all combinations.",
        "additionalProperties": {"type": "array", "minItems": 1},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "raman-xp experiment",
        "type": "object",
        "properties": properties,
        "required": ["data", "split", "model"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _alternatives(
    registry: Registry, family: Family, definitions: dict[str, Any], broken: list[str]
) -> dict[str, Any]:
    """One of the family's components, told apart by ``use``: an editor offers the keys of that one only."""
    uses, conditions = [], []
    for name in registry.names(family):
        try:
            schema = registry.load(family, name).model_json_schema()
        except PluginError as error:
            broken.append(str(error))
            continue
        definitions.update(schema.pop("$defs", {}))
        use = {"const": name, "description": schema.get("description", name)}
        schema["properties"] = {"use": use} | schema["properties"]
        schema["required"] = ["use", *schema.get("required", [])]
        definitions[f"{family.value}.{name}"] = schema
        uses.append(use)
        chosen = {"properties": {"use": {"const": name}}, "required": ["use"]}
        conditions.append({"if": chosen, "then": {"$ref": f"#/$defs/{family.value}.{name}"}})
    known = {"anyOf": uses} if uses else False
    return {"type": "object", "properties": {"use": known}, "required": ["use"], "allOf": conditions}
