import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.config.lines import ROUTE

from farshore.config.marks import plain, read_tree
from farshore.config.reference import example
from farshore.config.schema import DIALECT, schema

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
KNOWN = {
    "$ref", "anyOf", "oneOf", "const", "enum", "type", "pattern", "minimum", "maximum", "properties", "required",
    "additionalProperties", "propertyNames", "items", "title", "description", "examples", "default", "$defs", "$schema",
}  # fmt: skip


def mismatches(value: Any, shape: dict[str, Any], root: dict[str, Any]) -> list[str]:
    """What a validator of the keywords that our schema uses would say; a keyword it doesn't know is an error."""
    assert shape.keys() <= KNOWN, shape.keys() - KNOWN
    if "$ref" in shape:
        return mismatches(value, root["$defs"][shape["$ref"].rpartition("/")[2]], root)
    choices = shape.get("anyOf") or shape.get("oneOf")
    if choices is not None:
        return min((mismatches(value, each, root) for each in choices), key=lambda found: (len(found), found))
    types = shape.get("type", list(TYPES))
    kinds = tuple(kind for name in ([types] if isinstance(types, str) else types) for kind in TYPES[name])
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        return [f"{value!r} is no {types}"]
    match value:
        case list():
            return [each for item in value for each in mismatches(item, shape.get("items", {}), root)]
        case dict():
            return list(field_mismatches(value, shape, root))
        case _:
            return list(scalar_mismatches(value, shape))


def scalar_mismatches(value: Any, shape: dict[str, Any]) -> Iterator[str]:
    if shape.get("const", value) != value or value not in shape.get("enum", [value]):
        yield f"{value!r} is another word"
    if isinstance(value, str) and not re.search(shape.get("pattern", ""), value):
        yield f"{value!r} does not match {shape['pattern']}"
    if isinstance(value, int) and not shape.get("minimum", value) <= value <= shape.get("maximum", value):
        yield f"{value} is out of bounds"


def field_mismatches(value: dict[str, Any], shape: dict[str, Any], root: dict[str, Any]) -> Iterator[str]:
    yield from (f"{name} is missing" for name in shape.get("required", ()) if name not in value)
    for name, inner in value.items():
        yield from mismatches(name, {"type": "string", **shape.get("propertyNames", {})}, root)
        known = shape.get("properties", {}).get(name, shape.get("additionalProperties", {}))
        yield from [f"{name} is unknown"] if known is False else mismatches(inner, known, root)


def judged(text: str) -> list[str]:
    tree = read_tree(text)
    assert tree.root is not None
    return mismatches(plain(tree.root), schema(), schema())


@pytest.mark.parametrize(
    "text",
    [
        example(),
        f"routes: [{ROUTE}]",
        "routes: [{listen: '21000-21010', target: '172.16.0.1:21000-21010'}]",
        "routes: [{listen: '[::1]:8082', target: '[::2]:1', name: null}]\ntimeouts: {dial: 7, connect: 0.25, idle: 1h}",
        f"routes: [{ROUTE}]\nhealth: null\nkeepalive: {{idle: 30, interval: 10s}}",
    ],
)
def test_what_loads_is_valid(text: str) -> None:
    assert judged(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "listen_host: 0.0.0.0",
        f"routes: [{ROUTE}]\nfoo: 1",
        "routes: [{listen: 8082}]",
        "routes: [{listen: 70000, target: 172.16.0.1:1}]",
        "routes: [{listen: 8082, target: 1433}]",
        "routes: [{listen: 8082, target: 172.16.0.1:1, protocol: mssql}]",
        "routes: [{listen: 8082, target: 172.16.0.1:1, allow_direct: yes}]",
        f"routes: [{ROUTE}]\negresses: {{a: {{socket: /x}}}}",
        f"routes: [{ROUTE}]\negresses: {{a: {{kind: socks5}}}}",
        f"routes: [{ROUTE}]\negresses: {{a: {{kind: tailscaled, address: x}}}}",
        f"routes: [{ROUTE}]\negresses: {{a b: {{kind: tailscaled}}}}",
        f"routes: [{ROUTE}]\ntimeouts: {{dial: soon}}",
        f"routes: [{ROUTE}]\nlimits: {{max_connections: 0}}",
    ],
)
def test_what_has_the_wrong_shape_is_not_valid(text: str) -> None:
    assert judged(text) != []


def test_it_names_its_dialect_and_describes_every_field() -> None:
    document = schema()
    assert document["$schema"] == DIALECT
    for model in (document, *document["$defs"].values()):
        for name, described in model.get("properties", {}).items():
            assert described.get("description"), name


def test_defaults_are_written_as_a_person_writes_them() -> None:
    document = schema()
    assert document["properties"]["health"]["default"] == "127.0.0.1:9808"
    timeouts = document["$defs"]["Timeouts"]["properties"]
    assert {name: described["default"] for name, described in timeouts.items()} == {
        "connect": "250ms",
        "dial": "7s",
        "idle": "1h",
        "half_close": "5s",
    }


def test_every_document_is_a_new_one() -> None:
    schema()["properties"].clear()
    assert schema()["properties"]
