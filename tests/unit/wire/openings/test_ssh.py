import struct

import pytest
from tests.unit.wire.openings.cuts import heard, told

from farshore.wire.openings.opening import MAX_GREETING_BYTES, Foreign, Greeted, LastWords, TurnedDown
from farshore.wire.openings.ssh import GOODBYE, VERSION, SshOpening

LEAVES = LastWords(data=GOODBYE)


@pytest.mark.parametrize(
    ("greeting", "server"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "OpenSSH_9.2p1 Debian-2"),
        (b"SSH-1.99-Old\n", "Old"),
        (b"Authorized use only\r\nSSH-2.0-OpenSSH_9.8\r\n", "OpenSSH_9.8"),
    ],
)
def test_a_server_says_its_version(greeting: bytes, server: str) -> None:
    assert told(SshOpening, greeting) == (Greeted(server=server, goodbye=LEAVES), b"")


def test_the_version_is_waited_for_to_its_end() -> None:
    assert heard(SshOpening(), [b"SSH-2.0-OpenSSH_9.2p1"]) == (None, b"")


@pytest.mark.parametrize("words", [b"Exceeded MaxStartups\r\n", b"Not allowed at this time\r\n"])
def test_a_server_that_turns_down_says_so(words: bytes) -> None:
    assert told(SshOpening, words)[0] == TurnedDown(server="SSH", says=words.decode().strip())


FOREIGN = (b"220 ready\r\n", b"HTTP/1.1 400 Bad Request\r\n", b"J\0\0\0\x0a8.0\0", b"\0\0", b"SSH-1.5-Older\r\n")


@pytest.mark.parametrize("data", FOREIGN)
def test_anything_else_is_foreign(data: bytes) -> None:
    assert isinstance(heard(SshOpening(), [data])[0], Foreign)


def test_lines_without_end_are_given_up() -> None:
    end, _ = heard(SshOpening(), [b"a word and a word\r\n"] * (MAX_GREETING_BYTES // 19 + 2))
    assert isinstance(end, Foreign)


def test_it_leaves_with_a_version_and_a_disconnect_in_whole_blocks() -> None:
    assert GOODBYE.startswith(VERSION)
    packet = GOODBYE.removeprefix(VERSION)
    size, padding, message = struct.unpack_from(">IBB", packet)
    assert size == len(packet) - 4
    assert len(packet) % 8 == 0
    assert 4 <= padding <= 255
    assert message == 1
