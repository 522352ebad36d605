from pathlib import Path

import pytest

from farshore.app.exits import Exit, Refusal
from farshore.app.source import Source, read

DESCRIPTORS = 20_000


def refused(mappings: tuple[str, ...], path: Path | None) -> str:
    refusal = read(mappings, path, DESCRIPTORS)
    assert isinstance(refusal, Refusal)
    assert refusal.exit is Exit.USAGE
    assert "\n" not in refusal.sentence
    return refusal.sentence


def test_mappings_become_routes() -> None:
    source = read(("8082=172.16.20.88:1433", "8083=172.16.20.89:5432"), None, DESCRIPTORS)
    assert isinstance(source, Source)
    assert [(str(route.listen), str(route.target)) for route in source.config.routes] == [
        ("8082", "172.16.20.88:1433"),
        ("8083", "172.16.20.89:5432"),
    ]
    assert source.warnings == ()


@pytest.mark.parametrize(
    "mapping", ["8082", "8082=", "8082=172.16.20.88", "x=172.16.20.88:1433", "8082=172.16.20.88:x"]
)
def test_a_mapping_that_is_none_is_named(mapping: str) -> None:
    sentence = refused((mapping,), None)
    assert mapping.partition("=")[2] in sentence
    assert sentence.endswith("; see `farshore serve --help`.")


def test_routes_come_from_one_place(tmp_path: Path) -> None:
    assert "both" in refused(("8082=172.16.20.88:1433",), tmp_path / "a.yaml")
    assert "farshore serve 8082=" in refused((), None)


def test_a_file_with_mistakes_is_refused_with_the_first_and_their_number(tmp_path: Path) -> None:
    path = tmp_path / "farshore.yaml"
    path.write_text("routes:\n  - listen: 0\n    target: 172.16.20.88:1433\n    colour: red\n")
    sentence = refused((), path)
    assert sentence.startswith(f"{path}:2:")
    assert ", and 1 more; " in sentence
    assert sentence.endswith(f"see all of it with `farshore check -c {path}`.")


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    assert str(tmp_path / "absent.yaml") in refused((), tmp_path / "absent.yaml")


def test_what_should_be_said_all_the_same_is_passed_on(tmp_path: Path) -> None:
    path = tmp_path / "founding.json"
    path.write_text('{"portMappings": {"8082": "172.16.20.88:1433"}}')
    source = read((), path, DESCRIPTORS)
    assert isinstance(source, Source)
    assert any("listen_host" in warning for warning in source.warnings)


def test_more_connections_than_descriptors_is_said() -> None:
    source = read(("8082=172.16.20.88:1433",), None, 100)
    assert isinstance(source, Source)
    assert any("descriptor" in warning for warning in source.warnings)
