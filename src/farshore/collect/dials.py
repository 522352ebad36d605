"""Dials of a target through each door, as a client's connection would, with the words and the time of each failure.

One connection a door, and one more where a single one hears nothing. What connects is greeted harmlessly where it is
known how, and hung up.
"""

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv6Address
from pathlib import Path

import msgspec

from farshore.collect.aim import Door
from farshore.collect.deadline import OUT_OF_TIME, Deadline
from farshore.collect.documents import Notebook
from farshore.core.address import HostPort, IPAddress
from farshore.core.clock import Clock
from farshore.diagnosis.collected import CollectedDial, DialEnd
from farshore.diagnosis.facts.dials import Egress as DoorKind
from farshore.wire.connect import ConnectHandshake, LocalApiDialHandshake
from farshore.wire.greeting import request_of, speaker_of, spoken_by
from farshore.wire.handshake import Decline, Declined, Established, Handshake
from farshore.wire.socks5 import Socks5Handshake

REACH_DOOR_S = 1.0
# Above tailscaled's own 5 s for a SOCKS dial (net/socks5/socks5.go at v1.102.3), which tells silence from an answer.
PATIENCE_S = 6.0
SOCKS_DEADLINE_S = 4.5
ENOUGH_SILENCE = 2
GREETING_S = 2.0
FIRST_WORD_S = 0.3
BUSY_RETRY_S = 0.05
SILENT_DOOR = "accepts, and says nothing"
_READ = 16384
_SOCKS_GREETING, _SOCKS_WELCOME = b"\x05\x01\x00", b"\x05\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be dialled through a door; `protocol` is a route's word for what the target speaks.

    A SOCKS success that is bound to none of `own_ips` is a leak, and is not greeted; empty: whatever it is bound to.
    """

    target: HostPort
    stands_for: HostPort
    protocol: str
    own_ips: frozenset[IPAddress] = frozenset()


async def knock(door: Door) -> str | None:
    """Whether somebody behind a door opens and speaks, without asking for any target; else what happened instead."""
    if door.address is None:
        return None
    try:
        async with asyncio.timeout(REACH_DOOR_S):
            connection = await _open(door.address)
    except TimeoutError:
        return f"nobody accepts within {REACH_DOOR_S:g} s"
    except OSError as error:
        return _os_text(error)
    with connection:
        return await _hear_socks(connection) if door.kind is DoorKind.SOCKS5 else None


async def _hear_socks(connection: socket.socket) -> str | None:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(GREETING_S):
            await loop.sock_sendall(connection, _SOCKS_GREETING)
            answer = await loop.sock_recv(connection, _READ)
    except TimeoutError:
        return f"{SILENT_DOOR} for {GREETING_S:g} s"
    except OSError as error:
        return _os_text(error)
    return None if answer.startswith(_SOCKS_WELCOME) else "accepts, and is no SOCKS5 server without login"


async def dial_all(
    doors: Sequence[Door], order: Order, notebook: Notebook, deadline: Deadline | None = None
) -> list[CollectedDial]:
    """A dial through each door, one after the other: two at once would hide a router that has lost the address.

    (Executed on 1.102.3: the second connection beside a first one revives a plain address that 4via6 has spoilt.) Two
    that nobody answers are enough. One alone is made once more, because a router in userspace ignores some source
    ports; what connects wins. A dial that the deadline leaves no time for is not made, and noted as missing.
    """
    until = deadline or Deadline(clock=notebook.clock)
    ended: list[CollectedDial] = []
    for door in doors:
        patience_s = until.patience_s(PATIENCE_S)
        if patience_s is None:
            notebook.miss(f"{order.target} by {door}", OUT_OF_TIME)
            continue
        ended.append(await dial(door, order, notebook.clock, notebook.now(), patience_s))
        if sum(map(is_silence, ended)) == ENOUGH_SILENCE:
            return ended
    for number, each in enumerate(ended):
        patience_s = until.patience_s(PATIENCE_S)
        if is_silence(each) and patience_s is not None:
            again = await dial(doors[number], order, notebook.clock, notebook.now(), patience_s)
            ended[number] = again if again.end is DialEnd.CONNECTED else each
    return ended


def is_silence(ended: CollectedDial) -> bool:
    """Whether nobody answered: for as long as was waited, or until tailscaled's own deadline for SOCKS."""
    gave_up = (
        ended.end is DialEnd.FAILED and ended.egress == DoorKind.SOCKS5 and (ended.elapsed_s or 0) >= SOCKS_DEADLINE_S
    )
    return ended.end is DialEnd.SILENT or gave_up


