import contextlib
import socket
import threading
from dataclasses import replace

import pytest
from tests.unit.watch.probes.sessions.far_ends import PATIENCE_S, far_end

from farshore.watch.probes.login import Login
from farshore.watch.probes.session import AnsweredError, BrokenError, DeniedError, need
from farshore.watch.probes.sessions.ftp import FtpSession

LOGIN = Login(user="probe", password="Secret123!")


def test_its_driver_is_here() -> None:
    need(FtpSession())


def test_it_goes_on_whatever_is_said_first() -> None:
    assert FtpSession().guard(b"anything") is None  # type: ignore[func-returns-value]


def test_a_listing_without_an_end_is_heard_so_long_and_no_longer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        pouring = threading.Thread(target=pour, args=(listening,))
        pouring.start()
        try:
            port = listening.getsockname()[1]
            words = f"220 ready\r\n331 and?\r\n230 in\r\n229 here (|||{port}|)\r\n150 coming\r\n"
            with far_end(words.encode() + b"426 broken pipe\r\n221 bye\r\n", hears_first=False) as end:
                link = replace(end.link, more=lambda port: ("127.0.0.1", port))
                FtpSession().run(link, LOGIN)
            assert end.servers == ["ready"]
        finally:
            pouring.join(PATIENCE_S)


def pour(listening: socket.socket) -> None:
    """One connection, until its far side has had enough."""
    with listening.accept()[0] as connection, contextlib.suppress(OSError):
        while True:
            connection.sendall(b"a-file\r\n" * 1000)


def test_a_connection_that_ends_is_broken() -> None:
    with far_end(b"", hears_first=False) as end, pytest.raises(BrokenError):
        FtpSession().run(end.link, LOGIN)
    assert end.servers == []


@pytest.mark.parametrize(
    ("said", "told", "kind"),
    [
        (b"421 Too many users\r\n", "421 Too many users", AnsweredError),
        (b"220 ready\r\n331 and?\r\n530 Login incorrect.\r\n", "530 Login incorrect", DeniedError),
        (b"220 ready\r\n331 and?\r\n530 Sorry, the maximum number of clients\r\n", "530 Sorry", AnsweredError),
    ],
)
def test_what_the_server_refuses_is_an_answer(said: bytes, told: str, kind: type[AnsweredError]) -> None:
    with far_end(said, hears_first=False) as end, pytest.raises(AnsweredError, match=told) as raised:
        FtpSession().run(end.link, LOGIN)
    assert type(raised.value) is kind
    assert end.servers == []
