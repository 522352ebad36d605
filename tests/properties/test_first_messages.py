"""Whatever a client says first: no exception, and one judgement however the bytes are cut."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.wire.test_postgres import GSS_ENC_REQUEST, SSL_REQUEST, STARTUP
from tests.unit.wire.test_tds import SPECIFIED, VERSION_ONLY
from tests.unit.wire.test_tns import ADDRESS, LONG, connect, data

from farshore.wire import postgres, tds, tns
from farshore.wire.first_message import FirstMessage

Recognise = Callable[[bytes], FirstMessage]
RECOGNISERS: list[Recognise] = [tds.first_message, postgres.first_message, tns.first_message]
HARMLESS: list[tuple[Recognise, bytes]] = [
    (tds.first_message, SPECIFIED),
    (tds.first_message, VERSION_ONLY),
    (postgres.first_message, SSL_REQUEST),
    (postgres.first_message, GSS_ENC_REQUEST),
    (postgres.first_message, STARTUP),
    (tns.first_message, connect(ADDRESS)),
    (tns.first_message, connect(b"", len(LONG)) + data(LONG)),
]


@pytest.mark.parametrize(("recognise", "message"), HARMLESS)
def test_every_part_of_a_harmless_message_is_incomplete(recognise: Recognise, message: bytes) -> None:
    judged = [recognise(message[:end]) for end in range(len(message) + 1)]
    assert judged == [*[FirstMessage.INCOMPLETE] * len(message), FirstMessage.HARMLESS]


@pytest.mark.parametrize(("recognise", "message"), HARMLESS)
@given(more=st.binary(min_size=1))
def test_a_harmless_message_with_anything_behind_it_is_none(recognise: Recognise, message: bytes, more: bytes) -> None:
    assert recognise(message + more) is FirstMessage.OTHER


@pytest.mark.parametrize(("recognise", "message"), HARMLESS)
@given(at=st.integers(min_value=0), byte=st.integers(min_value=0, max_value=255))
def test_what_is_nothing_harmless_never_becomes_it(recognise: Recognise, message: bytes, at: int, byte: int) -> None:
    changed = bytearray(message)
    changed[at % len(changed)] = byte
    told = [recognise(bytes(changed[:length])) for length in range(len(changed) + 1)]
    assert told == sorted(told, key=[FirstMessage.INCOMPLETE, FirstMessage.HARMLESS, FirstMessage.OTHER].index)


@pytest.mark.parametrize("recognise", RECOGNISERS)
@given(said=st.binary())
def test_anything_is_judged(recognise: Recognise, said: bytes) -> None:
    assert recognise(said) in set(FirstMessage)
