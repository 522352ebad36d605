import pytest
from tests.unit.config.lines import loaded, only_problem, problems, warnings

from farshore.config.load import parse
from farshore.config.model import Resolve


@pytest.mark.parametrize(
    "text",
    [
        'portMappings: {8082: "172.16.20.88:1433", 8083: "172.16.20.89:1433"}',
        'portMappings: {"8082": 172.16.20.88:1433, "8083": 172.16.20.89:1433}',
        "portMappings:\n  8082: 172.16.20.88:1433\n  '8083': '172.16.20.89:1433'\n",
        '{"portMappings": {"8082": "172.16.20.88:1433", "8083": "172.16.20.89:1433"}}',
        '{\n\t"portMappings": {\n\t\t"8082": "172.16.20.88:1433",\n\t\t"8083": "172.16.20.89:1433"\n\t}\n}\n',
    ],
)
def test_the_founding_format_loads_unchanged_on_every_interface(text: str) -> None:
    outcome = loaded(text)
    assert outcome.config is not None
    assert str(outcome.config.listen_host) == "0.0.0.0"  # noqa: S104 - what the founding system did
    assert [(str(route.listen), str(route.target)) for route in outcome.config.routes] == [
        ("8082", "172.16.20.88:1433"),
        ("8083", "172.16.20.89:1433"),
    ]
    assert len(outcome.warnings) == 1
    assert "which implies listen_host: 0.0.0.0" in str(outcome.warnings[0])


@pytest.mark.parametrize(
    "mappings",
    [
        '8082: "172.16.20.88:1433"',
        '8082: "[fd7a:115c:a1e0:b1a:0:1:ac10:1458]:1433", "127.0.0.1:8083": 172.16.20.89:1434',
        "8082: sql.tail1234.ts.net:1433, 8083: db.internal:1433",
        "21000-21003: 172.16.20.88:21000-21003",
    ],
)
def test_the_migrated_text_is_the_same_configuration(mappings: str) -> None:
    outcome = loaded(f"portMappings: {{{mappings}}}")
    assert outcome.config is not None
    assert outcome.migrated is not None
    again = parse(outcome.migrated.encode(), "farshore.yaml")
    assert again.config == outcome.config
    assert again.migrated is None
    assert not [warning for warning in again.warnings if "founding" in str(warning)]


def test_names_find_somebody_who_knows_them_and_a_warning_says_who() -> None:
    outcome = loaded("portMappings: {8082: sql.tail1234.ts.net:1433, 8083: db.internal:1433}")
    assert outcome.config is not None
    assert [route.resolve for route in outcome.config.routes] == [Resolve.TAILNET, Resolve.POD]
    assert [str(warning).partition("read as ")[2][:16] for warning in outcome.warnings[1:]] == [
        "resolve: tailnet",
        "resolve: pod; th",
    ]


@pytest.mark.parametrize(
    ("mapping", "line"),
    [
        ("8082: 172.16.20.88", "f:1:22 portMappings.8082: expected host:port"),
        ("99999: 172.16.20.88:1", "f:1:16 portMappings.99999: expected a port from 1 to 65535, found 99999"),
        ("08082: 172.16.20.88:1", "f:1:16 portMappings.08082: expected a port without leading zeros, found 08082"),
        ("x: 172.16.20.88:1", "f:1:16 portMappings.x: expected a port from 1 to 65535, found x"),
        ("8082: localhost:1", "f:1:22 portMappings.8082: expected the address of a host behind the tailnet"),
        ("8082: 5", "f:1:22 portMappings.8082: expected host:port"),
        ("8082: [a]", "f:1:22 portMappings.8082: expected host:port"),
        ("8082: {a: b}", "f:1:22 portMappings.8082: expected host:port"),
        ("8082: ", "f:1:21 portMappings.8082: expected host:port"),
        ("8082: *x", "f:1:22 portMappings.8082: expected a value, found the alias *x"),
        ("9808: 172.16.20.88:1", "f:1:16 portMappings.9808: expected a port that nothing else here listens on"),
        ("8082:172.16.20.88:1", "f:1:16 portMappings.8082:172.16.20.88:1: expected a port, a colon, a space"),
    ],
)
def test_a_mistake_in_a_mapping_is_told_where_it_stands(mapping: str, line: str) -> None:
    found = only_problem(f"portMappings: {{{mapping}}}")
    assert found.startswith(line)


def test_a_port_that_stands_twice_is_told_in_both_spellings() -> None:
    text = 'portMappings: {8082: 172.16.20.88:1, "8082": 172.16.20.89:1}'
    assert "expected each key once, found 8082 again" in only_problem(text)


@pytest.mark.parametrize("other", ["routes: []", "listen_host: 127.0.0.1", "proxy: x"])
def test_a_file_in_both_formats_is_refused(other: str) -> None:
    field = other.partition(":")[0]
    outcome = loaded(f"portMappings: {{8082: 172.16.20.88:1}}\n{other}\n")
    assert outcome.config is None
    assert outcome.migrated is None
    assert [str(problem).partition(" (")[0] for problem in outcome.problems] == [
        f"f:1:1 portMappings: expected either portMappings or the present format, found portMappings beside {field}"
    ]


@pytest.mark.parametrize("value", ["", "{}", "[]", "5", "[8082, 8083]"])
def test_mappings_that_are_none_are_refused_once(value: str) -> None:
    assert "expected a mapping of ports to targets" in only_problem(f"portMappings: {value}")


def test_every_mistake_is_told_at_once() -> None:
    assert len(problems("portMappings: {8082: a, 70000: 172.16.0.1:1, 8083: 127.0.0.1:1}")) == 3


def test_a_privileged_port_still_only_warns() -> None:
    assert len(warnings("portMappings: {443: 172.16.20.88:443}")) == 2
