"""What is said first to a target, byte for byte."""

import pytest

from farshore.config.model import Protocol
from farshore.watch.greeting import request_of


def test_postgres_is_asked_for_gssapi_encryption() -> None:
    assert request_of("postgres") == bytes.fromhex("00000008 04d21630")


def test_sql_server_is_sent_a_prelogin_that_asks_for_nothing() -> None:
    said = request_of("sqlserver")
    assert said[:8] == bytes.fromhex("12 01 001a 0000 01 00")
    assert len(said) == 0x1A
    assert said[8:19] == bytes.fromhex("00 000b 0006 01 0011 0001 ff")
    assert said[19:] == bytes(6) + b"\x02"


@pytest.mark.parametrize("protocol", [p for p in Protocol if p not in {Protocol.POSTGRES, Protocol.SQLSERVER}])
def test_who_speaks_by_himself_is_sent_nothing(protocol: Protocol) -> None:
    assert request_of(protocol.value) == b""
