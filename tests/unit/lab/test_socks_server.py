"""The SOCKS5 door."""

from ipaddress import IPv4Address

import pytest
from tests.unit.lab.parts import (
    CLOSED,
    HOST,
    LAN,
    MISSING,
    OWN_ADDRESS,
    POD_ADDRESS,
    SOCKS_GREETING,
    TARGET,
    StartLab,
    socks_request,
)

from farshore.core.address import HostPort, via_address
from farshore.lab.backend import Pace, Segments
from farshore.lab.faults import RouterDead, RouteWithdrawn

pytestmark = pytest.mark.anyio

FAILED = b"\x05\x01\x00\x01\x00\x00\x00\x00\x00\x00"


async def test_greeting_and_request_in_one_segment_reach_the_target_and_bytes_flow(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        stream = await lab.open(lab.daemon.socks5, SOCKS_GREETING + socks_request(TARGET) + b"early")
        assert await stream.read_exactly(2) == b"\x05\x00"
        assert await stream.read_exactly(8) == b"\x05\x00\x00\x01" + OWN_ADDRESS
        await stream.read_exactly(2)
        assert await stream.read_exactly(11) == b"hello\nearly"
        stream.close()


async def test_an_ipv6_target_is_bound_to_the_ipv6_address(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        via = HostPort(via_address(1, HOST), TARGET.port)
        stream = await lab.open(lab.daemon.socks5, SOCKS_GREETING, socks_request(via))
        reply = await stream.read_exactly(24)
        assert reply[:22] == bytes.fromhex("0500 05000004 fd7a115ca1e000000000000000000001")
        stream.close()


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (CLOSED, f"connect tcp {CLOSED}: connection was refused"),
        (MISSING, f"connect tcp {MISSING}: connection was refused"),
        (HostPort("nobody.lan", 1), "lookup nobody.lan: no such host"),
        (HostPort(IPv4Address("100.99.1.9"), 1), "dial tcp 100.99.1.9:1: connect: network is unreachable"),
    ],
)
async def test_every_failure_is_reply_1_and_the_reason_is_in_the_log(
    start_lab: StartLab, target: HostPort, text: str
) -> None:
    async with start_lab() as lab:
        stream = await lab.open(lab.daemon.socks5, SOCKS_GREETING + socks_request(target))
        assert await stream.read_exactly(12) == b"\x05\x00" + FAILED
        assert await stream.read() == b""
        stream.close()
        assert lab.daemon.log == [f"socks5: client connection failed: {text}"]


async def test_nobody_answers_until_the_deadline(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        lab.daemon.inject(RouterDead("r1"))
        stream = await lab.open(lab.daemon.socks5, SOCKS_GREETING + socks_request(TARGET))
        assert await stream.read_exactly(12) == b"\x05\x00" + FAILED
        stream.close()
        assert lab.daemon.log == ["socks5: client connection failed: context deadline exceeded"]
        assert lab.target.accepted == 0


async def test_without_a_route_it_leaks_and_the_bound_address_tells(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        lab.daemon.inject(RouteWithdrawn(LAN))
        stream = await lab.open(lab.daemon.socks5, SOCKS_GREETING + socks_request(TARGET))
        assert (await stream.read_exactly(10))[6:] == POD_ADDRESS
        stream.close()
        assert (lab.impostor.accepted, lab.target.accepted) == (1, 0)


@pytest.mark.parametrize(
    ("sent", "reply"),
    [
        (SOCKS_GREETING + socks_request(TARGET, command=2), b"\x05\x00\x05\x07\x00\x01\x00\x00\x00\x00\x00\x00"),
        (b"\x05\x01\x02", b"\x05\xff"),
        (b"\x04\x01\x00", b"\x05\xff"),
        (SOCKS_GREETING + b"\x05\x01\x00\x07", b"\x05\x00" + FAILED),
        (SOCKS_GREETING + b"\x04\x01\x00\x01", b"\x05\x00" + FAILED),
    ],
)
async def test_what_it_does_not_understand(start_lab: StartLab, sent: bytes, reply: bytes) -> None:
    async with start_lab() as lab:
        stream = await lab.open(lab.daemon.socks5, sent)
        assert await stream.read_exactly(len(reply)) == reply
        stream.close()


async def test_the_target_s_first_bytes_come_with_the_reply_when_coalesced(start_lab: StartLab) -> None:
    patient = Pace(coalesce_s=30)
    async with start_lab(segments=Segments.COALESCED, pace=patient) as lab:
        stream = await lab.open(lab.daemon.socks5, SOCKS_GREETING + socks_request(TARGET))
        reply = await stream.read()
        assert (reply[:2], reply[12:]) == (b"\x05\x00", b"hello\n")
        stream.close()


async def test_a_reply_that_dribbles_is_the_same_reply(start_lab: StartLab) -> None:
    async with start_lab(segments=Segments.DRIBBLED) as lab:
        stream = await lab.open(lab.daemon.socks5, SOCKS_GREETING + socks_request(TARGET))
        first = await stream.read()
        assert len(first) < 12
        rest = await stream.read_exactly(18 - len(first))
        assert (first + rest)[12:] == b"hello\n"
        stream.close()
