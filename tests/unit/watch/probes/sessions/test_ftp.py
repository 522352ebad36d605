import pytest
from tests.unit.watch.probes.sessions.far_ends import far_end

from farshore.watch.probes.login import Login
from farshore.watch.probes.session import AnsweredError, BrokenError, need
from farshore.watch.probes.sessions.ftp import FtpSession

LOGIN = Login(user="probe", password="Secret123!")


def test_its_driver_is_here() -> None:
    need(FtpSession())


def test_it_goes_on_whatever_is_said_first() -> None:
    assert FtpSession().guard(b"anything") is None  # type: ignore[func-returns-value]


def test_a_connection_that_ends_is_broken() -> None:
    with far_end(b"", hears_first=False) as end, pytest.raises(BrokenError):
        FtpSession().run(end.link, LOGIN)
    assert end.servers == []


def test_what_the_server_refuses_is_an_answer() -> None:
    with (
        far_end(b"421 Too many users\r\n", hears_first=False) as end,
        pytest.raises(AnsweredError, match="421 Too many users"),
    ):
        FtpSession().run(end.link, LOGIN)
    assert end.servers == []
