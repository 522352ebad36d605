"""Lets a driver log in and ask over a connection that is there already, in a thread and in bounded time."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field

from farshore.config import model
from farshore.core.outcome import Code
from farshore.watch.probes.bridge import MAX_ANSWER_BYTES, Bridge
from farshore.watch.probes.login import Login
from farshore.watch.probes.session import AnsweredError, BrokenError, DeniedError, Link, Session
from farshore.watch.probes.sessions.ftp import FtpSession
from farshore.watch.probes.sessions.mssql import MssqlSession
from farshore.watch.probes.sessions.mysql import MysqlSession
from farshore.watch.probes.sessions.oracle import OracleSession
from farshore.watch.probes.sessions.postgres import PostgresSession
from farshore.watch.probes.sessions.sftp import SftpSession
from farshore.wire.excerpt import one_line

# What is left to a driver to see that its connection has been cut.
LAST_MOMENTS_S = 2.0
# What a target may send until the login is through: some certificates, and a word or two.
MAX_LOGIN_BYTES = 1 << 18

# Another connection to a port of the target over the same path, with what it has said; None where there is none.
More = Callable[[int], Awaitable[tuple[socket.socket, bytes] | None]]

_SESSIONS: dict[str, Session] = {
    model.Protocol.SQLSERVER: MssqlSession(),
    model.Protocol.POSTGRES: PostgresSession(),
    model.Protocol.MYSQL: MysqlSession(),
    model.Protocol.ORACLE: OracleSession(),
    model.Protocol.FTP: FtpSession(),
    model.Protocol.SFTP: SftpSession(),
}


def session_of(protocol: str) -> Session | None:
    """Who logs in to a target that speaks this; None where nobody does."""
    return _SESSIONS.get(protocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks, as whom, and how long the login and then the answer may take, in seconds."""

    session: Session
    login: Login
    login_s: float = 10.0
    query_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of it. `code` None: there was an answer. `login_ms` None: the login never was through."""

    code: Code | None
    detail: str
    server: str
    login_ms: float | None


@dataclass(slots=True)
class _Progress:
    loop: asyncio.AbstractEventLoop
    begun_s: float
    server: str = ""
    login_ms: float | None = None
    through: asyncio.Event = field(default_factory=asyncio.Event)

    def bound(self) -> int:
        """What the target may have sent by now."""
        return MAX_LOGIN_BYTES if self.login_ms is None else MAX_ANSWER_BYTES

    def logged_in(self, server: str) -> None:
        """Told in the driver's thread."""
        self.server = server
        self.login_ms = round((self.loop.time() - self.begun_s) * 1000, 3)
        self.loop.call_soon_threadsafe(self.through.set)


async def ask(asking: Asking, upstream: socket.socket, early: bytes, host: str, more: More) -> Asked:
    """Log in and ask, over `upstream`, which is used up by it and stays the caller's to close.

    `host` is how the target is called.
    """
    loop = asyncio.get_running_loop()
    progress = _Progress(loop, loop.time())
    async with AsyncExitStack() as bridges:
        bridge = await bridges.enter_async_context(Bridge(upstream, early, asking.session.guard, progress.bound))
        open_bridges = [bridge]

        async def lead_to(port: int) -> tuple[str, int]:
            there = await more(port)
            if there is None:
                msg = f"no connection to the target's port {port} over this path"
                raise BrokenError(msg)
            bridges.callback(there[0].close)
            open_bridges.append(await bridges.enter_async_context(Bridge(*there)))
            return open_bridges[-1].address

        def more_now(port: int) -> tuple[str, int]:
            return asyncio.run_coroutine_threadsafe(lead_to(port), loop).result(asking.query_s)

        link = Link(
            host=host,
            address=bridge.address,
            more=more_now,
            logged_in=progress.logged_in,
            wait_s=max(asking.login_s, asking.query_s),
        )
        done = _in_thread(loop, lambda: asking.session.run(link, asking.login))
        is_late = await _is_late(done, progress, asking)
        for each in open_bridges if is_late else ():
            await each.cut()
        # Once its connection has been cut a driver has nothing more to wait for.
        await asyncio.wait([done], timeout=LAST_MOMENTS_S)
        return _judged(done, progress, asking, bridge, is_late=is_late)


def _in_thread(loop: asyncio.AbstractEventLoop, work: Callable[[], None]) -> "asyncio.Future[Exception | None]":
    """A thread of its own: the loop's few are wanted for names."""
    done: asyncio.Future[Exception | None] = loop.create_future()

    def tell(error: Exception | None) -> None:
        if not done.done():
            done.set_result(error)

    def run() -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - a driver may raise anything, and it must not be lost in a thread
            loop.call_soon_threadsafe(tell, error)
        else:
            loop.call_soon_threadsafe(tell, None)

    threading.Thread(target=run, name="farshore-probe", daemon=True).start()
    return done


async def _is_late(done: "asyncio.Future[Exception | None]", progress: _Progress, asking: Asking) -> bool:
    done.add_done_callback(lambda _: progress.through.set())
    with suppress(TimeoutError):
        async with asyncio.timeout(asking.login_s):
            await progress.through.wait()
    if not done.done() and progress.login_ms is not None:
        await asyncio.wait([done], timeout=asking.query_s)
    return not done.done()


def _judged(
    done: "asyncio.Future[Exception | None]",
    progress: _Progress,
    asking: Asking,
    bridge: Bridge,
    *,
    is_late: bool,
) -> Asked:
    in_query = progress.login_ms is not None

    def asked(in_login_code: Code, in_query_code: Code, detail: str) -> Asked:
        code = in_query_code if in_query else in_login_code
        detail = one_line(detail.replace(asking.login.password or "\0", "***").encode())
        return Asked(code=code, detail=detail, server=progress.server, login_ms=progress.login_ms)

    if bridge.objection is not None:
        return asked(Code.LOGIN_REFUSED, Code.QUERY_REFUSED, bridge.objection)
    if bridge.is_flooded:
        return asked(Code.LOGIN_BROKEN, Code.QUERY_BROKEN, f"more than {progress.bound():,} bytes; cut off")
    if is_late:
        waited_s = asking.query_s if in_query else asking.login_s
        return asked(Code.LOGIN_SILENT, Code.QUERY_SILENT, f"no answer for {waited_s:g} s")
    error = done.result()
    if error is None:
        return Asked(code=None, detail="", server=progress.server, login_ms=progress.login_ms)
    if isinstance(error, AnsweredError):
        is_denied = isinstance(error, DeniedError)
        return asked(Code.LOGIN_DENIED if is_denied else Code.LOGIN_REFUSED, Code.QUERY_REFUSED, str(error))
    detail = str(error) if isinstance(error, BrokenError) else f"{type(error).__name__}: {error}"
    return asked(Code.LOGIN_BROKEN, Code.QUERY_BROKEN, detail)
