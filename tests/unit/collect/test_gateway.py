import json
from collections.abc import Iterator
from typing import ClassVar

import pytest
from tests.unit.listeners import Answering, listening

from farshore.collect import gateway
from farshore.collect.documents import Notebook
from farshore.collect.gateway import GatewaySeen
from farshore.core.clock import SystemClock

STATS = {
    "version": "0.1.0",
    "ready": True,
    "reason": "",
    "routes": [{"name": "db", "listen": "127.0.0.1:8082", "target": "10.9.8.7:1433", "protocol": "tcp", "more": 1}],
}


class _Handler(Answering):
    answers: ClassVar[dict[str, tuple[int, bytes]]] = {}

    def answer(self) -> tuple[int, bytes]:
        return self.answers.get(self.path, (404, b"{}"))


@pytest.fixture
def url() -> Iterator[str]:
    with listening(_Handler) as url:
        yield url


def test_its_routes_and_its_last_endings_are_kept(url: str) -> None:
    _Handler.answers = {
        "/stats": (200, json.dumps(STATS).encode()),
        "/api/v1/endings?within_s=600": (200, b'{"event":"x"}\n'),
    }
    notebook = Notebook(clock=SystemClock())
    seen = gateway.ask(url, notebook)
    assert isinstance(seen, GatewaySeen)
    assert seen.route("db", "") == seen.route("", "10.9.8.7:1433") == seen.routes[0]
    assert seen.route("other", "10.9.8.8:1433") is None
    assert [document.name for document in notebook.kept] == ["gateway.json", "gateway-endings.log"]


def test_what_its_tailscaled_said_is_kept_without_what_dials_made_it_say(url: str) -> None:
    kept = b'{"event":"tailscaled-said","component":"control","text":"x"}\nno object\n'
    said = kept + b'{"event":"tailscaled-said","component":"socks5","text":"client connection failed: x"}\n'
    for lines, names in ((said, ["gateway.json", "gateway-tailscaled.log"]), (b"", ["gateway.json"])):
        _Handler.answers = {
            "/stats": (200, json.dumps(STATS).encode()),
            "/api/v1/tailscaled?within_s=600": (200, lines),
        }
        notebook = Notebook(clock=SystemClock())
        gateway.ask(url, notebook)
        assert [document.name for document in notebook.kept] == names
        assert [document.data for document in notebook.kept[1:]] == [kept] * len(names[1:])


def test_a_gateway_that_keeps_no_endings_is_asked_all_the_same(url: str) -> None:
    _Handler.answers = {"/stats": (200, json.dumps(STATS).encode())}
    notebook = Notebook(clock=SystemClock())
    assert isinstance(gateway.ask(url, notebook), GatewaySeen)
    assert [document.name for document in notebook.kept] == ["gateway.json"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [((500, b"{}"), "it answered 500"), ((200, b"hello"), "what answered is not a gateway's admin listener")],
)
def test_who_is_no_gateway_is_a_reason(url: str, answer: tuple[int, bytes], reason: str) -> None:
    _Handler.answers = {"/stats": answer}
    assert gateway.ask(url, Notebook(clock=SystemClock())) == reason


def test_nobody_is_a_reason() -> None:
    assert "refused" in str(gateway.ask("http://127.0.0.1:9", Notebook(clock=SystemClock()))).lower()
