"""Real pools whose target goes away and comes back, with refusals in words between: they mend by themselves."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from tests.interop.gate import gate
from tests.interop.pools import POOLS, pooled
from tests.interop.servers import LOOPBACK, Place, servers_at
from tests.interop.service import Service
from tests.ports import free_port

pytestmark = pytest.mark.interop
WORKERS = 3
ROUTE = "db"
DEADLINE_S = 120.0


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something that a process of its own does."""
    end_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end_s, f"waited for {what}"
        time.sleep(0.1)


@pytest.mark.parametrize("kind", POOLS)
def test_a_pool_that_was_refused_in_words_works_again_when_the_target_is_back(kind: str, tmp_path: Path) -> None:
    port = free_port()
    place = Place(host=LOOPBACK.host, prefix=(), port=lambda _: port)
    settings = {"protocol": "postgres", "refuse": "protocol"}
    with (
        servers_at(place) as servers,
        gate(
            egress={"kind": "direct"}, targets={ROUTE: servers.address(Service.POSTGRES)}, settings=settings
        ) as gateway,
        nullcontext(servers.get(Service.POSTGRES)) as server,
        pooled(kind, gateway.host, gateway.ports[ROUTE], workers=WORKERS, log=tmp_path / "pool.log") as pool,
    ):
        until(lambda: len(pool.answered()) == WORKERS, "every worker's answer")

        server.kill()

        told: list[str] = []

        def refused() -> bool:
            told.extend(ended["code"] for ended in gateway.endings() if ended["client_end"] == "told")
            return len(told) >= WORKERS

        until(refused, "as many refusals as workers")
        with servers_at(place) as again:
            again.get(Service.POSTGRES)
            back_s = time.time()
            until(lambda: len(pool.answered(since_s=back_s)) == WORKERS, "every worker's next answer")
        assert pool.process.poll() is None
    assert set(told) <= {"target.dial.refused", "upstream.first-byte.closed", "upstream.first-byte.reset"}
