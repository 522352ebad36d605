import pytest

from farshore.wire.excerpt import MAX_TEXT, one_line, unexpected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"dial failure: x\n", "dial failure: x"),
        (b"\r\n \r\n  first  \t words\r\nsecond", "first words"),
        (b"\x1b[31mred\x00\x07", "[31mred"),
        (b"caf\xc3\xa9 \xff", "café �"),
        ("a\u2028b\u202ec".encode(), "a"),
        (b"", ""),
        (b"\x00\x00", ""),
    ],
)
def test_one_line_is_printable_and_says_something(text: bytes, line: str) -> None:
    assert one_line(text) == line


def test_one_line_is_bounded() -> None:
    assert one_line(b"x" * MAX_TEXT) == "x" * MAX_TEXT
    assert one_line(b"x" * 10_000_000) == "x" * (MAX_TEXT - 1) + "…"


def test_unexpected_shows_the_first_bytes_only() -> None:
    assert unexpected(b"\x00\x01") == "00 01"
    assert unexpected(bytes(range(0x80, 0x90))) == "80 81 82 83 84 85 86 87 88 89 8a 8b 8c 8d 8e 8f"
    assert unexpected(b"\x80" * 17).endswith(" …")
    assert "secret" not in unexpected(b"HTTP/1.1 200 OK\r\nsecret")


def test_unexpected_recognises_socks() -> None:
    assert unexpected(b"\x05\xff").endswith("(looks like a SOCKS5 server)")
    assert unexpected(b"\x00\x5b\x00\x00").endswith("(looks like a SOCKS4 server)")
