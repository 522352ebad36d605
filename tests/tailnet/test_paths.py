"""Two ways to one target: while one of them works, no client sees that the other one dies."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from tests.tailnet.harness import faults, gateways, servers
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.nodes import Node
from tests.tailnet.harness.tailnet import SITES, TARGET, VIA_ONLY_TARGET, Tailnet
from tests.tailnet.harness.waiting import until

ROUTE = "db"
QUERY = b"SELECT 1"
EVERY_S = 0.1
BEFORE, IN_ALL = 15, 95
CLOSED = "client.transfer.closed"
LAN_ADDRESSES = {"r1": "172.16.20.2", "r2": "172.16.20.3"}

Path = dict[str, object]
Fault = Callable[[Tailnet, Node], contextlib.AbstractContextManager[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One client: when it came, how long its answer took, and what the answer was."""

    at_s: float
    took_s: float
    answer: bytes


class Stream:
    """Clients that come every 100 ms, whatever became of those before, each with one question."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._clients: list[Future[Asked]] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def come(self, count: int) -> None:
        """Wait until so many have come."""
        until(lambda: len(self._clients) >= count, f"{count} clients", deadline_s=60)

    def all(self) -> list[Asked]:
        """What became of everybody, once all are done."""
        self._thread.join()
        return [client.result() for client in self._clients]

    def _run(self) -> None:
        with ThreadPoolExecutor(IN_ALL) as together:
            start_s = time.monotonic()
            for number in range(IN_ALL):
                time.sleep(max(0.0, start_s + number * EVERY_S - time.monotonic()))
                self._clients.append(together.submit(self._ask))

    def _ask(self) -> Asked:
        at_s, answer = time.monotonic(), b""
        with contextlib.suppress(OSError), self._gateway.dial(ROUTE) as client:
            client.sendall(QUERY)
            while len(answer) < len(QUERY) and (more := client.recv(len(QUERY))):
                answer += more
        return Asked(at_s=at_s, took_s=time.monotonic() - at_s, answer=answer)


def tell(what: str, clients: Sequence[Asked], fault_s: float) -> None:
    """The latencies, for a person: nothing is judged by them."""
    first = [client.took_s for client in clients if fault_s <= client.at_s < fault_s + 1]
    later = [client.took_s for client in clients if client.at_s >= fault_s + 1]
    before = sorted(client.took_s for client in clients if client.at_s < fault_s)
    print(
        f"\n{what}: median before {before[len(before) // 2] * 1000:.0f} ms, worst in the first second "
        f"{max(first, default=0) * 1000:.0f} ms, worst after {max(later, default=0) * 1000:.0f} ms"
    )


def survives(tailnet: Tailnet, gateway: Gateway, fault: Fault, server: servers.Server, what: str) -> None:
    """The first router dies under a stream of clients: who comes is answered, and by the other router after that.

    Only who was connected through the router at the moment of its death, and waited for the answer, may be left without
    one: nothing can move an established connection.
    """
    stream = Stream(gateway)
    stream.come(BEFORE)
    begin_s = time.monotonic()
    with fault(tailnet, tailnet.r1):
        fault_s = time.monotonic()
        clients = stream.all()
        peers = Counter(server.peers)
        assert gateway.metric("farshore_path_state", path="r1", state="closed") == 0
        assert gateway.metric("farshore_path_state", path="r2", state="closed") == 1
    tell(what, clients, fault_s)
    endings = sorted(gateway.endings(IN_ALL, route=ROUTE), key=lambda line: line["connection"])
    for client, ending in zip(clients, endings, strict=True):
        was_in_it = client.at_s < fault_s and client.at_s + client.took_s > begin_s
        if not (was_in_it and ending["path"] == "r1"):
            assert (client.answer, ending["code"]) == (QUERY, CLOSED), (client.at_s - fault_s, ending)
    paths = [line["path"] for line in endings]
    assert set(paths[: BEFORE - 1]) == {"r1"}
    assert set(paths[-IN_ALL // 2 :]) == {"r2"}
    assert all(peers[LAN_ADDRESSES[name]] >= count for name, count in Counter(paths).items())
    assert peers.total() <= IN_ALL * 1.1


@contextlib.contextmanager
def listeners(tailnet: Tailnet, target: str) -> Iterator[list[Path]]:
    """On each router `tailscale serve --tcp` to the target, and the paths that lead there."""
    port = tailnet.free_port()
    paths: list[Path] = []
    for router in tailnet.routers:
        done = router.tailscale("serve", "--bg", f"--tcp={port}", f"tcp://{target}")
        assert done.returncode == 0, done.stderr
        paths.append({"via": router.name, "listener": f"{router.tailscale_ips()[0]}:{port}"})
    try:
        yield paths
    finally:
        for router in tailnet.routers:
            router.tailscale("serve", f"--tcp={port}", "off")


DEATHS = [faults.zombie, faults.killed, faults.terminated, faults.frozen, faults.lan_leg_down]


@pytest.mark.parametrize(
    ("egress", "fault"),
    [*(("tailscaled", fault) for fault in DEATHS), ("socks5", faults.zombie), ("socks5", faults.killed)],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_router_dies_and_the_other_sites_router_carries(tailnet: Tailnet, egress: str, fault: Fault) -> None:
    paths: list[Path] = [{"via": name, "site": site} for name, site in SITES.items()]
    with tailnet.serving(servers.echo, host=VIA_ONLY_TARGET) as server:
        routes = {ROUTE: (egress, f"{VIA_ONLY_TARGET}:{server.port}")}
        with gateways.serving(
            tailnet, gateways.egresses(tailnet, [egress]), routes, paths=paths, probe="none"
        ) as gateway:
            survives(tailnet, gateway, fault, server, f"4via6 over {egress}")


@pytest.mark.parametrize("fault", [faults.zombie, faults.killed], ids=lambda fault: fault.__name__)
def test_a_router_dies_and_the_other_routers_listener_carries(tailnet: Tailnet, fault: Fault) -> None:
    with tailnet.serving(servers.echo) as server, listeners(tailnet, f"{TARGET}:{server.port}") as paths:
        routes = {ROUTE: ("tailscaled", f"{TARGET}:{server.port}")}
        with gateways.serving(
            tailnet, gateways.egresses(tailnet, ["tailscaled"]), routes, paths=paths, probe="none"
        ) as gateway:
            survives(tailnet, gateway, fault, server, "listeners over tailscaled")


def test_a_target_that_refuses_is_asked_once_on_each_path(tailnet: Tailnet) -> None:
    paths: list[Path] = [{"via": name, "site": site} for name, site in SITES.items()]
    routes = {ROUTE: ("tailscaled", f"{VIA_ONLY_TARGET}:{tailnet.free_port()}")}
    with gateways.serving(
        tailnet, gateways.egresses(tailnet, ["tailscaled"]), routes, paths=paths, probe="none"
    ) as gateway:
        for _ in range(7):
            sent = gateway.send(ROUTE, QUERY)
            assert sent.codes == {"target.dial.refused": 1}
            assert [part.split(":")[0] for part in sent.lines[0]["detail"].split("; ")] == ["r1", "r2"]
        assert gateway.metric("farshore_path_state", state="closed") == len(paths)
