"""A small lab: two routers before one network, an echoing target, and whoever else a test wants on that address."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from farshore.core.address import HostPort
from farshore.lab.backend import Pace
from farshore.lab.stream import Listener, Stream, connect
from farshore.lab.tailnet import Forwarding, Host, Router, Tailnet, via_network
from farshore.lab.tailscaled import Tailscaled

LISTENER = HostPort(IPv4Address("127.0.0.1"), 1)
LAN = IPv4Network("172.16.20.0/24")
HOST = IPv4Address("172.16.20.88")
TARGET, CLOSED = HostPort(HOST, 1433), HostPort(HOST, 1434)
MISSING = HostPort(IPv4Address("172.16.20.99"), 1433)
ELSEWHERE = HostPort(IPv4Address("172.16.77.1"), 1433)
IMPATIENT = Pace(socks_deadline_s=0.5, missing_host_s=0.01)
R1, R2 = IPv4Address("100.64.0.2"), IPv4Address("100.64.0.3")


@dataclass(frozen=True, kw_only=True)
class Lab:
    daemon: Tailscaled
    target: Listener
    impostor: Listener

    async def open(self, door: HostPort | Path, *data: bytes) -> Stream:
        stream = await connect(door)
        for piece in data:
            await stream.write(piece)
        return stream


StartLab = Callable[..., AbstractAsyncContextManager["Lab"]]


async def echo(stream: Stream) -> None:
    """Say hello first, then repeat everything."""
    await stream.write(b"hello\n")
    while data := await stream.read():
        await stream.write(data)


def tailnet_for(listener: HostPort, *, pod: tuple[Host, ...] = ()) -> Tailnet:
    return Tailnet(
        routers=(
            Router(name="r1", address=R1, routes=(LAN, via_network(1, LAN))),
            Router(name="r2", address=R2, routes=(LAN, via_network(2, LAN)), forwarding=Forwarding.KERNEL),
        ),
        lan=(Host(address=HOST, listeners={TARGET.port: listener}),),
        pod=pod,
        names={"db.lan": HOST},
    )


SOCKS_GREETING = b"\x05\x01\x00"
OWN_ADDRESS, POD_ADDRESS = b"\x64\x40\x00\x01", b"\x0a\xc8\x00\x0a"


def socks_request(target: HostPort, *, command: int = 1) -> bytes:
    """A SOCKS5 request for an address (RFC 1928 section 4)."""
    if isinstance(target.host, str):
        kind, address = 3, bytes((len(target.host),)) + target.host.encode()
    else:
        kind, address = (1 if target.host.version == 4 else 4), target.host.packed
    return bytes((5, command, 0, kind)) + address + target.port.to_bytes(2, "big")


def dial_request(target: HostPort) -> bytes:
    head = f"POST /localapi/v0/dial HTTP/1.1\r\nHost: local-tailscaled.sock\r\nDial-Host: {target.host}\r\n"
    return f"{head}Dial-Port: {target.port}\r\nConnection: upgrade\r\nUpgrade: ts-dial\r\n\r\n".encode()


def api_request(path: str, method: str = "GET", body: bytes = b"", host: str = "local-tailscaled.sock") -> bytes:
    head = f"{method} /localapi/v0/{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def connect_request(target: HostPort | str) -> bytes:
    return f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode()


async def http_reply(stream: Stream) -> tuple[int, dict[str, str], str]:
    """Status, headers by lower-case name, body."""
    first, *lines = (await stream.read_until(b"\r\n\r\n")).decode().removesuffix("\r\n\r\n").split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await stream.read_exactly(int(headers.get("content-length", "0")))
    return int(first.split(" ")[1]), headers, body.decode()
