"""A whole lab, set up: two databases behind two routers, an impostor on their address in the pod's own network.

client > gateway > tailscaled > r1 or r2 > 172.16.20.88, ports 5432 (Postgres) and 1433 (TDS)
"""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from farshore.core.address import HostPort
from farshore.core.clock import Clock
from farshore.lab.backend import Pace
from farshore.lab.postgres_peer import PostgresPeer
from farshore.lab.stream import Listener
from farshore.lab.tailnet import Forwarding, Host, Router, Tailnet, via_network
from farshore.lab.tailscaled import Tailscaled
from farshore.lab.tds_peer import TdsPeer

LAN = IPv4Network("172.16.20.0/24")
DATABASES = IPv4Address("172.16.20.88")
POSTGRES, SQL_SERVER = HostPort(DATABASES, 5432), HostPort(DATABASES, 1433)
R1, R2 = "r1", "r2"
LONGEST_PARENT = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The lab while it runs."""

    daemon: Tailscaled
    postgres: Listener
    sql_server: Listener
    impostor: Listener


@asynccontextmanager
async def set_stage(clock: Clock, pace: Pace = Pace()) -> AsyncIterator[Stage]:  # noqa: B008 - a frozen value
    """The lab, until the block ends. It listens on loopback, on ports that are free, and in a folder of its own.

    Raises:
        OSError: there is no free port, or no folder for the socket.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(_short_folder())
        postgres = await stack.enter_async_context(Listener(PostgresPeer(f"Postgres on {DATABASES}").serve).open())
        sql_server = await stack.enter_async_context(Listener(TdsPeer(f"SQL Server on {DATABASES}").serve).open())
        impostor = await stack.enter_async_context(Listener(PostgresPeer("the impostor").serve).open())
        tailnet = _tailnet(postgres.address, sql_server.address, impostor.address)
        daemon = await stack.enter_async_context(Tailscaled(tailnet, folder / "s.sock", clock=clock, pace=pace))
        yield Stage(daemon=daemon, postgres=postgres, sql_server=sql_server, impostor=impostor)


def _tailnet(postgres: HostPort, sql_server: HostPort, impostor: HostPort) -> Tailnet:
    return Tailnet(
        routers=tuple(
            Router(
                name=name,
                address=IPv4Address(f"100.64.0.{site + 1}"),
                routes=(LAN, via_network(site, LAN)),
                forwarding=Forwarding.KERNEL,
            )
            for site, name in enumerate((R1, R2), 1)
        ),
        lan=(Host(address=DATABASES, listeners={POSTGRES.port: postgres, SQL_SERVER.port: sql_server}),),
        pod=(Host(address=DATABASES, listeners={POSTGRES.port: impostor, SQL_SERVER.port: impostor}),),
    )


@contextmanager
def _short_folder() -> Iterator[Path]:
    """A folder of its own. A unix socket's path has about 108 bytes, which a long TMPDIR leaves no room for."""
    usual = tempfile.gettempdir()
    with tempfile.TemporaryDirectory(prefix="farshore-", dir=usual if len(usual) < LONGEST_PARENT else "/tmp") as made:  # noqa: S108 - made safely, and short
        yield Path(made)
