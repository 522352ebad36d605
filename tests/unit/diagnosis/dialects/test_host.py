import pytest

from farshore.diagnosis.dialects.host import DIALECT
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.hosts import ClockSkewed, ContainerEnded, LimitReached
from farshore.diagnosis.intake.records import Record


@pytest.mark.parametrize(
    ("text", "container", "reason"),
    [
        ("Out of memory: Killed process 4711 (tailscaled) total-vm:1994232kB", "tailscaled", "OOMKilled"),
        ("tailscaled.service: Main process exited, code=killed, status=9/KILL", "tailscaled", "killed 9/KILL"),
        ("tailscaled.service: Main process exited, code=dumped, status=6/ABRT", "tailscaled", "dumped 6/ABRT"),
        (
            "tailscaled.service: Main process exited, code=exited, status=2/INVALIDARGUMENT",
            "tailscaled",
            "exited 2/INVALIDARGUMENT",
        ),
    ],
)
def test_an_end(text: str, container: str, reason: str) -> None:
    (ended,) = DIALECT.read(Record(origin=Origin(source="kern.log"), line=1, text=text))
    assert isinstance(ended, ContainerEnded)
    assert (ended.container, ended.reason) == (container, reason)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("accept tcp 0.0.0.0:8082: accept4: too many open files; retrying in 5ms", "descriptors"),
        ("TCP: request_sock_TCP: Possible SYN flooding on port 8082. Sending cookies.", "backlog"),
        ("nf_conntrack: table full, dropping packet", "connections"),
    ],
)
def test_a_limit(text: str, what: str) -> None:
    (reached,) = DIALECT.read(Record(origin=Origin(source="kern.log"), line=1, text=text))
    assert isinstance(reached, LimitReached)
    assert reached.what == what


@pytest.mark.parametrize(
    "text", ["tailscaled.service: Main process exited, code=exited, status=0/SUCCESS", "process 1"]
)
def test_an_orderly_end_is_none(text: str) -> None:
    assert list(DIALECT.read(Record(origin=Origin(source="a"), line=1, text=text))) == []


TLS = "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time"


def test_a_clock_that_is_behind() -> None:
    text = f"{TLS} 2026-03-03T09:14:02+01:00 is before 2026-03-04T08:14:02Z"
    (skewed,) = DIALECT.read(Record(origin=Origin(source="tailscaled.log"), line=1, text=text))
    assert isinstance(skewed, ClockSkewed)
    assert skewed.behind_s == 24 * 3600


@pytest.mark.parametrize(
    "told",
    [
        "2026-03-04T09:14:02Z is after 2026-03-04T00:00:00Z",
        "2026-03-04T09:14:02Z is before 2026-03-04T00:00:00Z",
        "2026-03-04T09:14:02Z is before 2026-03-05T00:00:00",
        "2026-03-04T09:14:02Z is before 2026-99-99T00:00:00Z",
    ],
)
def test_a_certificate_that_has_ended_and_times_that_are_none_tell_nothing_of_the_clock(told: str) -> None:
    assert list(DIALECT.read(Record(origin=Origin(source="tailscaled.log"), line=1, text=f"{TLS} {told}"))) == []
