"""headscale's API: gRPC behind HTTP, with an API key (`headscale apikeys create`).

Source: headscale proto/headscale/v1/node.proto and hscontrol/grpcv1.go at v0.29.2; executed.
"""

import msgspec

from farshore.core.address import IPNetwork
from farshore.tailnet.control.http import JsonApi, Key, Question
from farshore.tailnet.control.plane import Router, addresses, networks


class _Node(msgspec.Struct, rename="camel"):
    id: str
    name: str = ""
    given_name: str = ""
    ip_addresses: list[str] | None = None
    online: bool = False
    approved_routes: list[str] | None = None
    available_routes: list[str] | None = None


class _Nodes(msgspec.Struct):
    nodes: list[_Node] = []


class _One(msgspec.Struct):
    node: _Node


class Headscale:
    """One headscale, at the address that nodes log in to."""

    def __init__(self, api: JsonApi, key: Key) -> None:
        self._api = api
        self._key = key

    async def routers(self) -> tuple[Router, ...]:
        """Every node, as headscale knows it now."""
        answer = await self._api.call(Question(method="GET", path="/api/v1/node", bearer=self._key()), _Nodes)
        return tuple(_router(node) for node in answer.nodes)

    async def listing(self) -> bytes:
        """What it says of every node, as it came: to be kept as evidence."""
        return bytes(await self._api.call(Question(method="GET", path="/api/v1/node", bearer=self._key()), msgspec.Raw))

    async def approve(self, router: Router, routes: tuple[IPNetwork, ...]) -> tuple[IPNetwork, ...]:
        """Let the router serve exactly these routes."""
        path = f"/api/v1/node/{router.id}/approve_routes"
        body = {"routes": [str(route) for route in routes]}
        answer = await self._api.call(Question(method="POST", path=path, bearer=self._key(), body=body), _One)
        return networks(answer.node.approved_routes)

    def command(self, router: Router, routes: tuple[IPNetwork, ...]) -> str:
        """What a person runs on headscale's host to do the same."""
        return f'headscale nodes approve-routes -i {router.id} -r "{",".join(map(str, routes))}"'

    async def aclose(self) -> None:
        """Close every connection; idempotent."""
        await self._api.aclose()


def _router(node: _Node) -> Router:
    return Router(
        id=node.id,
        name=node.given_name or node.name,
        ips=addresses(node.ip_addresses),
        advertised=networks(node.available_routes),
        approved=networks(node.approved_routes),
        online=node.online,
    )
