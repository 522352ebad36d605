"""The JSON Schema of the written form, for editors: durations, addresses and ports as a person writes them."""

from collections.abc import Iterator
from typing import Any

from farshore.config.fields import write_duration
from farshore.config.model import Config

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DURATIONS = frozenset(("duration", "whole seconds"))


def schema() -> dict[str, Any]:
    """A new JSON Schema document (draft 2020-12). It knows shapes, not rules: `farshore check` knows those."""
    document = Config.model_json_schema(by_alias=True)
    for model in (document, *document["$defs"].values()):
        model.pop("title", None)
        properties: dict[str, dict[str, Any]] = model.get("properties", {})
        if "kind" in properties:
            model["required"] = ["kind", *(name for name in model.get("required", ()) if name != "kind")]
            properties["kind"].pop("default", None)
        for described in properties.values():
            _tidy(described)
    return {"$schema": DIALECT, "title": "Farshore configuration", **document}


def _tidy(described: dict[str, Any]) -> None:
    """Leave only our own titles, drop what only OpenAPI knows, and write defaults as a person does."""
    if "title" in described and "examples" not in described:
        del described["title"]
    for pattern, entries in described.pop("patternProperties", {}).items():
        entries.pop("discriminator", None)
        described |= {"propertyNames": {"pattern": pattern}, "additionalProperties": entries}
    default = described.get("default")
    if isinstance(default, int | float) and any(shape.get("title") in _DURATIONS for shape in _shapes(described)):
        described["default"] = write_duration(default)
    if isinstance(default, dict) and default.keys() == {"host", "port"}:
        described["default"] = f"{default['host']}:{default['port']}"


def _shapes(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield described
    yield from described.get("anyOf", ())
