"""tailscaled's SOCKS5 door (net/socks5/socks5.go at v1.102.3; RFC 1928).

Every failure to dial is reply 1; the reason goes to the log alone. Greeting and request may come in one segment.
"""

import asyncio
from ipaddress import IPv4Address, IPv6Address

from farshore.core.address import HostPort, IPAddress
from farshore.lab.backend import Backend, DialAnswer, DialFailed, Dialled, Segments
from farshore.lab.stream import Stream
from farshore.lab.tailnet import Door, NotOurs, Unresolved

VERSION = 5
NO_LOGIN, NO_METHOD = b"\x05\x00", b"\x05\xff"
CONNECT = 1
IPV4, NAME, IPV6 = 1, 3, 4
SUCCEEDED, FAILED, NOT_SUPPORTED = 0, 1, 7
NOWHERE = HostPort(IPv4Address(0), 0)


class MalformedError(ValueError):
    """The client does not speak SOCKS5; the text is tailscaled's."""


async def serve_socks5(backend: Backend, client: Stream) -> None:
    """One client, from greeting to end."""
    try:
        await _read_greeting(client)
    except MalformedError as malformed:
        _log(backend, str(malformed))
        await client.write(NO_METHOD)
        return
    # COALESCED: where the request came with the greeting, both replies go out together.
    greeting = NO_LOGIN if backend.segments is Segments.COALESCED and client.has_ahead else b""
    if not greeting:
        await client.write(NO_LOGIN)
    try:
        command, target = await _read_request(client)
    except MalformedError as malformed:
        _log(backend, str(malformed))
        await client.write(greeting + _reply(FAILED, NOWHERE))
        return
    if command != CONNECT:
        _log(backend, f"unsupported command {command}")
        await client.write(greeting + _reply(NOT_SUPPORTED, NOWHERE))
        return
    answer = await _dial(backend, target)
    if isinstance(answer, Dialled):
        await backend.carry(client, greeting + _reply(SUCCEEDED, answer.bound), answer)
        return
    _log(backend, answer)
    await client.write(greeting + _reply(FAILED, NOWHERE))


async def _dial(backend: Backend, target: HostPort) -> Dialled | str:
    try:
        async with asyncio.timeout(backend.pace.socks_deadline_s):
            answer: DialAnswer = await backend.dial(target, Door.SOCKS5)
    except TimeoutError:
        return "context deadline exceeded"
    match answer:
        case Dialled():
            return answer
        case DialFailed(text=text) | Unresolved(text=text):
            return text
        case NotOurs():
            msg = "only LocalAPI leaves a dial to its caller"
            raise AssertionError(msg)


async def _read_greeting(client: Stream) -> None:
    version, count = await client.read_exactly(2)
    if version != VERSION:
        msg = "incompatible SOCKS version"
        raise MalformedError(msg)
    if 0 not in await client.read_exactly(count):
        msg = "no acceptable auth methods"
        raise MalformedError(msg)


async def _read_request(client: Stream) -> tuple[int, HostPort]:
    version, command, _, kind = await client.read_exactly(4)
    if version != VERSION:
        msg = "incompatible SOCKS version"
        raise MalformedError(msg)
    host: IPAddress | str
    if kind == IPV4:
        host = IPv4Address(await client.read_exactly(4))
    elif kind == IPV6:
        host = IPv6Address(await client.read_exactly(16))
    elif kind == NAME:
        host = (await client.read_exactly((await client.read_exactly(1))[0])).decode("ascii", "replace")
    else:
        msg = "unsupported address type"
        raise MalformedError(msg)
    return command, HostPort(host, int.from_bytes(await client.read_exactly(2), "big"))


def _reply(code: int, bound: HostPort) -> bytes:
    host = bound.host
    if isinstance(host, str):
        msg = "a socket is bound to an address"
        raise TypeError(msg)
    kind = IPV4 if isinstance(host, IPv4Address) else IPV6
    return bytes((VERSION, code, 0, kind)) + host.packed + bound.port.to_bytes(2, "big")


def _log(backend: Backend, text: str) -> None:
    backend.log.append(f"socks5: client connection failed: {text}")
