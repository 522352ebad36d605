from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farshore.core.address import HostPort
from farshore.wire.ftp import FIRST_DATA_PORT, MAX_LINE_BYTES, ControlChannel, Said

GATEWAY = IPv4Address("10.1.2.3")
PASV = b"227 Entering Passive Mode (172,16,20,88,200,21).\r\n"
EPSV = b"229 Entering Extended Passive Mode (|||51221|)\r\n"
DATA_PORT = 50007


class Channel(ControlChannel):
    """Notes which ports of the server were asked for."""

    def __init__(self, *, address: IPv4Address | None = GATEWAY, port: int | str = DATA_PORT) -> None:
        self.asked: list[int] = []
        self.hidden = 0
        self.port = port
        self.back: HostPort | str = "no way back"
        super().__init__(self._open, self._open_it_back, address, self._count_hidden)

    def _open_it_back(self, there: HostPort) -> HostPort | str:
        self.asked.append(there.port)
        return self.back

    def _count_hidden(self) -> None:
        self.hidden += 1

    def _open(self, port: int) -> int | str:
        self.asked.append(port)
        return self.port


def test_an_answer_to_pasv_names_the_gateway_and_nothing_else_is_altered() -> None:
    channel = Channel()
    assert channel.from_client(b"PASV\r\n") == Said(on=b"PASV\r\n")
    assert channel.from_server(PASV) == b"227 Entering Passive Mode (10,1,2,3,195,87).\r\n"
    assert channel.asked == [51221]


def test_an_answer_to_epsv_names_the_gateways_port() -> None:
    channel = Channel()
    channel.from_client(b"epsv\r\n")
    assert channel.from_server(EPSV) == b"229 Entering Extended Passive Mode (|||50007|)\r\n"
    assert channel.asked == [51221]


@pytest.mark.parametrize(("verb", "answer"), [(b"PASV\r\n", PASV), (b"EPSV\r\n", EPSV)])
def test_however_it_is_cut(verb: bytes, answer: bytes) -> None:
    channel = Channel()
    sent = b"".join(channel.from_client(verb[at : at + 1]).on for at in range(len(verb)))
    heard = b"".join(channel.from_server(answer[at : at + 1]) for at in range(len(answer)))
    assert sent == verb
    assert heard.startswith(answer[:4])
    assert (b"50007" in heard) or (b"10,1,2,3,195,87" in heard)


@pytest.mark.parametrize("answer", [PASV, EPSV])
def test_an_answer_that_nobody_asked_for_is_passed_on_and_opens_nothing(answer: bytes) -> None:
    channel = Channel()
    channel.from_client(b"NOOP\r\n")
    assert channel.from_server(answer) == answer
    assert channel.asked == []


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        (b"PASV\r\n", b"227 Entering Passive Mode (10,0,0,300,4,5)\r\n"),
        (b"PASV\r\n", b"227 Entering Passive Mode\r\n"),
        (b"PASV\r\n", b"227 (1, 2, 3, 4, 5, 6)\r\n"),
        (b"PASV\r\n", b"227 (1,2,3,4,0,0)\r\n"),
        (b"EPSV\r\n", b"229 (|1|10.0.0.9|4|)\r\n"),
        (b"EPSV\r\n", b"229 (|||99999|)\r\n"),
        # Ports of the system's services: 22 and 1023.
        (b"PASV\r\n", b"227 (10,0,0,3,0,22)\r\n"),
        (b"EPSV\r\n", b"229 (|||1023|)\r\n"),
    ],
)
def test_an_answer_that_cannot_be_understood_is_not_left_to_the_client(verb: bytes, answer: bytes) -> None:
    channel = Channel()
    channel.from_client(verb)
    assert channel.from_server(answer).startswith(b"425 farshore: ")
    assert channel.asked == []


def test_without_a_free_port_the_client_is_told() -> None:
    channel = Channel(port="none is free")
    channel.from_client(b"PASV\r\nEPSV\r\n")
    assert channel.from_server(PASV) == channel.from_server(EPSV) == b"425 farshore: none is free\r\n"
    assert channel.asked == [51221, 51221]


def test_a_client_over_ipv6_is_sent_to_epsv() -> None:
    channel = Channel(address=None)
    channel.from_client(b"PASV\r\nEPSV\r\n")
    assert b"use EPSV" in channel.from_server(PASV)
    assert b"50007" in channel.from_server(EPSV)
    assert channel.asked == [51221]


