"""Alerts of a gateway that is killed while they fire, and started again."""

import json
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.ports import free_port
from tests.scenarios.program import PATIENCE_S, Settings, echo_target, serve_command, serving
from tests.unit.notify.endpoints import Endpoint, Said, endpoint


def told_to(server: Endpoint) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(server.taken.get(timeout=PATIENCE_S).body)
    return told


def written(settings: Settings, folder: Path, *hooks: str) -> Path:
    """Where no client has failed for a second it is over, and nothing is held back at the start."""
    config = settings.write(folder)
    off = [{"rule": rule, "severity": "off"} for rule in ("resets", "general-failures", "burn", "slow-burn")]
    more = {
        "journal": {"path": str(folder / "journal.db")},
        "incidents": {"folder": str(folder / "incidents"), "close_after": "1s"},
        "alerts": {"startup_grace": "0s", "rules": [{"rule": "outage", "keep_firing_for": "1s"}, *off]},
        "notify": [{"name": str(number), "webhook": {"url": {"plain": hook}}} for number, hook in enumerate(hooks)],
    }
    config.write_text(json.dumps(json.loads(config.read_text()) | more))
    return config


@contextmanager
def failing(settings: Settings) -> Iterator[None]:
    """Clients that nobody answers, several a second."""
    enough = threading.Event()

    def come() -> None:
        while not enough.wait(0.1):
            with suppress(OSError):
                settings.echo(b"?")

    clients = threading.Thread(target=come)
    clients.start()
    try:
        yield
    finally:
        enough.set()
        clients.join()


def until_kept(folder: Path, sql: str) -> None:
    """The journal has it: what a gateway says is there within a second."""
    with closing(sqlite3.connect(folder / "journal.db", timeout=PATIENCE_S)) as journal:
        while not journal.execute(sql).fetchone()[0]:
            pass


@pytest.fixture
def settings() -> Settings:
    return Settings(target=free_port())


def test_a_page_is_told_once_and_over_once_though_the_gateway_is_killed(settings: Settings, tmp_path: Path) -> None:
    with endpoint() as server:
        config = written(settings, tmp_path, server.url)
        with serving(serve_command(config)) as program, failing(settings):
            page = told_to(server)
            assert (page["state"], page["severity"], page["routes"]) == ("firing", "page", ["echo"])
            until_kept(tmp_path, "SELECT count(*) FROM events WHERE event = 'notification-sent'")
            program.kill()
        with serving(serve_command(config)) as program:
            with failing(settings):
                for _ in range(20):
                    program.until("connection-ended")
            with echo_target(settings.target):
                assert settings.echo(b"hello") == b"hello"
                told = told_to(server)
                while told["reminder"]:  # its cause became known
                    told = told_to(server)
        assert (told["state"], told["key"], told["since_s"]) == ("resolved", page["key"], page["since_s"])
        assert server.taken.empty()


def test_what_was_not_delivered_when_it_was_killed_is_delivered_by_the_next(settings: Settings, tmp_path: Path) -> None:
    says = [Said(500)]
    with endpoint() as well, endpoint(lambda _: says[-1]) as ill:
        config = written(settings, tmp_path, well.url, ill.url)
        with serving(serve_command(config)) as program, failing(settings):
            page = told_to(well)
            told_to(ill)
            until_kept(tmp_path, "SELECT count(*) FROM events WHERE event = 'notification-sent'")
            program.kill()
        says.append(Said())
        while not ill.taken.empty():
            ill.taken.get()
        with serving(serve_command(config)):
            again = told_to(ill)
        assert (again["key"], again["state"], again["reminder"]) == (page["key"], "firing", False)
        assert well.taken.empty()


def test_a_channel_that_is_written_while_it_runs_is_told(settings: Settings, tmp_path: Path) -> None:
    with endpoint() as server:
        config = written(settings, tmp_path)
        with serving(serve_command(config)) as program, failing(settings):
            written(settings, tmp_path, server.url)
            program.signal(signal.SIGHUP)
            assert program.until("configuration-applied")[-1]["needs_restart"] == []
            assert told_to(server)["state"] == "firing"


def test_two_replicas_say_the_same_of_one_cause(settings: Settings, tmp_path: Path) -> None:
    pages = []
    with ExitStack() as stack:
        receivers = []
        for number, replica in enumerate([settings, Settings(target=settings.target)]):
            receivers.append(stack.enter_context(endpoint()))
            folder = tmp_path / str(number)
            folder.mkdir()
            stack.enter_context(serving(serve_command(written(replica, folder, receivers[-1].url))))
            stack.enter_context(failing(replica))
        for receiver in receivers:
            page = told_to(receiver)
            while page["code"] is None:  # its cause is not known yet
                page = told_to(receiver)
            pages.append(page)
    assert pages[0]["key"] == pages[1]["key"]
    assert [page["routes"] for page in pages] == [["echo"], ["echo"]]
