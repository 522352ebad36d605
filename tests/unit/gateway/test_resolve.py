import asyncio
import socket
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from random import Random

import pytest
from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.tailnets import StubApi, document, node, unanswered
from tests.unit.gateway.wires import until

from farshore.config.model import Config, Resolve
from farshore.core.address import HostPort
from farshore.core.events import Event
from farshore.core.outcome import Code
from farshore.gateway.egress import Egress, Speech, Way
from farshore.gateway.judge import Failure
from farshore.gateway.resolve import Resolver
from farshore.gateway.route import Route, build_routes
from farshore.tailnet.localapi import LocalApiFailure

pytestmark = pytest.mark.anyio

NODES = document(node("db", "100.64.0.7"), node("Web-1", "100.64.0.8"), {"HostName": "half", "DNSName": "half.x."})


def route_to(name: str, resolve: Resolve, api: StubApi | None, clock: HeldClock) -> Route:
    ownership = None if api is None else api.ownership(clock)
    egress = Egress(name="out", kind="tailscaled", way=Way(speech=Speech.NOTHING, port=None), ownership=ownership)
    written = {"listen": 8082, "target": f"{name}:1433", "resolve": resolve.value}
    config = Config.model_validate({"routes": [written]})
    (route,) = build_routes(config, {"tailnet": egress}, Random(7), list[Event]().append)  # noqa: S311 - no secret
    return route


@dataclass
class Resolved:
    """What a resolver has told."""

    found: list[HostPort] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    async def address(self) -> str:
        await until(lambda: bool(self.found or self.failures))
        assert not self.failures
        (found,) = self.found
        return str(found)

    async def failure(self) -> Failure:
        await until(lambda: bool(self.found or self.failures))
        assert not self.found
        (failure,) = self.failures
        return failure


def start(route: Route, resolver: Resolver | None = None) -> Resolved:
    resolved = Resolved()
    (resolver or Resolver()).resolve(route, resolved.found.append, resolved.failures.append)
    return resolved


def hosts(monkeypatch: pytest.MonkeyPatch, answers: dict[str, str]) -> list[str]:
    """This host's resolver knows exactly these names; the list shows who was asked for."""
    asked: list[str] = []

    def answer(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(host)
        if host not in answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        family = socket.AF_INET6 if ":" in answers[host] else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (answers[host], port))]

    async def answer_soon(host: str, port: int, **options: object) -> list[tuple[object, ...]]:
        await asyncio.sleep(0)
        return answer(host, port, **options)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", answer_soon, raising=False)
    return asked


