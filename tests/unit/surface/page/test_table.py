import pytest
from msgspec.structs import replace
from tests.unit.surface.seen import connection_state

from farshore.core.outcome import Phase
from farshore.surface.page.table import LONGEST, Asked, asked_of, chosen

STATES = [
    connection_state(3, client_bytes=10),
    replace(connection_state(1, upstream_bytes=99), route="a", client="10.0.0.9:1"),
    replace(connection_state(2), path="", phase=Phase.DIAL),
]


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        (Asked(), [1, 2, 3]),
        (Asked(sort="newest"), [3, 2, 1]),
        (Asked(sort="bytes"), [1, 3, 2]),
        (Asked(sort="client"), [1, 2, 3]),
        (Asked(sort="route"), [2, 3, 1]),
        (Asked(route="a"), [1]),
        (Asked(contains="10.0.0"), [1]),
        (Asked(contains="DIAL"), [2]),
        (Asked(contains="nobody"), []),
    ],
)
def test_what_is_asked_for_comes_in_its_order(asked: Asked, numbers: list[int]) -> None:
    assert [each.connection for each in chosen(STATES, asked)] == numbers


def test_nonsense_in_a_query_is_left_out() -> None:
    asked = asked_of({"sort": "; drop", "offset": "-3", "contains": "x" * 500, "route": "a"})
    assert asked == Asked(route="a", contains="x" * LONGEST)
    assert asked_of({"offset": "9" * 40}).offset == 0
    assert asked_of({"offset": "200", "sort": "bytes"}) == Asked(sort="bytes", offset=200)


def test_a_link_keeps_what_was_asked() -> None:
    assert Asked(route="a&b", sort="bytes").link(100) == "/connections?route=a%26b&contains=&sort=bytes&offset=100"
