from msgspec.structs import replace
from tests.unit.surface.seen import ended

from farshore.core.events import ConnectionEnded, DrainStarted
from farshore.core.outcome import Code
from farshore.watch.endings import KEPT, Endings, ended_at_s


def at(second: float, code: Code = Code.CLIENT_CLOSED) -> ConnectionEnded:
    """One that lasted an eighth of a second."""
    return replace(ended(code), started_at_s=second)


def test_the_ends_of_connections_are_kept_in_the_order_of_their_ends_and_nothing_else_is() -> None:
    endings = Endings()
    late, early = at(20.0, Code.IDLE), at(10.0)
    for event in (late, DrainStarted(connections=1), early):
        endings.announce(event)
    assert endings.since(0.0) == [early, late]
    assert ended_at_s(early) == 10.125


def test_what_ended_before_is_left_out() -> None:
    endings = Endings()
    for second in (10.0, 20.0, 30.0):
        endings.announce(at(second))
    assert [each.started_at_s for each in endings.since(20.125)] == [20.0, 30.0]


def test_a_thousand_good_ones_do_not_push_out_the_one_that_failed() -> None:
    endings = Endings()
    bad = [at(1.0, code) for code in (Code.NO_ANSWER, Code.IDLE, Code.HALF_CLOSE, Code.CLIENT_GONE_EARLY)]
    for event in [*bad, *(at(2.0 + number) for number in range(2 * KEPT))]:
        endings.announce(event)
    kept = endings.since(0.0)
    assert kept[: len(bad)] == bad
    assert [each.started_at_s for each in kept[len(bad) :]] == [2.0 + KEPT + number for number in range(KEPT)]


def test_no_more_failures_are_kept_than_that_either() -> None:
    endings = Endings()
    for number in range(KEPT + 1):
        endings.announce(at(float(number), Code.NO_ANSWER))
    assert [each.started_at_s for each in endings.since(0.0)] == [1.0 + number for number in range(KEPT)]