async def dial(door: Door, order: Order, clock: Clock, at: str, patience_s: float | None = None) -> CollectedDial:
    """One dial; who is silent is waited for `patience_s`, 6 s if it is absent."""
    wait_s = PATIENCE_S if patience_s is None else patience_s
    begun_s = clock.monotonic_s()

    def ended(end: DialEnd, text: str = "", bound: str = "") -> CollectedDial:
        return CollectedDial(
            target=str(order.target),
            stands_for="" if order.target == order.stands_for else str(order.stands_for),
            egress=door.kind.value,
            egress_address="" if door.address is None else str(door.address),
            at=at,
            end=end,
            elapsed_s=round(clock.monotonic_s() - begun_s, 4),
            text=text,
            bound=bound,
        )

    try:
        async with asyncio.timeout(REACH_DOOR_S if door.address is not None else wait_s):
            connection = await _open(door.address or order.target)
    except TimeoutError:
        return ended(DialEnd.EGRESS_SILENT if door.address is not None else DialEnd.SILENT)
    except OSError as error:
        return ended(DialEnd.EGRESS_REFUSED if door.address is not None else DialEnd.FAILED, _os_text(error))
    with connection:
        answer = await _shake_hands(connection, _handshake(door, order.target), wait_s)
        if not isinstance(answer, Established):
            return ended(*answer)
        connected = ended(DialEnd.CONNECTED, bound="" if answer.bound is None else str(answer.bound))
        if order.own_ips and answer.bound is not None and answer.bound.host not in order.own_ips:
            return connected
        return await _greeted(connected, connection, order.protocol, answer.early)


async def _open(where: HostPort | Path) -> socket.socket:
    address: str | tuple[str, int]
    if isinstance(where, Path):
        family, address = socket.AF_UNIX, str(where)
    else:
        family = socket.AF_INET6 if isinstance(where.host, IPv6Address) else socket.AF_INET
        address = (str(where.host), where.port)
    connection = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        await _connect(connection, address)
    except BaseException:
        connection.close()
        raise
    return connection


async def _connect(connection: socket.socket, address: str | tuple[str, int]) -> None:
    """Connect; uvloop's own sock_connect trips over being cancelled."""
    loop = asyncio.get_running_loop()
    while (error := connection.connect_ex(address)) == errno.EAGAIN:  # noqa: ASYNC110 - a full backlog
        await asyncio.sleep(BUSY_RETRY_S)  # nothing will wake us
    if error == errno.EINPROGRESS:
        ready = asyncio.Event()
        loop.add_writer(connection.fileno(), ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_writer(connection.fileno())
        error = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        raise OSError(error, os.strerror(error))


_HANDSHAKES: dict[DoorKind, Callable[[HostPort], Handshake]] = {
    DoorKind.LOCALAPI: LocalApiDialHandshake,
    DoorKind.SOCKS5: Socks5Handshake,
    DoorKind.CONNECT: ConnectHandshake,
}


def _handshake(door: Door, target: HostPort) -> Handshake | None:
    build = _HANDSHAKES.get(door.kind)
    return None if build is None else build(target)


async def _shake_hands(
    connection: socket.socket, handshake: Handshake | None, wait_s: float
) -> Established | tuple[DialEnd, str]:
    if handshake is None:
        return Established(early=b"")
    loop = asyncio.get_running_loop()
    heard = False
    try:
        async with asyncio.timeout(wait_s):
            await loop.sock_sendall(connection, handshake.request())
            while True:
                data = await loop.sock_recv(connection, _READ)
                progress = handshake.receive(data) if data else handshake.receive_eof()
                heard = heard or bool(data)
                if isinstance(progress, Declined):
                    return _declined(progress)
                if progress is not None:
                    return progress
    except TimeoutError:
        # A SOCKS server that works has answered the greeting by now.
        is_socks = isinstance(handshake, Socks5Handshake)
        return (DialEnd.EGRESS_SILENT if is_socks and not heard else DialEnd.SILENT), ""
    except OSError as error:
        return DialEnd.FAILED, _os_text(error)


def _declined(declined: Declined) -> tuple[DialEnd, str]:
    end = DialEnd.NOT_A_ROUTE if declined.reason is Decline.NOT_A_ROUTE else DialEnd.FAILED
    return end, declined.detail


async def _greeted(connected: CollectedDial, connection: socket.socket, protocol: str, early: bytes) -> CollectedDial:
    """The same with what the target said first. One that promises no word gets a moment to say one all the same."""
    loop = asyncio.get_running_loop()
    expected = spoken_by(protocol) if protocol != "oracle" else ""
    heard, hung_up = early, False
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(GREETING_S if expected else FIRST_WORD_S):
            if not heard:
                await loop.sock_sendall(connection, request_of(protocol))
                heard = await loop.sock_recv(connection, _READ)
                hung_up = bool(expected) and not heard
            if speaker_of(heard) == "ftp":
                await loop.sock_sendall(connection, b"QUIT\r\n")
    return msgspec.structs.replace(connected, expected=expected, greeting=speaker_of(heard), hung_up=hung_up)


def _os_text(error: OSError) -> str:
    # The event loop puts words of its own into `strerror`.
    return os.strerror(error.errno) if error.errno else str(error)
