"""Tailscale's hosted API, with an API key or an OAuth client (scopes `devices:core:read` and `devices:routes`).

Source: Tailscale's OpenAPI document and tailscale-client-go-v2; executed only against a server shaped after them.
"""

import json
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import quote

import msgspec

from farshore.core.address import IPNetwork
from farshore.core.clock import Clock
from farshore.tailnet.control.http import JsonApi, Key, Question
from farshore.tailnet.control.plane import ControlError, ControlFailure, Router, addresses, networks

API = "https://api.tailscale.com"
EARLY_S = 60.0

T = TypeVar("T")


class _Device(msgspec.Struct, rename="camel"):
    node_id: str = ""
    hostname: str = ""
    addresses: list[str] | None = None
    connected_to_control: bool | None = None
    advertised_routes: list[str] | None = None
    enabled_routes: list[str] | None = None


class _Devices(msgspec.Struct):
    devices: list[_Device]


class _Routes(msgspec.Struct, rename="camel"):
    enabled_routes: list[str] | None = None


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthClient:
    """A client of the tailnet; its tokens live for an hour."""

    id: str
    secret: Key


class Tailscale:
    """One tailnet of Tailscale's own control plane; `-` is the one that the key belongs to."""

    def __init__(self, api: JsonApi, credentials: Key | OAuthClient, clock: Clock, tailnet: str = "-") -> None:
        self._api = api
        self._credentials = credentials
        self._clock = clock
        self._tailnet = quote(tailnet, safe="")
        self._token = ""
        self._token_until_s = 0.0

    async def routers(self) -> tuple[Router, ...]:
        """Every device, as the control plane knows it now."""
        answer = await self._call(self._devices, _Devices)
        return tuple(_router(device) for device in answer.devices)

    async def listing(self) -> bytes:
        """What it says of every device, as it came: to be kept as evidence."""
        return bytes(await self._call(self._devices, msgspec.Raw))

    @property
    def _devices(self) -> Question:
        return Question(method="GET", path=f"/api/v2/tailnet/{self._tailnet}/devices?fields=all")

    async def approve(self, router: Router, routes: tuple[IPNetwork, ...]) -> tuple[IPNetwork, ...]:
        """Let the router serve exactly these routes."""
        body = {"routes": [str(route) for route in routes]}
        answer = await self._call(Question(method="POST", path=_path(router), body=body), _Routes)
        return networks(answer.enabled_routes)

    def command(self, router: Router, routes: tuple[IPNetwork, ...]) -> str:
        """What a person runs to do the same, with a key of their own."""
        body = json.dumps({"routes": [str(route) for route in routes]})
        return f"curl -H \"Authorization: Bearer $TS_API_KEY\" -d '{body}' {self._api.url}{_path(router)}"

    async def aclose(self) -> None:
        """Close every connection; idempotent."""
        await self._api.aclose()

    async def _call(self, question: Question, kind: type[T]) -> T:
        """A token may be revoked before its time: who is turned away with an old one tries once with a new one."""
        was_old = bool(self._token)
        try:
            return await self._api.call(replace(question, bearer=await self._bearer()), kind)
        except ControlError as error:
            if error.reason is not ControlFailure.NOT_PERMITTED or not was_old:
                raise
        self._token = ""
        return await self._api.call(replace(question, bearer=await self._bearer()), kind)

    async def _bearer(self) -> str:
        if not isinstance(self._credentials, OAuthClient):
            return self._credentials()
        now_s = self._clock.monotonic_s()
        if not self._token or now_s >= self._token_until_s:
            form = {
                "grant_type": "client_credentials",
                "client_id": self._credentials.id,
                "client_secret": self._credentials.secret(),
            }
            answer = await self._api.call(Question(method="POST", path="/api/v2/oauth/token", form=form), _Token)
            self._token, self._token_until_s = answer.access_token, now_s + answer.expires_in - EARLY_S
        return self._token


def _path(router: Router) -> str:
    return f"/api/v2/device/{quote(router.id, safe='')}/routes"


def _router(device: _Device) -> Router:
    return Router(
        id=device.node_id,
        name=device.hostname,
        ips=addresses(device.addresses),
        advertised=networks(device.advertised_routes),
        approved=networks(device.enabled_routes),
        online=device.connected_to_control,
    )
