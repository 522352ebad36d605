import pytest
from tests.unit.watch.probes.sessions.far_ends import far_end

from farshore.watch.probes.login import Login
from farshore.watch.probes.session import BrokenError, need
from farshore.watch.probes.sessions.postgres import PostgresSession

LOGIN = Login(user="probe", password="Secret123!")


def test_its_driver_is_here() -> None:
    need(PostgresSession())


def test_it_goes_on_whatever_is_said_first() -> None:
    assert PostgresSession().guard(b"anything") is None  # type: ignore[func-returns-value]


def test_a_connection_that_ends_is_broken() -> None:
    with far_end(b"", hears_first=True) as end, pytest.raises(BrokenError):
        PostgresSession().run(end.link, LOGIN)
    assert end.servers == []
