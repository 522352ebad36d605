import pytest
from tests.unit.watch.probes.sessions.far_ends import far_end

from farshore.watch.probes.login import Login
from farshore.watch.probes.session import AnsweredError, BrokenError, DeniedError, need
from farshore.watch.probes.sessions.mysql import MysqlSession

LOGIN = Login(user="probe", password="Secret123!")


def test_its_driver_is_here() -> None:
    need(MysqlSession())


def test_it_goes_on_whatever_is_said_first() -> None:
    assert MysqlSession().guard(b"anything") is None  # type: ignore[func-returns-value]


def test_a_connection_that_ends_is_broken() -> None:
    with far_end(b"", hears_first=False) as end, pytest.raises(BrokenError):
        MysqlSession().run(end.link, LOGIN)
    assert end.servers == []


@pytest.mark.parametrize(
    ("said", "told", "kind"),
    [
        (b"\xff\x10\x04Too many connections", "1040: Too many connections", AnsweredError),
        (b"\xff\x15\x04#28000Access denied", "1045: Access denied", DeniedError),
    ],
)
def test_what_the_server_refuses_is_an_answer(said: bytes, told: str, kind: type[AnsweredError]) -> None:
    packet = len(said).to_bytes(3, "little") + b"\0" + said
    with far_end(packet, hears_first=False) as end, pytest.raises(AnsweredError, match=told) as raised:
        MysqlSession().run(end.link, LOGIN)
    assert type(raised.value) is kind
    assert end.servers == []
