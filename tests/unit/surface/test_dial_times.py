from msgspec import structs
from prometheus_client.samples import Sample
from tests.unit.surface.seen import ended

from farshore.core.outcome import Code
from farshore.surface.dial_times import DialTimes


def observed(*dials_ms: float | None, code: Code = Code.CLIENT_CLOSED) -> DialTimes:
    """Connections 1, 2, ... with these dials; half a millisecond to connect and one for the handshake come on top."""
    times = DialTimes()
    for number, dial_ms in enumerate(dials_ms, 1):
        times.observe(structs.replace(ended(code, dial_ms=dial_ms), connection=number))
    return times


def samples(times: DialTimes, name: str) -> list[Sample]:
    return [sample for sample in times.family().samples if sample.name == f"farshore_dial_seconds_{name}"]


def test_a_dial_is_observed_only_where_the_target_was_reached() -> None:
    (count,), (total,) = (samples(observed(1.5), name) for name in ("count", "sum"))
    assert (count.labels, count.value, total.value) == ({"route": "8082", "egress": "tailnet"}, 1, 0.003)
    assert samples(observed(1.5, code=Code.TARGET_REFUSED), "count") == []
    assert samples(observed(None, code=Code.EGRESS_REFUSED), "count") == []


def test_a_bucket_counts_what_took_at_most_as_long() -> None:
    buckets = {sample.labels["le"]: sample.value for sample in samples(observed(1.0, 3.5, 60_000.0), "bucket")}
    assert (buckets["0.001"], buckets["0.0025"], buckets["0.005"], buckets["15.0"], buckets["+Inf"]) == (0, 1, 2, 2, 3)


def test_a_route_is_shown_before_anything_was_dialled() -> None:
    times = DialTimes()
    times.show_zeros("8082", "tailnet")
    assert [sample.value for sample in samples(times, "count")] == [0]


def test_a_bucket_names_the_last_connection_in_it_where_exemplars_are_wanted() -> None:
    times = observed(1.0, 1.0)
    assert not any(sample.exemplar for sample in samples(times, "bucket"))
    named = DialTimes(lambda connection: {"connection": str(connection)})
    for number in (7, 8):
        named.observe(structs.replace(ended(dial_ms=1.0), connection=number))
    ((bucket, shown),) = ((each.labels["le"], each.exemplar) for each in samples(named, "bucket") if each.exemplar)
    assert (bucket, shown.labels, shown.value, shown.timestamp) == ("0.0025", {"connection": "8"}, 0.0025, 1.7e9)
