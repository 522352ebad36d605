"""Established connections over a router that dies: who waits for an answer is reset, and pools go the other way."""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.interop.pools import POOLS, Pool, pooled
from tests.interop.servers import Servers, namespace, servers_at
from tests.interop.service import Service
from tests.tailnet.harness import faults, gateways
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.nodes import Node
from tests.tailnet.harness.tailnet import SITES, VIA_ONLY_TARGET, Tailnet
from tests.tailnet.harness.waiting import until

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]

ROUTE = "db"
WORKERS = 4
DEAD = "router.transfer.dead"
GRACE = "2s"
PATHS: list[dict[str, object]] = [{"via": name, "site": site} for name, site in SITES.items()]
OFTEN = {"every": "2s", "in_doubt": "1s", "fall": 2}
Fault = Callable[[Tailnet, Node], contextlib.AbstractContextManager[None]]


@pytest.fixture(scope="module")
def servers(standing_tailnet: Tailnet) -> Iterator[Servers]:
    with servers_at(namespace(standing_tailnet.lan.name, VIA_ONLY_TARGET)) as started:
        yield started


@contextlib.contextmanager
def working(tailnet: Tailnet, servers: Servers, kind: str, folder: Path, grace: str) -> Iterator[tuple[Gateway, Pool]]:
    """A gateway over both routers and a pool at work through it, over r1."""
    server = servers.get(Service.POSTGRES)
    routes = {ROUTE: ("tailscaled", f"{server.host}:{server.port}")}
    egresses = gateways.egresses(tailnet, ["tailscaled"])
    with (
        gateways.serving(tailnet, egresses, routes, paths=PATHS, dead_path_grace=grace, path_health=OFTEN) as gateway,
        pooled(
            kind,
            "127.0.0.1",
            gateway.ports[ROUTE],
            workers=WORKERS,
            log=folder / "pool.log",
            prefix=tailnet.gw.namespace.command(),
        ) as pool,
    ):
        until(lambda: len(pool.answered()) == WORKERS, "every worker to be answered", deadline_s=60)
        for path in SITES:
            until_health(gateway, path, "up")
        yield gateway, pool


def until_health(gateway: Gateway, path: str, health: str) -> None:
    until(lambda: gateway.lines("health-changed", path=path, health=health), f"{path} to be {health}", deadline_s=90)


@pytest.mark.parametrize("fault", [faults.zombie, faults.killed], ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("kind", POOLS)
def test_a_pool_goes_the_other_way_when_its_router_dies(
    tailnet: Tailnet, servers: Servers, kind: str, fault: Fault, tmp_path: Path
) -> None:
    with working(tailnet, servers, kind, tmp_path, GRACE) as (gateway, pool):
        with fault(tailnet, tailnet.r1):
            died_s = time.time()
            until(lambda: len(pool.answered(since_s=died_s + 1)) == WORKERS, "everybody's next answer", deadline_s=120)
        reset = gateway.lines("connection-ended", code=DEAD)
        assert len(reset) == WORKERS
        assert {(line["path"], line["level"], line["client_end"]) for line in reset} == {("r1", "warning", "rst")}
        assert all(line["detail"].startswith("r1 is down for ") for line in reset)
        (down,) = gateway.lines("health-changed", path="r1", health="down")
        assert all(line["at"] > down["at"] for line in reset)
        errors = Counter(asked.worker for asked in pool.asked(since_s=died_s) if asked.error)
        assert set(errors) == set(range(WORKERS))
        assert {line["path"] for line in gateway.lines("path-changed", state="open")} <= {"r1"}
    print(f"\n{kind}: {_times(pool, died_s)}; {sum(errors.values())} errors")


def test_with_no_path_left_the_pool_is_told_and_its_new_connections_are_held(
    tailnet: Tailnet, servers: Servers, tmp_path: Path
) -> None:
    with working(tailnet, servers, "psycopg_pool", tmp_path, GRACE) as (gateway, pool):
        with faults.zombie(tailnet, *tailnet.routers):
            died_s = time.time()
            until(lambda: len(gateway.lines("connection-ended", code=DEAD)) == WORKERS, "the resets", deadline_s=90)
            until(lambda: gateway.metric("farshore_held") >= 1, "new connections to be held")
            assert not pool.answered(since_s=died_s + 1)
        until(lambda: len(pool.answered(since_s=died_s + 1)) == WORKERS, "everybody's next answer", deadline_s=60)
        assert {asked.worker for asked in pool.asked(since_s=died_s) if asked.error} == set(range(WORKERS))
        assert {line["code"] for line in gateway.lines("connection-ended", level="warning")} == {DEAD}


def _times(pool: Pool, died_s: float) -> str:
    first_s = sorted(at_s - died_s for at_s in pool.answered(since_s=died_s + 1).values())
    return f"first answer {first_s[0]:.1f} s after the router's death, everybody's {first_s[-1]:.1f} s"
