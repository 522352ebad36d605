import sys
from pathlib import Path

import pytest
from tests.unit.gateway.test_certificate import written
from tests.unit.surface.seen import StoppedClock

from farshore.app.exits import Exit
from farshore.app.refusing import certificate_refusal, offer_of
from farshore.config.load import parse
from farshore.config.model import Config
from farshore.wire.refusal.tls import Contexts, no_tls


def configuration(section: str = "", protocol: str = "postgres") -> Config:
    text = f"routes: [{{name: a, listen: 8082, target: 172.16.20.88:5432, protocol: {protocol}}}]\n{section}"
    config = parse(text.encode(), "farshore.yaml").config
    assert config is not None
    return config


def named(folder: Path) -> Config:
    files = written(folder)
    return configuration(f"refuse_tls: {{certificate: {files.certificate}, key: {files.key}}}")


def without_cryptography(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)


@pytest.mark.parametrize("section", ["", "refuse_tls: {}", "refuse_tls: null"])
def test_a_certificate_that_is_made_is_no_reason_not_to_carry(section: str) -> None:
    assert certificate_refusal(configuration(section)) is None


def test_what_was_not_asked_for_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    without_cryptography(monkeypatch)
    assert certificate_refusal(configuration("")) is None
    assert certificate_refusal(configuration("refuse_tls: null")) is None
    assert offer_of(configuration(""), StoppedClock(), pytest.fail)() is None


def test_what_was_asked_for_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    without_cryptography(monkeypatch)
    refusal = certificate_refusal(configuration("refuse_tls: {}"))
    assert refusal is not None
    assert refusal.exit is Exit.USAGE
    assert "pip install 'farshore[tls]'" in refusal.sentence


def test_a_certificate_that_cannot_be_shown_stops_the_start(tmp_path: Path) -> None:
    config = named(tmp_path)
    assert certificate_refusal(config) is None
    (tmp_path / "tls.key").chmod(0o644)
    refusal = certificate_refusal(config)
    assert refusal is not None
    assert refusal.exit is Exit.USAGE
    assert "everybody may read the key" in refusal.sentence
    assert "refuse_tls:" in refusal.sentence


def test_the_named_certificate_is_offered(tmp_path: Path) -> None:
    assert isinstance(offer_of(named(tmp_path), StoppedClock(), pytest.fail)(), Contexts)


def test_nothing_is_offered_where_no_tls_shall_be_spoken() -> None:
    assert offer_of(configuration("refuse_tls: null"), StoppedClock(), pytest.fail) is no_tls


@pytest.mark.parametrize(("protocol", "before"), [("postgres", 1), ("sqlserver", 1), ("ftp", 0), ("tcp", 0)])
def test_a_certificate_is_there_before_the_first_client_that_may_need_it(
    protocol: str, before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[None] = []
    monkeypatch.setattr("farshore.gateway.certificate._make", lambda _: made.append(None))
    offer_of(configuration("", protocol), StoppedClock(), pytest.fail)
    assert len(made) == before
