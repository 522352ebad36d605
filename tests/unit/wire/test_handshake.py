from dataclasses import FrozenInstanceError
from ipaddress import IPv4Address

import pytest

from farshore.core.address import HostPort
from farshore.wire.connect import ConnectHandshake, LocalApiDialHandshake
from farshore.wire.handshake import Decline, Declined, Established, Handshake
from farshore.wire.socks5 import Socks5Handshake

TARGET = HostPort(IPv4Address("172.16.20.88"), 1433)


@pytest.mark.parametrize("make", [Socks5Handshake, ConnectHandshake, LocalApiDialHandshake])
def test_every_codec_keeps_the_contract(make: type[Socks5Handshake | ConnectHandshake | LocalApiDialHandshake]) -> None:
    handshake: Handshake = make(TARGET)

    assert handshake.request()
    assert handshake.receive(b"\x7f") == Declined(reason=Decline.MALFORMED, detail=_malformed(make))
    assert make(TARGET).receive_eof().reason is Decline.CLOSED
    assert not hasattr(handshake, "__dict__")


def test_verdicts_are_values() -> None:
    established = Established(early=b"x")

    assert established == Established(early=b"x", bound=None, version=None)
    with pytest.raises(FrozenInstanceError):
        established.early = b""  # type: ignore[misc]


def _malformed(make: type[object]) -> str:
    return "expected a SOCKS5 reply, found 7f" if make is Socks5Handshake else "expected an HTTP answer, found 7f"
