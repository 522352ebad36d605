"""A driver at work over a connection that is there already; a stand-in for the real ones."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.unit.gateway.wires import pair

from farshore.config.model import Protocol
from farshore.core.outcome import Code
from farshore.watch.probes.asking import MAX_LOGIN_BYTES, Asked, Asking, ask, session_of
from farshore.watch.probes.bridge import MAX_ANSWER_BYTES
from farshore.watch.probes.login import Login
from farshore.watch.probes.session import AnsweredError, BrokenError, DeniedError, Link

pytestmark = pytest.mark.anyio

HASTE_S = 0.05
LONG_S = 30.0
LOGIN = Login(user="probe", password="Secret123!")


@dataclass(frozen=True)
class Driver:
    work: Callable[[Link], None]
    module: str = "socket"
    extra: str = ""
    default_query: str = ""

    def guard(self, first: bytes) -> str | None:
        return "it redirects" if first == b"redirect" else None

    def run(self, link: Link, _: Login) -> None:
        self.work(link)


async def nowhere(_: int) -> None:
    return None


async def asked(
    work: Callable[[Link], None], *, says: bytes = b"hello", login_s: float = LONG_S, query_s: float = LONG_S
) -> Asked:
    with pair() as (near, far):
        await far.send(says)
        asking = Asking(session=Driver(work), login=LOGIN, login_s=login_s, query_s=query_s)
        return await ask(asking, near.sock, b"", "172.16.20.88", nowhere)


def hear(link: Link) -> bytes:
    with socket.create_connection(link.address, LONG_S) as connection:
        return connection.recv(5, socket.MSG_WAITALL)


def wait(link: Link) -> None:
    """As long as nobody hangs up."""
    with socket.create_connection(link.address, LONG_S) as connection:
        connection.recv(5, socket.MSG_WAITALL)
        if not connection.recv(1):
            message = "cut"
            raise BrokenError(message)


def is_well(link: Link) -> None:
    assert hear(link) == b"hello"
    link.logged_in("a server")


def is_refused(_: Link) -> None:
    message = "no such user, or not with Secret123!"
    raise AnsweredError(message)


def is_denied(_: Link) -> None:
    message = "not with Secret123!"
    raise DeniedError(message)


def is_broken(_: Link) -> None:
    message = "the connection ended"
    raise BrokenError(message)


def is_mistaken(_: Link) -> None:
    message = "odd"
    raise ValueError(message)


def asks_a_wrong_question(link: Link) -> None:
    link.logged_in("a server")
    is_refused(link)


def waits_for_an_answer(link: Link) -> None:
    link.logged_in("a server")
    wait(link)


def breaks_in_the_middle(link: Link) -> None:
    link.logged_in("a server")
    is_broken(link)


def wants_more(link: Link) -> None:
    link.logged_in("a server")
    link.more(20)


async def test_a_driver_that_logs_in_and_asks() -> None:
    told = await asked(is_well)
    assert (told.code, told.detail, told.server) == (None, "", "a server")
    assert told.login_ms is not None


@pytest.mark.parametrize(
    ("work", "code", "detail"),
    [
        (is_refused, Code.LOGIN_REFUSED, "no such user, or not with ***"),
        (is_denied, Code.LOGIN_DENIED, "not with ***"),
        (is_broken, Code.LOGIN_BROKEN, "the connection ended"),
        (is_mistaken, Code.LOGIN_BROKEN, "ValueError: odd"),
        (asks_a_wrong_question, Code.QUERY_REFUSED, "no such user, or not with ***"),
        (breaks_in_the_middle, Code.QUERY_BROKEN, "the connection ended"),
        (wants_more, Code.QUERY_BROKEN, "no connection to the target's port 20 over this path"),
    ],
)
async def test_what_went_wrong_and_when(work: Callable[[Link], None], code: Code, detail: str) -> None:
    told = await asked(work)
    assert (told.code, told.detail) == (code, detail)
    assert (told.login_ms is None) == code.value.endswith(("login.denied", "login.refused", "login.closed"))


@pytest.mark.parametrize(("work", "code"), [(wait, Code.LOGIN_SILENT), (waits_for_an_answer, Code.QUERY_SILENT)])
async def test_a_driver_that_waits_is_let_go(work: Callable[[Link], None], code: Code) -> None:
    in_login = code is Code.LOGIN_SILENT
    told = await asked(work, login_s=HASTE_S if in_login else LONG_S, query_s=LONG_S if in_login else HASTE_S)
    assert told.code is code
    assert told.detail == "no answer for 0.05 s"


@pytest.mark.parametrize(("is_in", "code"), [(False, Code.LOGIN_BROKEN), (True, Code.QUERY_BROKEN)])
async def test_a_flood_is_no_answer(is_in: bool, code: Code) -> None:  # noqa: FBT001 - a table of cases
    def drinks(link: Link) -> None:
        if is_in:
            link.logged_in("a server")
        with socket.create_connection(link.address, LONG_S) as connection:
            while connection.recv(1 << 16):
                pass

    limit = MAX_ANSWER_BYTES if is_in else MAX_LOGIN_BYTES
    with pair() as (near, far):
        pouring = asyncio.get_running_loop().create_task(far.send(bytes(limit + 1)))
        asking = Asking(session=Driver(drinks), login=LOGIN, login_s=LONG_S, query_s=LONG_S)
        told = await ask(asking, near.sock, b"", "172.16.20.88", nowhere)
        pouring.cancel()
        await asyncio.gather(pouring, return_exceptions=True)
    assert (told.code, told.detail) == (code, f"more than {limit:,} bytes; cut off")


async def test_a_redirect_is_not_followed() -> None:
    told = await asked(wait, says=b"redirect")
    assert (told.code, told.detail) == (Code.LOGIN_REFUSED, "it redirects")


def test_who_logs_in_where() -> None:
    without = {protocol for protocol in Protocol if session_of(protocol) is None}
    assert without == {Protocol.TCP, Protocol.HTTP}
