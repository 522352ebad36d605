import ssl

import pytest
from tests.unit.wire.refusal.cutting import TEXT
from tests.unit.wire.refusal.tunnels import SIZES, WHOLE, Tunnel, offered, tell

from farshore.wire.refusal.tls import InsideTls, TlsServer, begins_tls
from farshore.wire.refusal.turn import Monologue, Refuser, Turn


class Echo:
    """Says everything back, and is over at a full stop."""

    def receive(self, data: bytes) -> Turn:
        return Turn(send=data, is_over=data.endswith(b"."))


def echo() -> Refuser:
    return InsideTls(TlsServer(offered().postgres), Echo())


@pytest.mark.parametrize("size", SIZES)
def test_what_is_said_inside_is_heard_and_answered_inside(size: int) -> None:
    refuser, tunnel = echo(), Tunnel()
    tunnel.shake(refuser, size)
    turn = tell(refuser, tunnel.say(b"one") + tunnel.say(b"two"), size)
    assert (tunnel.hear(turn.send), turn.is_over) == (b"onetwo", False)
    turn = tell(refuser, tunnel.say(b"end."), size)
    assert (tunnel.hear(turn.send), turn.is_over) == (b"end.", True)


def test_who_speaks_first_does_so_when_the_tunnel_is_up() -> None:
    refuser = InsideTls(TlsServer(offered().postgres), Monologue(TEXT.encode()))
    tunnel = Tunnel()
    assert not refuser.receive(tunnel.hello()).is_over


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b"\x80" * 64])
def test_who_speaks_no_tls_is_broken_with(said: bytes) -> None:
    turn = tell(echo(), said, WHOLE)
    assert turn.is_over
    assert len(turn.send) <= 7  # one alert


def test_a_record_that_is_never_whole_is_waited_for_in_bounded_memory() -> None:
    refuser = echo()
    assert refuser.receive(b"\x16\x03\x01\x40\x00\x01\x00\xff\xff") == Turn()
    assert tell(refuser, b"\x01" * (1 << 17), WHOLE).is_over


def test_who_ends_tls_is_let_go() -> None:
    refuser, tunnel = echo(), Tunnel()
    tunnel.shake(refuser, WHOLE)
    assert refuser.receive(tunnel.goodbye()).is_over


def test_no_session_is_remembered_or_can_be_resumed() -> None:
    context = offered().tds
    before = context.session_stats()["number"]
    for _ in range(3):
        refuser, tunnel = InsideTls(TlsServer(context), Echo()), Tunnel()
        tunnel.shake(refuser, WHOLE)
        refuser.receive(tunnel.say(b"end."))
        assert tunnel.tls.session is None or not tunnel.tls.session.has_ticket
        del refuser
    assert context.session_stats()["number"] == before


def test_what_is_too_old_is_not_spoken() -> None:
    shown = offered()
    assert {context.minimum_version for context in (shown.postgres, shown.tds, shown.tds_strict)} == {
        ssl.TLSVersion.TLSv1_2
    }
    assert shown.tds.maximum_version == ssl.TLSVersion.TLSv1_2


def test_tls_begins_with_a_handshake() -> None:
    assert begins_tls(b"\x16")
    assert not begins_tls(b"")
    assert not begins_tls(b"\x12\x16")
