import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx2
import msgspec
import pytest
from starlette.types import ASGIApp
from tests.unit.surface.seen import SeenGateway, StoppedClock, connection_state, ended, route_state

from farshore.config.model import Config
from farshore.core.address import HostPort
from farshore.core.alerts import Alert, AlertState, NotificationSent, Severity
from farshore.core.events import Event, OutageStarted, RemedyWithheld, TailscaledSaid
from farshore.core.outcome import Code
from farshore.core.remedy import Remedy
from farshore.incident.child import Surroundings
from farshore.incident.examiner import Examiner
from farshore.incident.recorder import Around, Recorder
from farshore.surface import http
from farshore.surface.http import HttpServer, NotBound, admin_app, bind, health_app
from farshore.surface.metrics import Metrics
from farshore.surface.page.guard import HEADERS
from farshore.surface.views import Kept, Views
from farshore.watch.audit import Audit
from farshore.watch.deliveries import Deliveries
from farshore.watch.endings import Endings
from farshore.watch.sayings import Sayings

LOOPBACK = HostPort(IPv4Address("127.0.0.1"), 0)
CHANGING = ("POST", "PUT", "DELETE", "OPTIONS")
TOKEN = "a-token-of-this-test"
pytestmark = pytest.mark.anyio


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[httpx2.AsyncClient]:
    listening = bind(LOOPBACK)
    assert isinstance(listening, socket.socket)
    server = HttpServer(app)
    base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve([listening]))
        async with httpx2.AsyncClient(base_url=base_url, trust_env=False) as client:
            yield client
        server.stop()


def health_of(gateway: SeenGateway) -> ASGIApp:
    return health_app(gateway, Metrics(gateway, loop="asyncio", log_lines_dropped=lambda: 0))


def admin_of(gateway: SeenGateway, address: HostPort = LOOPBACK) -> ASGIApp:
    return admin_app(Views(gateway, StoppedClock()), address)


async def test_health_says_alive_ready_and_metrics() -> None:
    gateway = SeenGateway()
    async with served(health_of(gateway)) as client:
        alive, ready, metrics = [await client.get(path) for path in ("/healthz", "/readyz", "/metrics")]
        gateway.ready, gateway.reason = False, "draining"
        unready, still_alive = [await client.get(path) for path in ("/readyz", "/healthz")]
    assert (alive.status_code, alive.json()) == (200, {"alive": True})
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "reason": "serving"})
    assert (unready.status_code, unready.json()) == (503, {"ready": False, "reason": "draining"})
    assert still_alive.status_code == 200
    assert metrics.headers["content-type"].startswith("text/plain; version=")
    assert b"farshore_ready 1.0" in metrics.content


async def test_what_is_not_carried_or_not_written_is_said_and_makes_nobody_unready() -> None:
    gateway, problems, journal = SeenGateway(), iter(["refused", None]), iter([None, "the disk is full"])
    metrics = Metrics(gateway, loop="asyncio", log_lines_dropped=lambda: 0)
    told = {"configuration": lambda: next(problems), "journal": lambda: next(journal)}
    async with served(health_app(gateway, metrics, told)) as client:
        answers = [await client.get("/readyz") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json().get("configuration") for answer in answers] == ["refused", None]
    assert [answer.json().get("journal") for answer in answers] == [None, "the disk is full"]


async def test_admin_says_stats_routes_and_connections() -> None:
    gateway = SeenGateway(
        route_states=[route_state(active=1, ended={Code.LEAK: 2})],
        connection_states=[connection_state(number) for number in range(150)],
    )
    async with served(admin_of(gateway)) as client:
        stats = (await client.get("/stats")).json()
        routes = (await client.get("/api/v1/routes")).json()
        page = (await client.get("/api/v1/connections")).json()
        last = (await client.get("/api/v1/connections", params={"limit": 1000, "offset": 149})).json()
    assert (stats["active"], stats["accepted"], stats["ended"]) == (1, 3, {"tailnet.dial.leak": 2})
    assert [route["name"] for route in routes["routes"]] == ["8082"]
    assert (page["total"], len(page["connections"]), page["connections"][0]["connection"]) == (150, 100, 0)
    assert [connection["connection"] for connection in last["connections"]] == [149]


async def test_admin_says_what_was_done_about_outages() -> None:
    gateway, clock = SeenGateway(), StoppedClock()
    audit = Audit(clock)
    audit.announce(RemedyWithheld(route="8082", remedy=Remedy.MOVE, subject="r1", why="the control plane is silent"))
    async with served(admin_app(Views(gateway, clock, Kept(audit=audit)), LOOPBACK)) as client:
        told = (await client.get("/api/v1/remedies")).json()
    async with served(admin_of(gateway)) as client:
        nothing = (await client.get("/api/v1/remedies")).json()
    row = told["remedies"][0]
    assert (row["remedy"], row["result"], row["why"]) == ("move-route", "withheld", "the control plane is silent")
    assert nothing == {"remedies": []}


