import pytest
from tests.unit.watch.probes.sessions.far_ends import far_end

from farshore.watch.probes.login import Login
from farshore.watch.probes.session import AnsweredError, BrokenError, DeniedError, need
from farshore.watch.probes.sessions.postgres import PostgresSession

LOGIN = Login(user="probe", password="Secret123!")


def test_its_driver_is_here() -> None:
    need(PostgresSession())


def test_it_goes_on_whatever_is_said_first() -> None:
    assert PostgresSession().guard(b"anything") is None  # type: ignore[func-returns-value]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("password authentication failed for user", DeniedError),
        ('role "probe" does not exist', DeniedError),
        ("the database system is starting up", AnsweredError),
        ('database "sales" does not exist', AnsweredError),
    ],
)
def test_what_the_server_refuses_is_an_answer(words: str, kind: type[AnsweredError]) -> None:
    fields = b"".join(field.encode() + b"\0" for field in ("SFATAL", "VFATAL", "C57P03", f"M{words}", ""))
    packet = b"E" + (len(fields) + 4).to_bytes(4, "big") + fields
    # No TLS, and then the refusal.
    with far_end(b"N", packet, hears_first=True) as end, pytest.raises(AnsweredError, match=words) as raised:
        PostgresSession().run(end.link, LOGIN)
    assert type(raised.value) is kind


def test_a_connection_that_ends_is_broken() -> None:
    with far_end(b"", hears_first=True) as end, pytest.raises(BrokenError):
        PostgresSession().run(end.link, LOGIN)
    assert end.servers == []
