"""What is said first to a target, byte for byte."""

import pytest

from farshore.config.model import Protocol
from farshore.wire.greeting import request_of, speaker_of, spoken_by


def test_postgres_is_asked_for_gssapi_encryption() -> None:
    assert request_of("postgres") == bytes.fromhex("00000008 04d21630")


def test_sql_server_is_sent_a_prelogin_that_asks_for_nothing() -> None:
    said = request_of("sqlserver")
    assert said[:8] == bytes.fromhex("12 01 001a 0000 01 00")
    assert len(said) == 0x1A
    assert said[8:19] == bytes.fromhex("00 000b 0006 01 0011 0001 ff")
    assert said[19:] == bytes(6) + b"\x00"


def test_an_http_server_is_asked_for_a_head() -> None:
    assert request_of("http").startswith(b"HEAD / HTTP/1.0\r\n")


@pytest.mark.parametrize("protocol", [p for p in Protocol if p.value not in {"postgres", "sqlserver", "http"}])
def test_who_speaks_by_himself_is_sent_nothing(protocol: Protocol) -> None:
    assert request_of(protocol.value) == b""


@pytest.mark.parametrize(
    ("data", "speaker"),
    [
        (b"", ""),
        (b"N", "postgres"),
        (b"SSH-2.0-OpenSSH_9.8\r\n", "ssh"),
        (b"220 ready\r\n", "ftp"),
        (bytes.fromhex("04 01 002b 0000 01 00 00"), "tds"),
        (b"J\x00\x00\x00\x0a8.0.36\x00", "mysql"),
        (b"HTTP/1.1 400 Bad Request\r\n", "http"),
        (b"hello\n", "unknown"),
        (b"No such service", "unknown"),
    ],
)
def test_who_speaks_is_told_by_the_first_bytes(data: bytes, speaker: str) -> None:
    assert speaker_of(data) == speaker


def test_what_a_route_leads_one_to_expect() -> None:
    assert {p.value: spoken_by(p.value) for p in Protocol} == {
        "tcp": "",
        "sqlserver": "tds",
        "postgres": "postgres",
        "mysql": "mysql",
        "oracle": "tns",
        "ftp": "ftp",
        "sftp": "ssh",
        "http": "http",
    }
