import struct
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.wire.test_redirect import tns

from farshore.core.address import HostPort
from farshore.wire.onward import Onward

THERE = HostPort(IPv4Address("10.2.0.7"), 1526)
HERE = HostPort(IPv4Address("192.168.100.200"), 41526)
MORE = b"(DESCRIPTION=(CONNECT_DATA=(CID=(HOST=10.2.0.7)))(ADDRESS=(PROTOCOL=tcp)(HOST=10.2.0.7)(PORT=1526)))"


def inline(data: bytes, flags: int = 0) -> bytes:
    return struct.pack(">HHBBHH", 10 + len(data), 0, 5, flags, 0, len(data)) + data


def behind(data: bytes, flags: int = 0) -> bytes:
    return struct.pack(">HHBBHH", 10, 0, 5, flags, 0, len(data)) + tns(6, b"\x00\x40" + data)


def address(host: str = "10.2.0.7", port: int = 1526) -> bytes:
    return f"(ADDRESS=(PROTOCOL=tcp)(HOST={host})(PORT={port}))".encode()


class Asked:
    def __init__(self, instead: HostPort | None = HERE) -> None:
        self.asked: list[HostPort] = []
        self.instead = instead

    def __call__(self, there: HostPort) -> HostPort | None:
        self.asked.append(there)
        return self.instead


NEW = address("192.168.100.200", 41526)
RESEND = tns(11, b"")


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (inline(address()), inline(NEW)),
        (behind(address()), behind(NEW)),
        (behind(address() + b"\0" + MORE, 2), behind(NEW + b"\0" + MORE, 2)),
        (inline(address() + b"\0" + MORE, 2), inline(NEW + b"\0" + MORE, 2)),
        (RESEND + RESEND + inline(address()) + b"what follows", RESEND + RESEND + inline(NEW) + b"what follows"),
        (
            inline(b"(DESCRIPTION=(ADDRESS_LIST=(address = (port= 1526 )(Host = 10.2.0.7) (protocol=TCP))))"),
            inline(b"(DESCRIPTION=(ADDRESS_LIST=(address = (port=41526)(Host=192.168.100.200) (protocol=TCP))))"),
        ),
    ],
)
def test_the_client_hears_another_address_and_nothing_else_is_altered(said: bytes, heard: bytes) -> None:
    for cut in range(len(said) + 1):
        asked = Asked()
        onward = Onward(asked)
        assert onward.change(said[:cut]) + onward.change(said[cut:]) + onward.rest() == heard
        assert asked.asked == [THERE]
        assert onward.is_over
    onward = Onward(Asked())
    assert b"".join(onward.change(said[at : at + 1]) for at in range(len(said))) == heard


@pytest.mark.parametrize(
    "said",
    [
        tns(2, bytes(24)) + inline(address()),
        tns(4, b"refused"),
        tns(6, address()),
        inline(b"(ADDRESS=(PROTOCOL=tcps)(HOST=10.2.0.7)(PORT=1526))"),
        inline(b"(ADDRESS=(PROTOCOL=tcp)(HOST=10.2.0.7))"),
        inline(b"(ADDRESS=(PROTOCOL=tcp)(HOST=10.2.0.7)(PORT=66000))"),
        inline(b"(ADDRESS=(PROTOCOL=tcp)(HOST=\xff\xfe)(PORT=1526))"),
        inline(b"(CONNECT_DATA=(HOST=10.2.0.7)(PORT=1526))"),
        inline(b"no address\0" + address()),
        inline(address())[:-1],
        inline(address())[:9],
        struct.pack(">HHBBHH", 10, 0, 5, 0, 0, 400) + tns(6, b"\0\0" + address()),
        struct.pack(">HHBBHH", 10, 0, 5, 0, 0, 400) + tns(12, address()),
        struct.pack(">HHBBHH", 12, 0, 5, 0, 0, 400) + address(),
        struct.pack(">HHBBHH", 3, 0, 5, 0, 0, 400) + address(),
        struct.pack(">HHBBH", 0, 0, 11, 0, 0),
        b"220 ready\r\n",
        b"N",
        b"",
    ],
)
def test_what_is_not_understood_is_passed_on_as_it_is(said: bytes) -> None:
    for cut in range(len(said) + 1):
        asked = Asked()
        onward = Onward(asked)
        assert onward.change(said[:cut]) + onward.change(said[cut:]) + onward.rest() == said
        assert asked.asked == []


def test_an_address_that_nobody_carries_stays() -> None:
    asked = Asked(None)
    assert Onward(asked).change(inline(address("rac2.example"))) == inline(address("rac2.example"))
    assert asked.asked == [HostPort("rac2.example", 1526)]


def test_what_would_not_fit_into_a_packet_any_more_stays() -> None:
    said = inline(address("a", 1) + b" " * (0xFFFF - 10 - len(address("a", 1))))
    assert Onward(Asked()).change(said) == said


def test_what_is_no_redirect_is_held_back_no_longer_than_its_type() -> None:
    onward = Onward(Asked())
    assert onward.change(b"\x00\x40\x00\x00") == b""
    assert onward.change(b"\x02") == b"\x00\x40\x00\x00\x02"
    assert onward.is_over


@given(
    st.lists(
        st.one_of(st.binary(max_size=40), st.sampled_from([inline(address()), behind(address()), RESEND])), max_size=9
    )
)
def test_anything_is_passed_on_and_little_is_added(said: list[bytes]) -> None:
    asked = Asked()
    onward = Onward(asked)
    heard = b"".join(onward.change(piece) for piece in said) + onward.rest()
    assert len(heard) == sum(map(len, said)) + len(asked.asked) * (len(NEW) - len(address()))
