"""How long a pool goes without an answer when the router that carries its connections dies, with resets and without.

    .venv/bin/python -m bench.pools              # a few minutes; root, and what `make tailnet` builds

Real tailscaled, Postgres and pools: four workers with a connection each, all of them waiting when r1's data plane dies
and its control connection lives. Gateway and pools have their defaults; without resets, `dead_path_grace` is 1h.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.interop.pools import POOLS, Pool, pooled
from tests.interop.servers import Server, namespace, servers_at
from tests.interop.service import Service
from tests.tailnet.conftest import requires_tailnet
from tests.tailnet.harness import faults, gateways
from tests.tailnet.harness.tailnet import SITES, VIA_ONLY_TARGET, Tailnet
from tests.tailnet.harness.waiting import until

WORKERS = 4
GRACES = {"dead_path_grace: 10s": "10s", "dead_path_grace: 2s": "2s", "without resets": "1h"}
PATHS: list[dict[str, object]] = [{"via": name, "site": site} for name, site in SITES.items()]


@contextmanager
def standing() -> Iterator[tuple[Tailnet, Server]]:
    """A tailnet with a Postgres behind its routers."""
    tailnet = Tailnet()
    try:
        tailnet.up()
        with servers_at(namespace(tailnet.lan.name, VIA_ONLY_TARGET)) as servers:
            yield tailnet, servers.get(Service.POSTGRES)
    finally:
        tailnet.down()


def measure(tailnet: Tailnet, server: Server, kind: str, grace: str, watch_s: float) -> str:
    """One death of r1, watched for at most so long: when the first worker and when the last one had an answer again."""
    routes = {"db": ("tailscaled", f"{server.host}:{server.port}")}
    egresses = gateways.egresses(tailnet, ["tailscaled"])
    prefix = tailnet.gw.namespace.command()
    with (
        tempfile.TemporaryDirectory() as folder,
        gateways.serving(tailnet, egresses, routes, paths=PATHS, dead_path_grace=grace) as gateway,
        pooled(
            kind, "127.0.0.1", gateway.ports["db"], workers=WORKERS, log=Path(folder) / "log", prefix=prefix
        ) as pool,
    ):
        until(lambda: len(pool.answered()) == WORKERS, "every worker to be answered", deadline_s=60)
        until(lambda: {line["path"] for line in gateway.lines("health-changed", health="up")} >= set(SITES), "both up")
        with faults.zombie(tailnet, tailnet.r1):
            died_s = time.time()
            while len(pool.answered(since_s=died_s + 1)) < WORKERS and time.time() < died_s + watch_s:
                time.sleep(0.1)
            down = bool(gateway.lines("health-changed", path="r1", health="down"))
            told = _told(pool, died_s, watch_s)
        return told if down else f"{told} (r1 was never down)"


def _told(pool: Pool, died_s: float, watch_s: float) -> str:
    first_s = sorted(at_s - died_s for at_s in pool.answered(since_s=died_s + 1).values())
    errors = len([asked for asked in pool.asked(since_s=died_s) if asked.error])
    if len(first_s) < WORKERS:
        return f"{len(first_s)} of {WORKERS} workers answered within {watch_s:.0f} s, {errors} errors"
    return f"first answer after {first_s[0]:.1f} s, everybody's after {first_s[-1]:.1f} s, {errors} errors"


def main() -> int:
    """Print one line for each pool and grace; 1 if no tailnet can stand here."""
    parser = argparse.ArgumentParser(prog="python -m bench.pools", description=__doc__)
    parser.add_argument("--watch-s", type=float, default=90.0, help="how long to wait for an answer")
    watch_s = parser.parse_args().watch_s
    if missing := requires_tailnet():
        print(missing, file=sys.stderr)
        return 1
    with standing() as (tailnet, server):
        for title, grace in GRACES.items():
            for kind in POOLS:
                print(f"{kind:12} {title:22} {measure(tailnet, server, kind, grace, watch_s)}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
