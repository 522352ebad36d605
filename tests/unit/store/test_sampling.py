"""Which samples are kept: what changed, and one now and then."""

from msgspec.structs import replace
from tests.unit.store.journals import NOON_S, sampled

from farshore.core.sampled import TailscaledSampled
from farshore.store.sampling import AT_LEAST_EVERY_S, Sampling


def shaken(sample: TailscaledSampled) -> TailscaledSampled:
    """The same after another handshake."""
    return replace(sample, nodes=tuple(replace(node, last_handshake_s=NOON_S) for node in sample.nodes))


def test_what_says_the_same_is_kept_now_and_then() -> None:
    sampling = Sampling()
    times = (0.0, 30.0, AT_LEAST_EVERY_S - 1, AT_LEAST_EVERY_S, AT_LEAST_EVERY_S + 30)
    assert [sampling.wants(sampled(), at_s) for at_s in times] == [True, False, False, True, False]


def test_a_change_is_kept_at_once_and_a_repeated_handshake_is_none() -> None:
    sampling = Sampling()
    said = [
        sampled(),
        shaken(sampled()),
        sampled(online=False),
        sampled(),
        replace(sampled(), health=()),
        replace(sampled(), health=(), problem="gone"),
    ]
    assert [sampling.wants(sample, 0.0) for sample in said] == [True, False, True, True, True, True]


def test_each_egress_is_looked_at_for_itself() -> None:
    sampling = Sampling()
    assert [sampling.wants(replace(sampled(), egress=egress), 0.0) for egress in "abab"] == [True, True, False, False]
