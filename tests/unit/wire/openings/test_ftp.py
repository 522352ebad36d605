import pytest
from tests.unit.wire.openings.cuts import heard, told

from farshore.wire.openings.ftp import FEAT, QUIT, FtpOpening
from farshore.wire.openings.opening import MAX_GREETING_BYTES, Foreign, Greeted, LastWords, TurnedDown

FEATURES = b"211-Features:\r\n EPRT\r\n EPSV\r\n UTF8\r\n211 End\r\n"
LEAVES = LastWords(data=QUIT)


@pytest.mark.parametrize(
    ("greeting", "features", "server"),
    [
        (b"220 (vsFTPd 3.0.3)\r\n", FEATURES, "(vsFTPd 3.0.3); EPRT, EPSV, UTF8"),
        (b"220-Welcome\r\n to ours\r\n220 ready\r\n", FEATURES, "Welcome to ours ready; EPRT, EPSV, UTF8"),
        (b"220 ready\n", b"502 not here\n", "ready"),
        (b"220\r\n", b"211 none\r\n", "FTP"),
        (b"120 in a minute\r\n220 ready\r\n", b"530 log in first\r\n", "ready"),
    ],
)
def test_a_server_greets_and_tells_what_it_can(greeting: bytes, features: bytes, server: str) -> None:
    expected = Greeted(server=server, goodbye=LEAVES)
    for first in cuts(greeting):
        for then in cuts(features):
            assert heard(FtpOpening(), [*first, *then]) == (expected, FEAT)
    assert heard(FtpOpening(), [greeting + features])[0] == expected


def cuts(data: bytes) -> list[list[bytes]]:
    return [[data], [data[at : at + 1] for at in range(len(data))], [data[:5], data[5:]]]


def test_features_are_asked_for_once_the_greeting_is_whole() -> None:
    assert heard(FtpOpening(), [b"220-Welcome\r\n"]) == (None, b"")
    assert heard(FtpOpening(), [b"220-Welcome\r\n220 "]) == (None, b"")
    assert heard(FtpOpening(), [b"220-Welcome\r\n220 ready\r\n"]) == (None, FEAT)


def test_a_server_that_is_full_says_so() -> None:
    end, said = told(FtpOpening, b"421 Too many users\r\n")
    assert end == TurnedDown(server="FTP", says="421 Too many users")
    assert said == b""


@pytest.mark.parametrize("data", [b"SSH-2.0-x\r\n", b"\0", b"9", b"22x", b"220_", b"220 ready\r\nabc def\r\n"])
def test_anything_else_is_foreign(data: bytes) -> None:
    end, _ = heard(FtpOpening(), [data])
    assert isinstance(end, Foreign)


def test_a_mail_server_is_foreign() -> None:
    end, _ = heard(FtpOpening(), [b"220 mail.example.com ESMTP ready\r\n502 what\r\n"])
    assert end == Foreign(says="a mail server: mail.example.com ESMTP ready")


def test_a_reply_without_end_is_given_up() -> None:
    pieces = [b"220-more\r\n"] * (MAX_GREETING_BYTES // 10 + 2)
    end, said = heard(FtpOpening(), pieces)
    assert isinstance(end, Foreign)
    assert said == b""
