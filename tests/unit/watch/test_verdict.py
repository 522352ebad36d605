"""What pings, connections and other paths say together."""

import pytest

from farshore.core.outcome import Code
from farshore.gateway.judge import Failure
from farshore.watch.verdict import Ping, Pinged, Probe, Probed, judge, probed, wants_a_witness

ANSWERS = Pinged(ping=Ping.ANSWERED, detail="r1 answers pings")
SILENT = Pinged(ping=Ping.SILENT, detail="r1 answered no ping for 2 s")
UNKNOWN = Pinged(ping=Ping.NOTHING, detail="/s: no answer within 2 s")


def seen(probe: Probe) -> Probed:
    return Probed(probe=probe, detail="the dial's words")


@pytest.mark.parametrize(
    ("ping", "probe", "witness", "result", "reason"),
    [
        (ANSWERS, None, None, "answered", "r1 answers pings"),
        (SILENT, None, None, "failed", "r1 answered no ping for 2 s"),
        (UNKNOWN, None, None, "nothing", "/s: no answer within 2 s"),
        (None, None, None, "nothing", "there is nobody to ask"),
        (SILENT, Probe.CONNECTED, None, "answered", "the dial's words"),
        (None, Probe.CONNECTED, None, "answered", "the dial's words"),
        (ANSWERS, Probe.UNROUTED, None, "failed", "the dial's words"),
        (ANSWERS, Probe.REFUSED, None, "answered", "the target refuses: the dial's words"),
        (SILENT, Probe.REFUSED, None, "answered", "the target refuses: the dial's words"),
        (ANSWERS, Probe.REFUSED, "r2", "failed", "the dial's words, while r2 connects"),
        (ANSWERS, Probe.SILENT, "r2", "failed", "the dial's words, while r2 connects"),
        (ANSWERS, Probe.SILENT, None, "doubtful", "r1 answers pings, and the target does not: the dial's words"),
        (None, Probe.SILENT, None, "doubtful", "the dial's words"),
        (SILENT, Probe.SILENT, None, "failed", "r1 answered no ping for 2 s"),
        (UNKNOWN, Probe.SILENT, None, "nothing", "/s: no answer within 2 s"),
        (ANSWERS, Probe.NOTHING, None, "nothing", "the dial's words"),
        (SILENT, Probe.NOTHING, None, "failed", "r1 answered no ping for 2 s"),
        (None, Probe.NOTHING, None, "nothing", "the dial's words"),
    ],
)
def test_what_one_check_shows(
    ping: Pinged | None, probe: Probe | None, witness: str | None, result: str, reason: str
) -> None:
    check = judge(ping, None if probe is None else seen(probe), witness=witness)
    assert (check.result.value, check.reason) == (result, reason)


@pytest.mark.parametrize(
    ("ping", "probe", "wanted"),
    [
        (ANSWERS, Probe.REFUSED, True),
        (SILENT, Probe.REFUSED, True),
        (ANSWERS, Probe.SILENT, True),
        (None, Probe.SILENT, True),
        (UNKNOWN, Probe.SILENT, True),
        (SILENT, Probe.SILENT, False),
        (ANSWERS, Probe.CONNECTED, False),
        (ANSWERS, Probe.UNROUTED, False),
        (ANSWERS, Probe.NOTHING, False),
        (ANSWERS, None, False),
    ],
)
def test_another_path_is_asked_only_where_its_word_decides(
    ping: Pinged | None, probe: Probe | None, *, wanted: bool
) -> None:
    assert wants_a_witness(ping, None if probe is None else seen(probe)) is wanted


@pytest.mark.parametrize("code", Code)
def test_only_what_somebody_beyond_this_host_did_says_something(code: Code) -> None:
    expected = {
        Code.TARGET_REFUSED: Probe.REFUSED,
        Code.LEAK: Probe.UNROUTED,
        Code.NO_ANSWER: Probe.SILENT,
        Code.TARGET_SILENT: Probe.SILENT,
        Code.TARGET_UNREACHABLE: Probe.SILENT,
        Code.DIAL_FAILED: Probe.SILENT,
    }
    told = probed(Failure(code=code, detail="why"))
    assert told == Probed(probe=expected.get(code, Probe.NOTHING), detail="why")
