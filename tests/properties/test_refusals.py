"""Whatever a client says while it is refused: no exception, a bounded answer, and the same one however it is cut."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.wire.refusal.cutting import WORDS, hear
from tests.unit.wire.refusal.test_tds import login
from tests.unit.wire.refusal.tunnels import Tunnel, offered
from tests.unit.wire.test_postgres import SSL_REQUEST, STARTUP
from tests.unit.wire.test_tds import SPECIFIED
from tests.unit.wire.test_tns import ADDRESS, connect

from farshore.wire.refusal import ftp, mysql, ssh
from farshore.wire.refusal.http import HttpRefuser
from farshore.wire.refusal.postgres import PostgresRefuser
from farshore.wire.refusal.tds import TdsRefuser
from farshore.wire.refusal.tds_packets import PRELOGIN, packets
from farshore.wire.refusal.tls import Offer
from farshore.wire.refusal.tns import TnsRefuser
from farshore.wire.refusal.turn import Refuser, Words


def in_tls(make: Callable[[Words, Offer], Refuser]) -> Callable[[Words], Refuser]:
    return lambda words: make(words, offered)


MAKERS: list[Callable[[Words], Refuser]] = [
    mysql.refuser, ftp.refuser, ssh.refuser, HttpRefuser, PostgresRefuser, TdsRefuser, TnsRefuser,
    in_tls(PostgresRefuser), in_tls(TdsRefuser),
]  # fmt: skip
SAID = st.one_of(
    st.binary(max_size=300),
    st.just(connect(ADDRESS)),
    st.builds(
        lambda begin, rest: begin + rest,
        st.sampled_from([SSL_REQUEST, STARTUP, SPECIFIED, login(0x74000004), b"GET / "]),
        st.binary(max_size=40),
    ),
)


@pytest.mark.parametrize("make", MAKERS)
@given(said=SAID, sizes=st.lists(st.integers(min_value=1, max_value=20), min_size=1, max_size=40))
def test_anything_is_answered_alike_however_it_is_cut(
    make: Callable[[Words], Refuser], said: bytes, sizes: list[int]
) -> None:
    pieces, at = [], 0
    for size in sizes:
        pieces.append(said[at : at + size])
        at += size
    whole = hear(make(WORDS), [said])
    cut = hear(make(WORDS), [*(piece for piece in pieces if piece), said[at:]])
    # What follows a whole CONNECT is heard only where it came together with its end.
    assert cut == whole or (make is TnsRefuser and not whole.send)
    assert len(whole.send) < 2000


@pytest.mark.parametrize("is_in_prelogin", [True, False])
@given(
    at=st.integers(min_value=0, max_value=400),
    byte=st.integers(min_value=0, max_value=255),
    more=st.binary(max_size=40),
)
def test_a_handshake_that_is_spoilt_anywhere_ends_without_a_word_in_the_clear(
    is_in_prelogin: bool,  # noqa: FBT001
    at: int,
    byte: int,
    more: bytes,
) -> None:
    refuser, hello = (TdsRefuser(WORDS, offered), Tunnel().hello())
    spoilt = hello[:at] + bytes([byte]) + hello[at + 1 :] + more
    said = SPECIFIED + packets(PRELOGIN, spoilt) if is_in_prelogin else spoilt
    sent = hear(refuser, [said, login(0x74000004)]).send
    assert "farshore".encode("utf-16-le") not in sent
    assert len(sent) < 4000