def test_active_mode_that_is_carried_names_the_gateway_to_the_server() -> None:
    channel = Channel()
    channel.back = HostPort(GATEWAY, DATA_PORT)
    assert channel.from_client(b"PORT 10,0,0,9,4,5\r\n") == Said(on=b"PORT 10,1,2,3,195,87\r\n")
    assert channel.from_client(b"EPRT |1|10.0.0.9|1030|\r\n") == Said(on=b"PORT 10,1,2,3,195,87\r\n")
    assert channel.asked == [1029, 1030]
    assert channel.from_server(b"200 fine\r\n200 fine\r\n") == b"200 fine\r\n200 fine\r\n"
    channel.from_client(b"PASV\r\n")
    assert b"10,1,2,3" in channel.from_server(PASV)


@pytest.mark.parametrize(
    "command", [b"PORT 10,0,0,9,4,5\r\n", b"EPRT |1|10.0.0.9|1029|\r\n", b"port 1,2,3,4,5,6\n", b"LPRT 4,4\r\n"]
)
def test_active_mode_is_declined_and_the_server_never_hears_of_it(command: bytes) -> None:
    said = Channel().from_client(b"NOOP\r\n" + command + b"QUIT\r\n")
    assert said.on == b"NOOP\r\nQUIT\r\n"
    assert said.back.startswith(b"502 farshore: ")
    assert said.back.count(b"\r\n") == 1


def test_preliminary_replies_and_lines_of_longer_ones_answer_nothing() -> None:
    channel = Channel()
    channel.from_client(b"RETR a\r\nPASV\r\n")
    for line in (b"150 opening\r\n", b"226-227 (1,2,3,4,5,6)\r\n", b" 227 (1,2,3,4,5,6)\r\n", b"226 done\r\n"):
        assert channel.from_server(line) == line
    assert b"10,1,2,3" in channel.from_server(PASV)


def test_an_abort_behind_telnets_signals_is_one_command() -> None:
    channel = Channel()
    abort = b"\xff\xf4\xff\xf2ABOR\r\n"
    assert channel.from_client(b"RETR a\r\n" + abort + b"PASV\r\n").on == b"RETR a\r\n" + abort + b"PASV\r\n"
    channel.from_server(b"426 aborted\r\n226 abort successful\r\n")
    assert b"10,1,2,3" in channel.from_server(PASV)


def test_what_follows_the_beginning_of_tls_is_nobodys_business() -> None:
    channel = Channel()
    channel.from_client(b"AUTH TLS\r\n")
    assert channel.from_server(b"234 go ahead\r\n\x16\x03\x01PASV") == b"234 go ahead\r\n\x16\x03\x01PASV"
    assert channel.is_hidden
    assert channel.hidden == 1
    assert channel.from_client(b"PORT 1,2,3,4,5,6\r\n") == Said(on=b"PORT 1,2,3,4,5,6\r\n")
    assert channel.from_server(PASV) == PASV


def test_tls_from_the_first_byte_is_passed_on_at_once() -> None:
    channel = Channel()
    hello = b"\x16\x03\x01\x00\xf0no line"
    assert [channel.from_client(hello[at : at + 1]).on for at in range(len(hello))] == [
        hello[at : at + 1] for at in range(len(hello))
    ]
    assert channel.from_server(b"\x16\x03\x03") == b"\x16\x03\x03"
    assert channel.hidden == 1


def test_a_last_word_without_an_end_of_line_is_kept_until_the_end() -> None:
    channel = Channel()
    assert channel.from_client(b"QUIT").on == channel.from_server(b"221 bye") == b""
    assert channel.rest_of_client() == b"QUIT"
    assert channel.rest_of_server() == b"221 bye"
    assert channel.rest_of_client() == channel.rest_of_server() == b""


@pytest.mark.parametrize("reply", [b"534 no\r\n", b"502 no\r\n"])
def test_tls_that_the_server_declines_hides_nothing(reply: bytes) -> None:
    channel = Channel()
    channel.from_client(b"AUTH TLS\r\n")
    channel.from_server(reply)
    assert not channel.is_hidden


@pytest.mark.parametrize("length", [MAX_LINE_BYTES + 1, 5 * MAX_LINE_BYTES])
def test_a_line_without_end_is_not_held_back(length: int) -> None:
    channel = Channel()
    assert channel.from_client(b"x" * length).on == b"x" * length
    assert channel.from_server(b"x" * length) == b"x" * length


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from([b"PASV\r\n", b"EPSV\r\n", b"PORT 1,2,3,4,5,6\r\n", b"AUTH TLS\r\n", PASV, EPSV, b"234 x\r\n"]),
    ),
    max_size=30,
)


@given(PIECES, PIECES)
def test_whatever_both_say_is_passed_on_in_bounds(client: list[bytes], server: list[bytes]) -> None:
    channel = Channel()
    for said in client:
        channel.from_client(said)
    heard = b"".join(channel.from_server(said) for said in server)
    assert len(heard) <= sum(map(len, server)) + 100 * len(server)
    assert all(FIRST_DATA_PORT <= port <= 65535 for port in channel.asked if port != 5 * 256 + 6)
