from pathlib import Path

import pytest
from tests.unit.config.lines import ROUTE, loaded, only_problem, problems

from farshore.config.load import MAX_TOLD, from_mappings, load, parse

MISTAKEN = """\
egresses:
  tailnet: {kind: tailscale}
  socks: {kind: socks5, address: localhost:1055}
routes:
  - name: a
    listen: 8082
    target: 172.16.20.88:1433
    protocol: mssql
    egress: socks
  - name: b
    listen: 8082
    target: 127.0.0.1:1433
    egress: sox
    name: c
timeouts:
  dial: 1 hour
health: *x
"""


def test_a_file_in_the_present_format_loads(tmp_path: Path) -> None:
    path = tmp_path / "farshore.yaml"
    path.write_text(f"routes: [{ROUTE}]\n", encoding="utf-8")
    outcome = load(path)
    assert outcome.config is not None
    assert [str(route.target) for route in outcome.config.routes] == ["172.16.20.88:1433"]
    assert (outcome.problems, outcome.warnings, outcome.migrated) == ((), (), None)


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    assert [line.partition(": expected")[0] for line in problems(MISTAKEN)] == [
        "f:2:19 egresses.tailnet.kind",
        "f:3:34 egresses.socks.address",
        "f:8:15 routes[0].protocol",
        "f:11:13 routes[1].listen",
        "f:12:13 routes[1].target",
        "f:13:13 routes[1].egress",
        "f:14:5 routes[1]",
        "f:16:9 timeouts.dial",
        "f:17:9 health",
    ]


def test_a_mistaken_value_makes_no_further_mistakes() -> None:
    text = "egresses: {a: {kind: x}, b: {kind: tailscaled}}\nroutes: [{listen: x, target: 127.0.0.1, egress: a}]\n"
    assert [line.partition(" ")[0] for line in problems(text)] == ["f:1:22", "f:2:19", "f:2:30"]


def test_a_configuration_with_problems_is_none() -> None:
    outcome = loaded(MISTAKEN)
    assert outcome.config is None
    assert outcome.migrated is None


def test_the_file_is_named_in_every_line(tmp_path: Path) -> None:
    path = tmp_path / "a\nb.yaml"
    path.write_text("routes: []", encoding="utf-8")
    line = str(load(path).problems[0])
    assert line.startswith(f"{tmp_path}/a?b.yaml:1:9 routes: expected")


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    outcome = load(tmp_path / "nope.yaml")
    assert outcome.config is None
    assert "found no such file" in str(outcome.problems[0])


@pytest.mark.parametrize("content", [b"", b"\n", b"# only a comment\n", b"---\n", b"~"])
def test_an_empty_file_says_so(content: bytes) -> None:
    assert "expected" in str(parse(content, "f").problems[0])
    assert parse(content, "f").config is None


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"[1]", "a list"), (b"hello", "hello"), (b"5", "5"), (b"8082=172.16.0.1:1", "8082=172.16.0.1:1")],
)
def test_a_top_level_that_is_no_mapping_says_what_it_is(content: bytes, found: str) -> None:
    assert str(parse(content, "f").problems[0]) == f"f:1:1: expected routes: at the top, found {found}"


def test_not_more_is_told_than_a_person_can_read() -> None:
    routes = ", ".join("{lisen: 1}" for _ in range(1000))
    found = problems(f"routes: [{routes}]")
    assert len(found) == MAX_TOLD + 1
    assert found[-1].startswith(f"f: expected at most {MAX_TOLD} mistakes, found ")


def test_many_warnings_hide_no_problem() -> None:
    routes = ", ".join(f"{{listen: {port}, target: 172.16.0.1:1}}" for port in range(1, 1000))
    text = f"routes: [{routes}, {{listen: 5000, target: 127.0.0.1:1}}]"
    assert "routes[999].target: expected the address of a host" in only_problem(text)


def test_the_same_thing_is_told_once() -> None:
    assert len(problems("routes: 5")) == 1


def test_the_descriptor_limit_is_passed_on(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(f"routes: [{ROUTE}]\n", encoding="utf-8")
    assert "descriptors" in str(load(path, descriptor_limit=100).warnings[0])
    assert "descriptors" in str(from_mappings(["8082=172.16.0.1:1"], descriptor_limit=100).warnings[0])


def test_mappings_on_the_command_line_are_a_configuration() -> None:
    outcome = from_mappings(
        ["8082=172.16.20.88:1433", "[::1]:8083=[fd7a:115c:a1e0:b1a:0:1:ac10:1459]:1433", "0.0.0.0:1-2=10.0.0.1:3-4"]
    )
    assert outcome.config is not None
    assert [(str(route.listen), str(route.target)) for route in outcome.config.routes] == [
        ("8082", "172.16.20.88:1433"),
        ("[::1]:8083", "[fd7a:115c:a1e0:b1a:0:1:ac10:1459]:1433"),
        ("0.0.0.0:1-2", "10.0.0.1:3-4"),
    ]
    assert str(outcome.config.listen_host) == "127.0.0.1"


@pytest.mark.parametrize(
    ("mapping", "line"),
    [
        ("8082:172.16.20.88:1433", "found no equals sign (did you mean 8082=172.16.20.88:1433?)"),
        ("172.16.20.88:1433", "found no equals sign"),
        ("=172.16.20.88:1433", "expected a port from 1 to 65535, found nothing"),
        ("8082=", "expected host:port, such as 172.16.20.88:1433"),
        ("80822=172.16.20.88:1433", "expected a port from 1 to 65535, found 80822"),
        ("8082=172.16.20.88", "the port is missing: 172.16.20.88:1433, say"),
        ("8082=localhost:1433", "expected the address of a host behind the tailnet, found localhost:1433"),
        ("8082=db.internal:1433", "expected an address, or a name with resolve: beside it"),
        ("9808=172.16.20.88:1433", "and health listens on 127.0.0.1:9808"),
        ("", "found no equals sign"),
    ],
)
def test_a_mistaken_mapping_is_told_as_it_was_typed(mapping: str, line: str) -> None:
    outcome = from_mappings(["8081=172.16.20.88:1433", mapping])
    assert len(outcome.problems) == 1
    assert line in str(outcome.problems[0])
    assert str(outcome.problems[0]).startswith(f"command line {mapping}: " if mapping else "command line: ")


def test_no_mapping_at_all_is_a_problem() -> None:
    assert "found nothing" in str(from_mappings([]).problems[0])
