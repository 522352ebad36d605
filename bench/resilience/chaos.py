"""`make soak`, second half: random faults on a real tailnet for minutes, one gateway throughout.

A client comes every 100 ms. Nobody fails while a path works, by what the independent dialler saw, and from one rest
between two faults to the next neither memory nor descriptors nor threads may have grown. Memory is what the gateway has
written itself (`Process.memory_kib`): what else it maps is counted by how many others map it too, and moves by
megabytes when one of them starts or ends. The seed is printed and can be given again: the same faults, in the same
order, of the same length.
"""

import argparse
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import Process, end_in_order
from bench.resilience.forwarders import ROUTE, serving
from bench.resilience.rows import POSTGRES_PORT, Row, Scene
from bench.resilience.seen import OURS, Seen
from bench.resilience.stage import observe, standing
from bench.slopes import MIN_SAMPLES, Series, growth, is_flat
from bench.soak import SERIES
from tests.tailnet.conftest import requires_tailnet
from tests.tailnet.harness import faults
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.nodes import Node
from tests.tailnet.harness.tailnet import Tailnet
from tests.tailnet.harness.waiting import until

LONGEST_S = 14.0
SHORTEST_S = 2.0
SHARE_OF_PAIRS = 0.3
REST_S = 30.0

Hits = Callable[[Tailnet, Node], AbstractContextManager[None]]
COUNTED = tuple(series for series in SERIES if series.name != "tasks")


def _flaps(tailnet: Tailnet, node: Node) -> AbstractContextManager[None]:
    return faults.flapping(tailnet, node, down_s=1.5, up_s=1.5)


def _gateways_tailscaled(tailnet: Tailnet, _: Node) -> AbstractContextManager[None]:
    return faults.killed(tailnet, tailnet.gw)


def _control_plane(tailnet: Tailnet, _: Node) -> AbstractContextManager[None]:
    return faults.control_plane_down(tailnet)


HITS: dict[str, Hits] = {
    "data plane dead": faults.zombie,
    "killed": faults.killed,
    "frozen": faults.frozen,
    "LAN leg down": faults.lan_leg_down,
    "routes withdrawn": faults.route_withdrawn,
    "flaps": _flaps,
    "pod's tailscaled killed": _gateways_tailscaled,
    "control plane killed": _control_plane,
}
# What may strike the other router meanwhile: then no path works for a while. Healed first, so it waits for nothing.
SECOND: dict[str, Callable[[Node], AbstractContextManager[None]]] = {
    "data plane dead": faults.data_plane_dead,
    "LAN leg down": faults.cut_from_lan,
}
HAVE_NO_ROUTER = ("pod's tailscaled killed", "control plane killed")
# These strike alone: they heal only where the routers are well.
ALONE = (*HAVE_NO_ROUTER, "routes withdrawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """What strikes in one round, for so long: a router, and the other one where `second` names a fault."""

    router: str
    first: str
    second: str | None
    lasts_s: float

    def __str__(self) -> str:
        beside = f", the other {self.second}" if self.second else ""
        whose = "" if self.first in HAVE_NO_ROUTER else f"{self.router} "
        return f"{whose}{self.first}{beside}, {self.lasts_s:.1f} s"

    @contextmanager
    def strike(self, scene: Scene) -> Iterator[None]:
        """In force inside the block, healed after it."""
        one, other = scene.tailnet.routers if self.router == "r1" else scene.tailnet.routers[::-1]
        with ExitStack() as stack:
            stack.enter_context(HITS[self.first](scene.tailnet, one))
            if self.second is not None:
                stack.enter_context(SECOND[self.second](other))
            yield


def chosen(chance: random.Random) -> Strike:
    """One strike at random; the chance decides nothing else, so a seed gives the same ones in the same order."""
    router, first, second = chance.choice(("r1", "r2")), chance.choice(list(HITS)), chance.choice(list(SECOND))
    lasts_s, is_pair = chance.uniform(SHORTEST_S, LONGEST_S), chance.random() < SHARE_OF_PAIRS
    return Strike(
        router=router, first=first, second=second if is_pair and first not in ALONE else None, lasts_s=lasts_s
    )


def counts(gateway: Gateway) -> dict[str, float]:
    """One sample of every series, once the gateway carries nothing."""
    until(lambda: gateway.metric("farshore_connections_active") == 0, "the gateway to be at rest", deadline_s=REST_S)
    process = Process(gateway.daemon.pid)
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    threads = re.search(r"^Threads:\s+(\d+)$", status, re.MULTILINE)
    assert threads, status
    return {
        "memory": process.memory_kib(),
        "descriptors": process.descriptors(),
        "threads": float(threads[1]),
    }


def chaos(minutes: float, seed: int) -> bool:
    """Strike after strike for so many minutes; whether nobody failed wrongly and nothing grew."""
    chance, wrong, clients = random.Random(seed), 0, 0
    samples: dict[str, list[float]] = {series.name: [] for series in COUNTED}
    with standing() as stage, serving(stage.tailnet, POSTGRES_PORT) as gateway:
        end_s = time.monotonic() + minutes * 60
        while time.monotonic() < end_s:
            strike = chosen(chance)
            row = Row(
                name="chaos",
                title=str(strike),
                fault=strike.strike,
                before_s=1,
                lasts_s=strike.lasts_s,
                goals=(),
            )
            seen = observe(stage, row, gateway, {OURS: gateway.ports[ROUTE]}, random.Random(seed))
            sample = counts(gateway)
            for name, values in samples.items():
                values.append(sample[name])
            clients += len(seen.of(OURS))
            wrong += len(seen.wrongly_failed())
            print(f"{strike}: {said(seen)}; {', '.join(f'{n} {v:g}' for n, v in sample.items())}", flush=True)
    print(f"{clients} clients, {wrong} failed while a path worked")
    return all([*(grew_not(series, samples[series.name]) for series in COUNTED), not wrong])


def said(seen: Seen) -> str:
    """One round in words."""
    failed = [client for client in seen.since(OURS) if client.error]
    cut = sum(bool(client.error) for client in seen.caught(OURS))
    wrong = [f"; {client.at_s - seen.fault_s:+.2f} s: {client.error}" for client in seen.wrongly_failed()]
    text = f"{len(seen.of(OURS))} clients, {cut} cut, {len(failed)} failed, {len(wrong)} of them while a path worked"
    return text + "".join(wrong)


def grew_not(series: Series, samples: Sequence[float]) -> bool:
    """Say how much it grew, and whether that is within bounds; too few samples tell nothing."""
    if len(samples) < MIN_SAMPLES:
        print(f"{series.name}: {len(samples)} rounds are too few to see growth, {MIN_SAMPLES} are needed")
        return True
    flat = is_flat(series, samples)
    rise = f"{growth(samples):+.1f} {series.unit}".strip()
    print(f"{series.name}: {'flat' if flat else 'GROWS'}, {rise} over the run (at most +{series.allowed_growth:g})")
    return flat


def main() -> int:
    """Exit code 0 if nobody failed wrongly and nothing grew, 1 if not, 2 where no tailnet can stand."""
    parser = argparse.ArgumentParser(prog="python -m bench.resilience.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args()
    if reason := requires_tailnet():
        print(f"no tailnet can stand here: {reason}", file=sys.stderr)
        return 2
    print(f"seed {options.seed}, {options.minutes:g} minutes", flush=True)
    return 0 if chaos(options.minutes, options.seed) else 1


if __name__ == "__main__":
    end_in_order()
    sys.exit(main())