async def test_admin_says_who_was_told() -> None:
    gateway, clock = SeenGateway(), StoppedClock()
    deliveries = Deliveries(clock)
    deliveries.announce(NotificationSent(channel="chat", key="M01/r1", state=AlertState.FIRING, took_ms=3.5, tries=2))
    async with served(admin_app(Views(gateway, clock, Kept(deliveries=deliveries)), LOOPBACK)) as client:
        told = (await client.get("/api/v1/notifications")).json()
    async with served(admin_of(gateway)) as client:
        nothing = (await client.get("/api/v1/notifications")).json()
    (row,) = told["notifications"]
    assert (row["channel"], row["key"], row["result"], row["tries"]) == ("chat", "M01/r1", "sent", 2)
    assert nothing == {"notifications": []}


async def test_admin_says_what_was_noticed() -> None:
    gateway, clock = SeenGateway(), StoppedClock()
    told: list[Event] = []
    doctor = Examiner(_no_configuration, None, Surroundings(environment={}, hidden=tuple))
    around = Around(routes=gateway.routes, examiner=doctor, announce=told.append, clock=clock)
    recorder = Recorder(around)
    recorder.announce(OutageStarted(route="8082", code=Code.NO_ANSWER, detail=""))
    clock.now_s += 1
    recorder.look()
    async with served(admin_app(Views(gateway, clock, Kept(recorder=recorder)), LOOPBACK)) as client:
        (seen,) = (await client.get("/api/v1/incidents")).json()["incidents"]
    async with served(admin_of(gateway)) as client:
        nothing = (await client.get("/api/v1/incidents")).json()
    assert (seen["id"], seen["routes"], seen["closed_s"]) == ("2023-11-14-1", {"8082": "held"}, None)
    assert nothing == {"incidents": []}


async def test_admin_shows_alerts() -> None:
    alert = Alert(
        key="M01/r1",
        rule="outage",
        severity=Severity.PAGE,
        state=AlertState.FIRING,
        title="A router is dead",
        routes=("a",),
        since_s=1.0,
        at_s=2.0,
    )
    gateway = SeenGateway()
    async with served(admin_app(Views(gateway, StoppedClock(), Kept(alerts=lambda: [alert])), LOOPBACK)) as client:
        (seen,) = (await client.get("/api/v1/alerts")).json()["alerts"]
    async with served(admin_of(gateway)) as client:
        assert (await client.get("/api/v1/alerts")).json() == {"alerts": []}
    assert (seen["key"], seen["state"], seen["severity"]) == ("M01/r1", "firing", "page")


def _no_configuration() -> Config:
    raise AssertionError


async def test_admin_says_how_connections_ended_as_the_log_does() -> None:
    gateway, clock, endings = SeenGateway(), StoppedClock(), Endings()
    for code in (Code.CLIENT_CLOSED, Code.NO_ANSWER):
        endings.announce(ended(code))
    async with served(admin_app(Views(gateway, clock, Kept(endings=endings)), LOOPBACK)) as client:
        answer = await client.get("/api/v1/endings")
        clock.now_s += 61
        late, later = [await client.get("/api/v1/endings", params={"within_s": seconds}) for seconds in (62, 60)]
        refused = await client.get("/api/v1/endings", params={"within_s": "forever"})
    rows = [msgspec.json.decode(line) for line in answer.content.splitlines()]
    assert [(row["event"], row["at"], row["code"]) for row in rows] == [
        ("connection-ended", "2023-11-14T22:13:20.125Z", "client.transfer.closed"),
        ("connection-ended", "2023-11-14T22:13:20.125Z", "tailnet.dial.no-answer"),
    ]
    assert (rows[0]["client_bytes"], rows[0]["upstream_bytes"], rows[0]["client_end"]) == (10, 20, "fin")
    assert (late.content, later.content, refused.status_code) == (answer.content, b"", 400)


async def test_admin_says_what_its_tailscaled_said_as_the_log_does() -> None:
    gateway, clock = SeenGateway(), StoppedClock()
    sayings = Sayings(clock)
    sayings.announce(TailscaledSaid(severity="warning", component="control", text="no route", left_out=0))
    async with served(admin_app(Views(gateway, clock, Kept(sayings=sayings)), LOOPBACK)) as client:
        answer = await client.get("/api/v1/tailscaled")
        clock.now_s += 61
        later = await client.get("/api/v1/tailscaled", params={"within_s": 60})
    said = {"severity": "warning", "component": "control", "text": "no route", "left_out": 0}
    assert answer.json() == {"at": "2023-11-14T22:13:20.125Z", "event": "tailscaled-said", **said}
    assert later.content == b""


