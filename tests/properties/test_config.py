"""Whatever a file holds, loading it ends, raises nothing, and says either what is served or what is wrong."""

import json
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from farshore.config.fields import read_duration, write_duration
from farshore.config.load import MAX_TOLD, from_mappings, parse
from farshore.config.marks import unprintable
from farshore.config.problem import Loaded
from farshore.config.reference import example

BOUNDED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
FOUNDING = b'portMappings: {8082: "172.16.20.88:1433", "8083": 172.16.20.89:1433}\n'
GOOD = (
    example().encode(),
    FOUNDING,
    b"routes: [{listen: 8082, target: 172.16.0.1:1}]",
    b"routes:\n- {}\negresses: {a: }",
)
PIECES = (
    b"*x", b"&x ", b"!!str ", b"<<: ", b"---\n", b"{", b"}", b"[", b"]", b": ", b"- ", b"? ", b"|", b"'", b'"', b"\\U",
    b"\0", b"\xff", b"\t", b"\n", b"#", b"yes", b"null", b"0o17", b"-1", b"99999999999999999999", b"localhost",
    b"127.0.0.1", b"%YAML 1.1\n", b"\xef\xbb\xbf", b"\xc2\x85", b"portMappings: ", b"routes: ", b"  ",
)  # fmt: skip
WORDS = st.sampled_from(
    ["routes", "egresses", "listen", "target", "kind", "tailscaled", "socks5", "address", "name", "egress", "limits",
     "timeouts", "dial", "health", "resolve", "pod", "portMappings", "8082", "127.0.0.1:1055", "172.16.0.1:1", "a"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=25,
)
OCTET = st.integers(0, 255)
HOSTS = st.builds(lambda *parts: ".".join(str(part) for part in parts), st.just(172), st.integers(16, 31), OCTET, OCTET)


def assert_sound(outcome: Loaded) -> None:
    assert (outcome.config is None) == bool(outcome.problems)
    assert outcome.migrated is None or outcome.config is not None
    assert len(outcome.problems) <= MAX_TOLD + 1
    for each in (*outcome.problems, *outcome.warnings):
        line = str(each)
        assert unprintable(line) is None
        assert "\n" not in line
        assert len(line) < 1500
        assert (each.line is None) == (each.column is None)
        assert each.line is None or (each.line >= 1 and (each.column or 0) >= 1)


@BOUNDED
@given(st.binary(max_size=300))
def test_no_bytes_break_it(content: bytes) -> None:
    assert_sound(parse(content, "f"))


@BOUNDED
@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    assert_sound(parse(text.encode(errors="surrogatepass"), "f"))


@BOUNDED
@given(st.data())
def test_no_change_to_a_good_file_breaks_it(data: st.DataObject) -> None:
    content = data.draw(st.sampled_from(GOOD))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        cut = data.draw(st.integers(0, 12))
        content = content[:at] + data.draw(st.sampled_from(PIECES) | st.binary(max_size=3)) + content[at + cut :]
    assert_sound(parse(content, "f"))


@BOUNDED
@given(VALUES)
def test_no_values_in_any_place_break_it(value: Any) -> None:
    assert_sound(parse(json.dumps(value).encode(), "f"))


@BOUNDED
@given(st.dictionaries(WORDS, VALUES, max_size=6))
def test_no_fields_in_any_place_break_it(fields: dict[str, Any]) -> None:
    routed = {**fields, "routes": [{"listen": 8082, "target": "172.16.0.1:1", **fields}, fields]}
    assert_sound(parse(json.dumps(routed, indent="\t").encode(), "f"))


@BOUNDED
@given(st.lists(st.text(max_size=30), max_size=4))
def test_no_arguments_break_it(mappings: list[str]) -> None:
    outcome = from_mappings(mappings)
    assert (outcome.config is None) == bool(outcome.problems)
    assert all("\n" not in str(problem) for problem in outcome.problems)


@BOUNDED
@given(st.dictionaries(st.integers(1024, 9807), st.tuples(HOSTS, st.integers(1, 65535)), min_size=1, max_size=20))
def test_a_founding_file_and_its_migration_are_one_configuration(mappings: dict[int, tuple[str, int]]) -> None:
    document = {"portMappings": {str(port): f"{host}:{target}" for port, (host, target) in mappings.items()}}
    outcome = parse(json.dumps(document).encode(), "f")
    assert outcome.config is not None, [str(problem) for problem in outcome.problems]
    assert outcome.migrated is not None
    assert parse(outcome.migrated.encode(), "g").config == outcome.config
    assert [route.listen.first for route in outcome.config.routes] == list(mappings)


@given(st.integers(0, 31_536_000_000))
def test_a_duration_that_is_written_is_read_back(milliseconds: int) -> None:
    text = write_duration(milliseconds / 1000)
    assume(len(text) < 12)
    assert round(read_duration(text) * 1000) == milliseconds
