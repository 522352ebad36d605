from typing import Any

import pytest

from farshore.app import probe_asking
from farshore.app.exits import Exit, Refusal
from farshore.app.probe_asking import order_of, query_of
from farshore.config.model import Route
from farshore.watch.probes.run import ProbeOrder
from farshore.watch.probes.session import MissingExtraError, Session

LOGIN = {"user": "probe", "password": {"env": "PROBE_PASSWORD"}, "query": "SELECT 2"}
ENVIRONMENT = {"PROBE_PASSWORD": "Secret123!"}


def route(**more: Any) -> Route:
    written = {"name": "db", "listen": "8082-8083", "target": "172.16.20.88:5432-5433", "protocol": "postgres"}
    return Route.model_validate(written | more)


def refusal(found: object) -> str:
    assert isinstance(found, Refusal)
    assert found.exit is Exit.USAGE
    return found.sentence


def test_without_a_login_the_greeting_is_heard() -> None:
    found = order_of(route(), "db:8083", None, {})
    assert isinstance(found, ProbeOrder)
    assert (found.kind.name, found.asking, query_of(found)) == ("postgres", None, None)


@pytest.mark.parametrize(("query", "asked"), [(None, "SELECT 2"), ("SELECT 3", "SELECT 3")])
def test_with_a_login_the_query_is_asked_that_is_given_or_configured(query: str | None, asked: str) -> None:
    found = order_of(route(probe_login=LOGIN), "db:8082", query, ENVIRONMENT)
    assert isinstance(found, ProbeOrder)
    assert found.asking is not None
    login = found.asking.login
    assert (login.user, login.password, query_of(found)) == ("probe", "Secret123!", asked)


def test_without_a_query_the_drivers_own_is_asked() -> None:
    found = order_of(route(probe_login=LOGIN | {"query": None}), "db:8082", None, ENVIRONMENT)
    assert isinstance(found, ProbeOrder)
    assert query_of(found) == "SELECT 1"


def test_a_query_without_a_login_is_refused() -> None:
    assert "write `probe_login:` for the route db:8082" in refusal(order_of(route(), "db:8082", "SELECT 1", {}))


def test_a_login_that_cannot_be_read_is_refused_before_the_first_probe() -> None:
    assert "no variable PROBE_PASSWORD" in refusal(order_of(route(probe_login=LOGIN), "db:8082", None, {}))


def test_a_missing_driver_is_refused_before_the_first_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(session: Session) -> None:
        raise MissingExtraError(session.module, session.extra)

    monkeypatch.setattr(probe_asking, "need", missing)
    said = refusal(order_of(route(probe_login=LOGIN), "db:8082", None, ENVIRONMENT))
    assert "pip install 'farshore[postgres]'" in said


def test_nobody_logs_in_to_a_target_without_a_protocol() -> None:
    unchecked = route(protocol="tcp", probe_login=LOGIN)
    assert "protocol tcp" in refusal(order_of(unchecked, "db:8082", None, ENVIRONMENT))