async def test_a_page_out_of_bounds_is_refused() -> None:
    queries = ["limit=1001", "limit=-1", "limit=x", "offset=1e3", "limit=", "offset=" + "9" * 5000]
    async with served(admin_of(SeenGateway())) as client:
        answers = [await client.get(f"/api/v1/connections?{query}") for query in queries]
    assert {answer.status_code for answer in answers} == {400}
    assert all("has to be a number from 0 to" in answer.json()["error"] for answer in answers)


async def test_only_reading_is_allowed_and_the_unknown_is_not_found() -> None:
    async with served(admin_of(SeenGateway())) as client:
        head = await client.head("/stats")
        keyless = [await client.request(method, "/stats") for method in CHANGING]
        missing = await client.get("/etc/passwd")
    assert (head.status_code, head.content) == (200, b"")
    async with served(admin_app(Views(SeenGateway(), StoppedClock()), LOOPBACK, token=TOKEN)) as client:
        client.headers["authorization"] = f"Bearer {TOKEN}"
        refused = [await client.request(method, "/stats") for method in CHANGING]
    assert {answer.status_code for answer in keyless} == {403}
    assert {(answer.status_code, answer.json()["error"]) for answer in refused} == {(405, "Method Not Allowed")}
    assert {frozenset(answer.headers["allow"].split(", ")) for answer in refused} == {frozenset({"GET", "HEAD"})}
    assert (missing.status_code, missing.json()) == (404, {"error": "Not Found"})


async def test_nothing_is_said_about_the_server() -> None:
    async with served(admin_of(SeenGateway())) as client:
        headers = (await client.get("/stats")).headers
    assert set(headers) == {"content-length", "content-type", "cache-control", *HEADERS}


async def test_on_loopback_only_loopback_names_are_answered() -> None:
    ours = ["127.0.0.1:9809", "127.0.0.1", "[::1]:9809", "localhost:9809"]
    foreign = ["attacker.example:9809", "127.0.0.1.attacker.example", "127.0.0.1:9809@attacker.example", "", ":9809"]
    async with served(admin_of(SeenGateway())) as client:
        answers = {host: await client.get("/stats", headers={"host": host}) for host in ours + foreign}
    assert {host for host, answer in answers.items() if answer.status_code == 200} == set(ours)
    assert {answers[host].status_code for host in foreign} == {421}


async def test_elsewhere_any_name_is_answered() -> None:
    async with served(admin_of(SeenGateway(), HostPort(IPv4Address("10.1.2.3"), 9809))) as client:
        answer = await client.get("/stats", headers={"host": "gateway.internal"})
    assert answer.status_code == 200


async def raw_answer(client: httpx2.AsyncClient, request: bytes) -> bytes:
    """Everything that comes back until the server closes."""
    loop = asyncio.get_running_loop()
    with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as connection:
        connection.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        await loop.sock_sendall(connection, request)
        answer = b""
        while received := await loop.sock_recv(connection, 65536):
            answer += received
        return answer


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /stats HTTP/1.1\r\nhost: 127.0.0.1\r\nx: " + b"y" * 40_000,
        b"GET /stats HTTP/1.1\r\nno colon\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_refused_and_the_connection_closed(request_bytes: bytes) -> None:
    async with served(admin_of(SeenGateway())) as client:
        answer = await raw_answer(client, request_bytes)
        after = await client.get("/stats")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert after.status_code == 200


async def test_half_a_request_ends_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_CONNECTION_AGE_S", 0.05)
    async with served(admin_of(SeenGateway())) as client:
        assert await raw_answer(client, b"GET /stats HTTP/1.1\r\n") == b""


async def test_a_client_that_stays_does_not_hold_up_the_end() -> None:
    async with served(admin_of(SeenGateway())) as client:
        loop = asyncio.get_running_loop()
        idle = socket.create_connection((client.base_url.host, client.base_url.port or 0))
        await loop.sock_sendall(idle, b"GET /st")
        assert (await client.get("/stats")).status_code == 200
    assert idle.recv(1) == b""
    idle.close()


@pytest.fixture
def taken() -> Iterator[HostPort]:
    with socket.create_server(("127.0.0.1", 0)) as occupant:
        yield HostPort(IPv4Address("127.0.0.1"), occupant.getsockname()[1])


async def test_a_port_in_use_is_a_value(taken: HostPort) -> None:
    refused = bind(taken)
    assert isinstance(refused, NotBound)
    assert refused.address == taken


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_both_families_are_bound(host: str) -> None:
    address = ip_address(host)
    listening = bind(HostPort(address, 0))
    assert isinstance(listening, socket.socket)
    with listening:
        assert listening.family == (socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET)
