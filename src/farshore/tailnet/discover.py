"""Finds the tailscaled of this host where nobody said where it is. Blocks for about a second at most; no event loop."""

import os
import socket
import stat
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from farshore.core.address import HostPort
from farshore.wire.excerpt import unexpected

SOCKETS = (
    Path("/var/run/tailscale/tailscaled.sock"),
    Path("/run/tailscale/tailscaled.sock"),
    Path("/tmp/tailscaled.sock"),  # noqa: S108 - containerboot's default; see `_is_trusted`
    Path("/var/run/tailscaled.socket"),
)
SOCKS5_PORTS = (HostPort(IPv4Address("127.0.0.1"), 1055), HostPort(IPv6Address("::1"), 1055))
PROBE_S = 0.25

_GREETING = b"\x05\x01\x00"
_NO_LOGIN = b"\x05\x00"
_PEER_CREDENTIALS = struct.Struct("3i")


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What was found, and every place that was looked at with what was there, one line each."""

    socket: Path | None
    socks5: HostPort | None
    tried: tuple[str, ...]


def discover(sockets: tuple[Path, ...] = SOCKETS, ports: tuple[HostPort, ...] = SOCKS5_PORTS) -> Discovery:
    """Look in the usual places, best first: a socket that accepts, and a port that answers SOCKS5's greeting."""
    tried: list[str] = []
    found_socket = next((path for path in sockets if _holds(tried, str(path), _probe_socket(path))), None)
    found_port = next((port for port in ports if _holds(tried, str(port), _probe_socks5(port))), None)
    return Discovery(socket=found_socket, socks5=found_port, tried=tuple(tried))


def _holds(tried: list[str], place: str, objection: str | None) -> bool:
    tried.append(f"{place}: {objection or 'found'}")
    return objection is None


def _probe_socket(path: Path) -> str | None:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(PROBE_S)
        try:
            probe.connect(str(path))
        except OSError as error:
            return error.strerror or str(error)
        credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER_CREDENTIALS.size)
    _, uid, _ = _PEER_CREDENTIALS.unpack(credentials)
    if _is_trusted(path, uid):
        return None
    return f"served by user {uid} in a folder that anybody may write to; name it in the configuration to use it"


def _is_trusted(path: Path, uid: int) -> bool:
    """Where anybody may create the socket, only root's or one's own is taken unasked."""
    return uid in {0, os.geteuid()} or not path.parent.stat().st_mode & stat.S_IWOTH


def _probe_socks5(address: HostPort) -> str | None:
    try:
        with socket.create_connection((str(address.host), address.port), timeout=PROBE_S) as probe:
            probe.sendall(_GREETING)
            answer = probe.recv(64)
    except TimeoutError:
        return "accepts, and does not answer SOCKS5's greeting"
    except OSError as error:
        return error.strerror or str(error)
    if answer[:2] == _NO_LOGIN:
        return None
    return f"no SOCKS5 server without login; it answered {unexpected(answer)}" if answer else "closed at once"
