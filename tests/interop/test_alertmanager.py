"""A real Alertmanager takes what is told of alerts, and tells its own receiver the same."""

import asyncio
import json
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from tests.interop.parts import program
from tests.ports import free_port
from tests.unit.notify.alerts import an_alert
from tests.unit.notify.endpoints import Endpoint, endpoint

from farshore.config.notify import Channel
from farshore.core.alerts import Alert, AlertChanged, AlertState, NotificationSent, Severity
from farshore.core.clock import SystemClock
from farshore.core.events import Event
from farshore.notify.channel import Patience
from farshore.notify.notifier import Notifier

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

# It believes an alert for so long without another word.
FORGETS_S = 5
CONFIGURATION = """
global: {{resolve_timeout: {forgets_s}s}}
route: {{receiver: people, group_by: ["..."], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
receivers:
  - name: people
    webhook_configs: [{{url: "{people}", send_resolved: true}}]
"""


class Server:
    def __init__(self, url: str, people: Endpoint) -> None:
        self.url = url
        self.people = people

    def active(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx2.get(f"{self.url}/api/v2/alerts?active=true").json()
        return found

    def told(self) -> tuple[str, str]:
        """What people hear next: firing or resolved, and of which severity."""
        message = json.loads(self.people.next().body)
        return message["status"], message["commonLabels"]["severity"]


@pytest.fixture
def anyio_backend() -> str:
    """One loop: what is tested runs on one of its own."""
    return "asyncio"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    path = program("prometheus-alertmanager", "prometheus-alertmanager")
    with endpoint() as people:
        port = free_port()
        configuration = tmp_path / "alertmanager.yml"
        configuration.write_text(CONFIGURATION.format(forgets_s=FORGETS_S, people=people.url))
        command = [
            path,
            f"--config.file={configuration}",
            f"--storage.path={tmp_path}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ]
        log = tmp_path / "log"
        with log.open("wb") as written, subprocess.Popen(command, stdout=written, stderr=written) as process:
            try:
                url = f"http://127.0.0.1:{port}"
                until(lambda: is_ready(url), log.read_text)
                yield Server(url, people)
            finally:
                process.terminate()


def is_ready(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/-/ready").is_success
    except httpx2.TransportError:
        return False


def until(holds: Callable[[], bool], why: Callable[[], object] = lambda: "it never did") -> None:
    deadline_s = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline_s, why()
        time.sleep(0.05)


async def run(url: str, meanwhile: Callable[[Callable[[Alert], Awaitable[None]]], Awaitable[None]]) -> None:
    """A notifier with this one channel that repeats itself often; `tell` ends when it was taken."""
    sent = asyncio.Semaphore(0)

    def heard(event: Event) -> None:
        assert isinstance(event, NotificationSent), event
        sent.release()

    channel = Channel.model_validate({"alertmanager": {"url": {"plain": url}, "labels": {"cluster": "eu-1"}}})
    notifier = Notifier([channel], heard, SystemClock(), {}, Patience(again_s=0.2))

    async def tell(alert: Alert) -> None:
        notifier.announce(AlertChanged(alert=alert))
        async with asyncio.timeout(60):
            await sent.acquire()

    task = asyncio.create_task(notifier.run())
    try:
        await meanwhile(tell)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def now(alert: Alert, **changes: Any) -> Alert:
    return msgspec.structs.replace(alert, since_s=time.time() - 30, at_s=time.time(), **changes)


async def test_an_alert_lives_there_as_long_as_it_fires_and_no_longer(server: Server) -> None:
    alert = now(an_alert())

    async def meanwhile(tell: Callable[[Alert], Awaitable[None]]) -> None:
        await tell(alert)
        assert await asyncio.to_thread(server.told) == ("firing", "page")
        [active] = await asyncio.to_thread(server.active)
        assert active["labels"] == {
            "alertname": "FarshoreClientsFail",
            "cluster": "eu-1",
            "key": "M01/r1",
            "severity": "page",
        }
        assert active["annotations"]["summary"] == "PAGE: clients of billing fail"
        # It is there when what it would have believed without another word is long over.
        first_end = active["endsAt"]
        await asyncio.to_thread(until, lambda: all(each["updatedAt"] > first_end for each in server.active()))
        assert len(await asyncio.to_thread(server.active)) == 1
        assert server.people.taken.empty()
        await tell(now(alert, state=AlertState.RESOLVED))
        assert await asyncio.to_thread(server.told) == ("resolved", "page")
        assert await asyncio.to_thread(server.active) == []

    await run(server.url, meanwhile)


async def test_a_warning_that_becomes_a_page_ends_as_a_warning(server: Server) -> None:
    alert = now(an_alert())

    async def meanwhile(tell: Callable[[Alert], Awaitable[None]]) -> None:
        await tell(now(alert, severity=Severity.WARNING))
        assert await asyncio.to_thread(server.told) == ("firing", "warning")
        await tell(alert)
        told = {await asyncio.to_thread(server.told), await asyncio.to_thread(server.told)}
        assert told == {("firing", "page"), ("resolved", "warning")}

    await run(server.url, meanwhile)


async def test_a_gateway_that_goes_without_a_word_leaves_no_alert_behind(server: Server) -> None:
    async def meanwhile(tell: Callable[[Alert], Awaitable[None]]) -> None:
        await tell(now(an_alert()))
        assert await asyncio.to_thread(server.told) == ("firing", "page")

    await run(server.url, meanwhile)
    assert await asyncio.to_thread(server.told) == ("resolved", "page")
    assert server.active() == []


async def test_what_two_gateways_see_is_told_once_there(server: Server) -> None:
    mine, other = now(an_alert()), now(an_alert(), whom="everybody behind the other gateway")

    async def first(tell: Callable[[Alert], Awaitable[None]]) -> None:
        async def second(tell_too: Callable[[Alert], Awaitable[None]]) -> None:
            await asyncio.gather(tell(mine), tell_too(other))
            assert await asyncio.to_thread(server.told) == ("firing", "page")
            assert len(await asyncio.to_thread(server.active)) == 1
            await asyncio.gather(
                tell(now(mine, state=AlertState.RESOLVED)), tell_too(now(other, state=AlertState.RESOLVED))
            )
            assert await asyncio.to_thread(server.told) == ("resolved", "page")

        await run(server.url, second)

    await run(server.url, first)
    assert server.people.taken.empty()
