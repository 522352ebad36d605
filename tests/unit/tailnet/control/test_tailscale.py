from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network

import pytest
from starlette.responses import JSONResponse, Response
from tests.unit.surface.seen import StoppedClock
from tests.unit.tailnet.control.fakes import CLIENT, KEY, SECRET, FakeTailscale, served

from farshore.tailnet.control import http
from farshore.tailnet.control.http import JsonApi, Key
from farshore.tailnet.control.plane import ControlError, ControlFailure
from farshore.tailnet.control.tailscale import EARLY_S, OAuthClient, Tailscale

pytestmark = pytest.mark.anyio
OAUTH = OAuthClient(id=CLIENT, secret=lambda: SECRET)
LIST = "GET /api/v2/tailnet/-/devices"
TOKEN = "POST /api/v2/oauth/token"
LAN, OTHER = ip_network("172.16.20.0/24"), ip_network("10.0.0.0/8")


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "PAUSE_S", 0.001)


@asynccontextmanager
async def plane(
    credentials: Key | OAuthClient = OAUTH, clock: StoppedClock | None = None
) -> AsyncIterator[tuple[FakeTailscale, Tailscale]]:
    fake, clock = FakeTailscale(), clock or StoppedClock()
    async with served(fake.app()) as url:
        tailscale = Tailscale(JsonApi(url, clock), credentials, clock)
        yield fake, tailscale
        await tailscale.aclose()


async def failure(tailscale: Tailscale) -> ControlError:
    with pytest.raises(ControlError) as caught:
        await tailscale.routers()
    assert caught.value.detail.isprintable()
    assert SECRET not in caught.value.detail
    assert KEY not in caught.value.detail
    return caught.value


async def test_devices_are_routers_with_what_they_advertise_and_may_serve() -> None:
    async with plane(lambda: KEY) as (fake, tailscale):
        dead, living = await tailscale.routers()
        assert (dead.id, dead.name, dead.online) == ("nDEAD", "r1", True)
        assert dead.ips == (ip_address("100.64.0.2"), ip_address("fd7a:115c:a1e0::53"))
        assert (dead.advertised, dead.approved, living.approved) == ((LAN, OTHER), (LAN, OTHER), (LAN,))
        assert fake.asked == [LIST]


async def test_the_routes_of_a_device_are_replaced() -> None:
    async with plane() as (fake, tailscale):
        dead, _ = await tailscale.routers()
        assert await tailscale.approve(dead, (OTHER,)) == (OTHER,)
        assert fake.devices[0]["enabledRoutes"] == ["10.0.0.0/8"]


async def test_a_token_is_fetched_once_and_anew_before_it_runs_out() -> None:
    clock = StoppedClock()
    async with plane(OAUTH, clock) as (fake, tailscale):
        await tailscale.routers()
        await tailscale.routers()
        assert fake.asked == [TOKEN, LIST, LIST]
        clock.now_s += fake.expires_in - EARLY_S
        await tailscale.routers()
        assert fake.asked[3:] == [TOKEN, LIST]


async def test_a_token_that_was_revoked_is_replaced_once() -> None:
    async with plane() as (fake, tailscale):
        await tailscale.routers()
        fake.tokens = {KEY}
        await tailscale.routers()
        assert fake.asked[2:] == [LIST, TOKEN, LIST]


async def test_a_secret_that_is_wrong_is_told_without_it() -> None:
    async with plane(OAuthClient(id=CLIENT, secret=lambda: "tskey-client-wrong")) as (fake, tailscale):
        error = await failure(tailscale)
        assert (error.reason, fake.asked) == (ControlFailure.NOT_PERMITTED, [TOKEN])
        assert "API token invalid" in error.detail


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_or_ill_server_is_asked_again(status: int) -> None:
    async with plane(lambda: KEY) as (fake, tailscale):
        fake.next = [Response(status_code=status, headers={"retry-after": "0"}), Response(status_code=status)]
        assert len(await tailscale.routers()) == 2
        assert fake.asked == [LIST] * 3


async def test_a_server_that_stays_ill_is_left_alone() -> None:
    async with plane(lambda: KEY) as (fake, tailscale):
        fake.next = [Response("no capacity\n", 502) for _ in range(9)]
        error = await failure(tailscale)
        assert (error.reason, len(fake.asked)) == (ControlFailure.DECLINED, http.TRIES)
        assert error.detail.endswith("answered 502: no capacity")


@pytest.mark.parametrize("later", ["3600", "Wed, 21 Oct 2099 07:28:00 GMT"])
async def test_who_asks_for_more_patience_than_an_outage_has_is_not_asked_again(later: str) -> None:
    async with plane(lambda: KEY) as (fake, tailscale):
        fake.next = [JSONResponse({"message": "slow down"}, 429, headers={"retry-after": later})]
        assert ((await failure(tailscale)).reason, len(fake.asked)) == (ControlFailure.LIMITED, 1)


async def test_a_date_to_wait_for_is_understood() -> None:
    clock = StoppedClock(1_700_000_000.0)
    async with plane(lambda: KEY, clock) as (fake, tailscale):
        fake.next = [Response(status_code=503, headers={"retry-after": "Tue, 14 Nov 2023 22:13:20 GMT"})]
        assert len(await tailscale.routers()) == 2


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"devices":[{"addresses":["x"]}]}', b'{"devices":3}'])
async def test_what_is_no_list_of_devices_is_said(body: bytes) -> None:
    async with plane(lambda: KEY) as (fake, tailscale):
        fake.next = [Response(body)]
        assert (await failure(tailscale)).reason is ControlFailure.MALFORMED


async def test_the_command_is_whole() -> None:
    async with plane(lambda: KEY) as (_, tailscale):
        dead, _ = await tailscale.routers()
        command = tailscale.command(dead, (OTHER,))
        assert command.startswith('curl -H "Authorization: Bearer $TS_API_KEY" -d \'{"routes": ["10.0.0.0/8"]}\' ')
        assert command.endswith("/api/v2/device/nDEAD/routes")
        assert KEY not in command
