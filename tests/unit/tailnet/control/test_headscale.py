from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tests.unit.surface.seen import StoppedClock
from tests.unit.tailnet.control.fakes import served

from farshore.tailnet.control.headscale import Headscale
from farshore.tailnet.control.http import JsonApi
from farshore.tailnet.control.plane import ControlError, ControlFailure

pytestmark = pytest.mark.anyio
LAN, VIA = ip_network("172.16.20.0/24"), ip_network("fd7a:115c:a1e0:b1a:0:1:ac10:1400/120")
# As headscale 0.29.2 answered on a real tailnet, keys shortened.
NODE: dict[str, Any] = {
    "id": "2",
    "machineKey": "mkey:1",
    "ipAddresses": ["100.64.0.2", "fd7a:115c:a1e0::2"],
    "name": "r1",
    "user": {"id": "1", "name": "tests"},
    "expiry": None,
    "registerMethod": "REGISTER_METHOD_AUTH_KEY",
    "givenName": "r1",
    "online": True,
    "approvedRoutes": [str(LAN)],
    "availableRoutes": [str(LAN), str(VIA)],
    "subnetRoutes": [str(LAN)],
    "tags": [],
}


@asynccontextmanager
async def headscale(key: str = "hs-key") -> AsyncIterator[tuple[list[Any], Headscale]]:
    written: list[Any] = []

    async def nodes(request: Request) -> Response:
        if request.headers["authorization"] != "Bearer hs-key":
            return Response("Unauthorized", 401)
        return JSONResponse({"nodes": [NODE]})

    async def approve(request: Request) -> Response:
        written.append((request.path_params["id"], (await request.json())["routes"]))
        return JSONResponse({"node": {**NODE, "approvedRoutes": written[-1][1]}})

    app = Starlette(
        routes=[
            Route("/api/v1/node", nodes, methods=["GET"]),
            Route("/api/v1/node/{id}/approve_routes", approve, methods=["POST"]),
        ]
    )
    async with served(app) as url:
        plane = Headscale(JsonApi(url, StoppedClock()), lambda: key)
        yield written, plane
        await plane.aclose()


async def test_nodes_are_read_and_their_routes_replaced() -> None:
    async with headscale() as (written, plane):
        (router,) = await plane.routers()
        assert (router.id, router.name, router.online) == ("2", "r1", True)
        assert router.ips == (ip_address("100.64.0.2"), ip_address("fd7a:115c:a1e0::2"))
        assert (router.advertised, router.approved) == ((LAN, VIA), (LAN,))
        assert await plane.approve(router, (VIA,)) == (VIA,)
        assert await plane.approve(router, ()) == ()
        assert written == [("2", [str(VIA)]), ("2", [])]


async def test_the_command_is_headscales_own() -> None:
    async with headscale() as (_, plane):
        (router,) = await plane.routers()
        assert plane.command(router, (LAN, VIA)) == f'headscale nodes approve-routes -i 2 -r "{LAN},{VIA}"'
        assert plane.command(router, ()) == 'headscale nodes approve-routes -i 2 -r ""'


async def test_a_key_that_does_not_fit_is_told() -> None:
    async with headscale("another") as (_, plane):
        with pytest.raises(ControlError) as caught:
            await plane.routers()
        assert caught.value.reason is ControlFailure.NOT_PERMITTED
        assert "another" not in caught.value.detail
