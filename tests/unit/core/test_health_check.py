import msgspec

from farshore.core.health_check import FORMAT, Figures, json_schema


def test_the_schema_names_its_version_and_every_key() -> None:
    schema = json_schema()
    assert schema["title"] == FORMAT == "farshore.health-check/1"
    properties = msgspec.convert(schema["$defs"], dict[str, dict[str, object]])["Figures"]["properties"]
    assert set(msgspec.convert(properties, dict[str, object])) == set(Figures.__struct_fields__)
