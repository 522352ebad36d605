from typing import Any

import pytest

from farshore.app import probe_asking
from farshore.app.exits import Exit, Refusal
from farshore.app.probe_asking import order_of
from farshore.config.model import Config
from farshore.watch.probes.run import ProbeOrder
from farshore.watch.probes.session import MissingExtraError, Session

LOGIN = {"user": "probe", "password": {"env": "PROBE_PASSWORD"}, "query": "SELECT 2"}
ENVIRONMENT = {"PROBE_PASSWORD": "Secret123!"}


def config(**more: Any) -> Config:
    written = {"name": "db", "listen": "8082-8083", "target": "172.16.20.88:5432-5433", "protocol": "postgres"}
    other = {"name": "other", "listen": "9", "target": "172.16.20.9:9"}
    return Config.model_validate({"routes": [other, written | more]})


def refusal(found: object) -> str:
    assert isinstance(found, Refusal)
    assert found.exit is Exit.USAGE
    return found.sentence


def test_without_a_login_the_greeting_is_heard() -> None:
    found = order_of(config(), "db:8083", None, {})
    assert isinstance(found, ProbeOrder)
    assert (found.kind.name, found.asking) == ("postgres", None)


@pytest.mark.parametrize(("query", "asked"), [(None, "SELECT 2"), ("SELECT 3", "SELECT 3")])
def test_with_a_login_the_query_is_asked_that_is_given_or_configured(query: str | None, asked: str) -> None:
    found = order_of(config(probe_login=LOGIN), "db:8082", query, ENVIRONMENT)
    assert isinstance(found, ProbeOrder)
    assert found.asking is not None
    login = found.asking.login
    assert (login.user, login.password, login.query) == ("probe", "Secret123!", asked)


def test_a_query_without_a_login_is_refused() -> None:
    assert "write `probe_login:` for the route db:8082" in refusal(order_of(config(), "db:8082", "SELECT 1", {}))


def test_a_login_that_cannot_be_read_is_refused_before_the_first_probe() -> None:
    assert "no variable PROBE_PASSWORD" in refusal(order_of(config(probe_login=LOGIN), "db:8082", None, {}))


def test_a_missing_driver_is_refused_before_the_first_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(session: Session) -> None:
        raise MissingExtraError(session.module, session.extra)

    monkeypatch.setattr(probe_asking, "need", missing)
    said = refusal(order_of(config(probe_login=LOGIN), "db:8082", None, ENVIRONMENT))
    assert "pip install 'farshore[postgres]'" in said


def test_nobody_logs_in_to_a_target_without_a_protocol() -> None:
    unchecked = config(protocol="tcp", probe_login=LOGIN)
    assert "protocol tcp" in refusal(order_of(unchecked, "db:8082", None, ENVIRONMENT))