class TestTailnet:
    @pytest.mark.parametrize(
        ("name", "address"),
        [
            ("db", "100.64.0.7:1433"),
            ("DB", "100.64.0.7:1433"),
            ("db.tail.example", "100.64.0.7:1433"),
            ("db.tail.example.", "100.64.0.7:1433"),
            ("web-1", "100.64.0.8:1433"),
        ],
    )
    async def test_a_node_of_the_tailnet_is_known_by_its_names(self, clock: HeldClock, name: str, address: str) -> None:
        resolved = start(route_to(name, Resolve.TAILNET, StubApi(NODES), clock))

        assert await resolved.address() == address

    @pytest.mark.parametrize("name", ["nobody", "half", "db.other.example", "tail.example"])
    async def test_other_names_are_unknown_and_this_host_is_not_asked(
        self, clock: HeldClock, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        asked = hosts(monkeypatch, {name: "10.0.0.7"})
        failure = await start(route_to(name, Resolve.TAILNET, StubApi(NODES), clock)).failure()

        assert failure.code is Code.NAME_UNKNOWN
        assert failure.detail.startswith(f"{name}: ")
        assert not asked

    async def test_a_node_shared_from_another_tailnet_has_no_short_name_here(self, clock: HeldClock) -> None:
        foreign = node("db", "100.64.0.66") | {"DNSName": "db.other.example."}
        nodes = document(foreign, node("db", "100.64.0.7")) | {"MagicDNSSuffix": "tail.example"}
        short = start(route_to("db", Resolve.TAILNET, StubApi(nodes), clock))
        full = start(route_to("db.other.example", Resolve.TAILNET, StubApi(nodes), clock))

        assert await short.address() == "100.64.0.7:1433"
        assert await full.address() == "100.64.0.66:1433"

    async def test_without_an_answer_nothing_is_guessed(
        self, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = hosts(monkeypatch, {"db": "10.0.0.7"})
        dead = StubApi(unanswered(LocalApiFailure.TIMEOUT))
        failure = await start(route_to("db", Resolve.TAILNET, dead, clock)).failure()

        assert failure.code is Code.OWNER_UNCONFIRMED
        assert not asked

    async def test_an_egress_that_cannot_ask_resolves_nothing(
        self, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = hosts(monkeypatch, {"db": "10.0.0.7"})
        failure = await start(route_to("db", Resolve.TAILNET, None, clock)).failure()

        assert failure.code is Code.OWNER_UNCONFIRMED
        assert not asked


class TestPod:
    @pytest.mark.parametrize(("found", "address"), [("10.0.0.7", "10.0.0.7:1433"), ("fd00::7", "[fd00::7]:1433")])
    async def test_this_hosts_resolver_is_asked_and_nobody_else(
        self, clock: HeldClock, monkeypatch: pytest.MonkeyPatch, found: str, address: str
    ) -> None:
        asked, api = hosts(monkeypatch, {"db.internal": found}), StubApi()
        resolved = start(route_to("db.internal", Resolve.POD, api, clock))

        assert await resolved.address() == address
        assert asked == ["db.internal"]
        assert api.questions == 0

    async def test_a_name_it_does_not_know(self, clock: HeldClock, monkeypatch: pytest.MonkeyPatch) -> None:
        hosts(monkeypatch, {})
        failure = await start(route_to("nobody", Resolve.POD, None, clock)).failure()

        assert failure.code is Code.NAME_UNKNOWN
        assert failure.detail == "nobody: this host's resolver says: Name or service not known"

    @pytest.mark.parametrize("found", ["127.0.0.1", "::1", "169.254.1.2", "224.0.0.1"])
    async def test_a_name_that_stands_for_this_host_or_for_nobody_is_not_dialled(
        self, clock: HeldClock, monkeypatch: pytest.MonkeyPatch, found: str
    ) -> None:
        hosts(monkeypatch, {"db": found})
        failure = await start(route_to("db", Resolve.POD, None, clock)).failure()

        assert failure.code is Code.NAME_UNKNOWN
        assert failure.detail.startswith(f"db: this host's resolver says {found}: ")

    async def test_a_name_of_a_host_that_is_dialled_by_4via6_is_not_dialled_plainly(
        self, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hosts(monkeypatch, {"db": "172.16.20.88"})
        route = route_to("db", Resolve.POD, None, clock)
        assert await start(route).address() == "172.16.20.88:1433"
        route.not_plainly = frozenset({IPv4Address("172.16.20.88")})
        failure = await start(route).failure()

        assert failure.code is Code.NAME_UNKNOWN
        assert "4via6" in failure.detail

    async def test_a_name_that_no_resolver_can_read(self, clock: HeldClock, monkeypatch: pytest.MonkeyPatch) -> None:
        async def unreadable(*_: object, **__: object) -> None:
            await asyncio.sleep(0)
            "db..internal".encode("idna")

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unreadable, raising=False)
        failure = await start(route_to("db", Resolve.POD, None, clock)).failure()

        assert failure.code is Code.NAME_UNKNOWN

    async def test_after_the_end_nobody_is_called(self, clock: HeldClock, monkeypatch: pytest.MonkeyPatch) -> None:
        hosts(monkeypatch, {"db": "10.0.0.7"})
        before, resolver = asyncio.all_tasks(), Resolver()
        resolved = start(route_to("db", Resolve.POD, None, clock), resolver)

        await resolver.close()
        await resolver.close()

        assert not resolved.found
        assert not resolved.failures
        assert asyncio.all_tasks() == before
