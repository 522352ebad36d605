import pytest

from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.intake.wordings import dialled, wording_of

REFUSED = Wording.KERNEL_REFUSED
WINDOWS = "dial tcp 10.9.8.7:1433: connectex"
SILENT = (
    "A connection attempt failed because the connected party did not properly respond after a period of time, or "
    "established connection failed because connected host has failed to respond."
)


@pytest.mark.parametrize(
    ("text", "wording"),
    [
        ("connect tcp 10.9.8.7:1433: connection was refused", Wording.TAILNET_REFUSED),
        ("dial tcp 10.9.8.7:1433: connect: connection refused", Wording.KERNEL_REFUSED),
        ("dial tcp 10.9.8.7:1433: i/o timeout", Wording.KERNEL_TIMEOUT),
        ("dial tcp 10.9.8.7:1433: connect: no route to host", Wording.KERNEL_UNREACHABLE),
        (f"{WINDOWS}: No connection could be made because the target machine actively refused it.", REFUSED),
        (f"{WINDOWS}: {SILENT}", Wording.KERNEL_TIMEOUT),
        (f"{WINDOWS}: A socket operation was attempted to an unreachable host.", Wording.KERNEL_UNREACHABLE),
        ("connect tcp 10.9.8.7:1433: no route to host", Wording.TAILNET_UNREACHABLE),
        ("connect tcp [fd7a::1]:1433: network is unreachable", Wording.TAILNET_UNREACHABLE),
        ("connect tcp 10.9.8.7:1433: operation timed out", Wording.DEADLINE),
        ("context deadline exceeded", Wording.DEADLINE),
        ("unknown error general SOCKS server failure", Wording.SOCKS_GENERAL),
        ("lookup db.example: no such host", Wording.NAME_UNKNOWN),
        ("something else", Wording.OTHER),
    ],
)
def test_who_can_have_written_it(text: str, wording: Wording) -> None:
    assert wording_of(text) is wording


def test_the_address_is_that_of_the_operation() -> None:
    assert str(dialled("x: connect tcp 10.9.8.7:1433: connection was refused")) == "10.9.8.7:1433"
    assert str(dialled("dial tcp [fd7a::1]:22: i/o timeout")) == "[fd7a::1]:22"
    assert dialled("context deadline exceeded") is None
