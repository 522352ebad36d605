import ftplib

import pytest
from tests.unit.wire.refusal.cutting import TEXT, WORDS

from farshore.wire.refusal.ftp import refuser


class Heard(ftplib.FTP):
    """Python's own reader of replies, over bytes that are there already."""

    def __init__(self, said: bytes) -> None:
        super().__init__()
        self.lines = said.decode().splitlines()

    def getline(self) -> str:
        return self.lines.pop(0)


def test_a_client_reads_a_passing_error() -> None:
    turn = refuser(WORDS).receive(b"")
    with pytest.raises(ftplib.error_temp, match=r"^421 farshore: no way to"):
        Heard(turn.send).getresp()
    assert turn.send == f"421 {TEXT}\r\n".encode()
    assert turn.is_over
