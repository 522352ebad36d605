from typing import Any

import pytest

from farshore.config.partial import without_mistakes
from farshore.config.problem import Loc

GOOD: dict[str, Any] = {"listen": 8082, "target": "172.16.0.1:1"}


@pytest.mark.parametrize(
    ("data", "loc", "gone"),
    [
        ({"routes": [{**GOOD, "protocol": "x"}]}, ("routes", 0, "protocol"), ("routes", 0, "protocol")),
        (
            {"routes": [{**GOOD, "allow_clients": ["x"]}]},
            ("routes", 0, "allow_clients", 0),
            ("routes", 0, "allow_clients"),
        ),
        ({"routes": [{"listen": 1, "target": 2}]}, ("routes", 0, "target"), ("routes", 0, "target")),
        ({"routes": [GOOD, 5]}, ("routes", 1), ("routes", 1)),
        ({"routes": 5}, ("routes",), ("routes",)),
        ({}, ("routes",), ("routes",)),
        ({"routes": [GOOD], "foo": 1}, ("foo",), ("foo",)),
        ({"routes": [GOOD], "limits": 5}, ("limits",), ("limits",)),
        ({"routes": [GOOD], "limits": {"x": 5}}, ("limits", "x"), ("limits", "x")),
        ({"routes": [GOOD], "egresses": 5}, ("egresses",), ("egresses",)),
        ({"routes": [GOOD], "egresses": {"a": 5}}, ("egresses", "a"), ("egresses", "a")),
        ({"routes": [GOOD], "egresses": {"a": {"kind": "x"}}}, ("egresses", "a", "kind"), ("egresses", "a")),
        (
            {"routes": [GOOD], "egresses": {"a": {"kind": "socks5"}}},
            ("egresses", "a", "address"),
            ("egresses", "a", "address"),
        ),
    ],
)
def test_a_mistake_is_taken_out_and_the_rest_stays(data: dict[str, Any], loc: Loc, gone: Loc) -> None:
    before = repr(data)
    config, taken = without_mistakes(data, [loc])
    assert config is not None
    assert taken == {gone}
    assert repr(data) == before


def test_what_is_right_keeps_its_place_among_the_mistakes() -> None:
    config, _ = without_mistakes({"routes": [5, GOOD]}, [("routes", 0)])
    assert config is not None
    assert config.routes[1].listen.first == 8082


def test_what_is_beyond_mending_is_no_configuration() -> None:
    config, _ = without_mistakes({"routes": [{**GOOD, "protocol": "x"}]}, [])
    assert config is None
