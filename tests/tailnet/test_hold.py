"""No path works for a while: clients are held meanwhile, let go when one is back, or told the truth in time."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.tailnet.harness import faults, gateways, servers
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.streams import QUERY, Stream
from tests.tailnet.harness.tailnet import SITES, VIA_ONLY_TARGET, Tailnet, via
from tests.tailnet.harness.waiting import until

ROUTE = "db"
EVERY_S = 0.2
BEFORE, DURING, AFTER = 10, 25, 10
CLOSED = "client.transfer.closed"
CROWD = 200
PATHS: list[dict[str, object]] = [{"via": name, "site": site} for name, site in SITES.items()]
EGRESSES = ["tailscaled", "socks5"]


class Independent:
    """Dials each router's own address again and again, beside the gateway; `first_s` is when one first got through."""

    def __init__(self, tailnet: Tailnet, port: int) -> None:
        self.first_s: float | None = None
        self._tailnet = tailnet
        self._port = port
        self._enough = threading.Event()
        self._together = ThreadPoolExecutor(200)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Dial no more."""
        self._enough.set()
        self._thread.join()
        self._together.shutdown()

    def _run(self) -> None:
        while not self._enough.wait(EVERY_S / 2):
            for site in SITES.values():
                self._together.submit(self._dial, via(site, VIA_ONLY_TARGET))

    def _dial(self, address: str) -> None:
        with contextlib.suppress(OSError), self._tailnet.dial(address, self._port, timeout_s=10):
            if self.first_s is None:
                self.first_s = time.monotonic()


def ask(gateway: Gateway) -> bytes:
    """One client's question, and what it got for an answer."""
    answer = b""
    with gateway.dial(ROUTE) as client:
        client.sendall(QUERY)
        while len(answer) < len(QUERY) and (more := client.recv(len(QUERY))):
            answer += more
    return answer


@contextlib.contextmanager
def holding(tailnet: Tailnet, egress: str, hold: str = "12s") -> Iterator[tuple[Gateway, servers.Server]]:
    """A gateway with a path over each router's own site, and the target behind them."""
    with tailnet.serving(servers.echo, host=VIA_ONLY_TARGET) as server:
        routes = {ROUTE: (egress, f"{server.host}:{server.port}")}
        with gateways.serving(
            tailnet, gateways.egresses(tailnet, [egress]), routes, paths=PATHS, hold=hold, probe="none"
        ) as gateway:
            yield gateway, server


def survives(
    tailnet: Tailnet, gateway: Gateway, server: servers.Server, fault: contextlib.AbstractContextManager[None]
) -> None:
    """Every client that comes while no path works is answered, and not before one is back."""
    stream = Stream(gateway, ROUTE, every_s=EVERY_S)
    stream.more(BEFORE)
    with tailnet.serving(servers.echo, host=VIA_ONLY_TARGET) as beside, contextlib.ExitStack() as ill:
        begin_s = time.monotonic()
        ill.enter_context(fault)
        fault_s = time.monotonic()
        stream.more(DURING)
        held = gateway.metric("farshore_held")
        independent = Independent(tailnet, beside.port)
        healed_s = time.monotonic()
        ill.close()
        until(lambda: gateway.metric("farshore_held") == 0, "everybody to be let go")
        until(lambda: independent.first_s is not None, "the independent dialler to get through")
        independent.end()
        stream.more(AFTER)
        clients = stream.end()
    endings = gateway.endings(len(clients), route=ROUTE)
    unlucky = [client for client in clients if client.at_s < fault_s and client.answered_at_s > begin_s]
    assert len(unlucky) <= 1 + (fault_s - begin_s) / EVERY_S
    failed = [client for client in clients if client.answer != QUERY and client not in unlucky]
    codes = Counter(ending["code"] for ending in endings)
    assert (failed, sum(codes.values()) - codes[CLOSED] <= len(unlucky)) == ([], True), codes
    waited = [client for client in clients if fault_s <= client.at_s < healed_s]
    assert len(waited) >= DURING - 1
    assert min(client.answered_at_s for client in waited) > healed_s
    assert held >= 1
    assert independent.first_s is not None
    through_ms = sorted((client.answered_at_s - independent.first_s) * 1000 for client in waited)
    print(
        f"\n{len(clients)} clients, {held:.0f} held, {server.connections} connections at the target; an independent "
        f"dialler was through {independent.first_s - healed_s:.2f} s after the heal, the first held client "
        f"{through_ms[0]:+.0f} ms after that, the median {through_ms[len(through_ms) // 2]:+.0f} ms, "
        f"the last {through_ms[-1]:+.0f} ms"
    )


@pytest.mark.parametrize("egress", EGRESSES)
def test_all_data_planes_are_dead_for_seconds_and_nobody_notices(tailnet: Tailnet, egress: str) -> None:
    with holding(tailnet, egress) as (gateway, server):
        survives(tailnet, gateway, server, faults.zombie(tailnet, *tailnet.routers))


def test_all_routers_are_killed_and_start_again_and_nobody_notices(tailnet: Tailnet) -> None:
    with holding(tailnet, "tailscaled") as (gateway, server):
        survives(tailnet, gateway, server, faults.killed(tailnet, *tailnet.routers))


@pytest.mark.parametrize("egress", [*EGRESSES, "connect"])
def test_the_tailscaled_of_the_pod_is_killed_and_starts_again_and_nobody_notices(tailnet: Tailnet, egress: str) -> None:
    with holding(tailnet, egress) as (gateway, server):
        survives(tailnet, gateway, server, faults.killed(tailnet, tailnet.gw))


@pytest.mark.parametrize("egress", EGRESSES)
def test_two_hundred_are_let_go_and_the_target_sees_hardly_more(tailnet: Tailnet, egress: str) -> None:
    with holding(tailnet, egress, hold="30s") as (gateway, server), ThreadPoolExecutor(CROWD) as crowd:
        with faults.zombie(tailnet, *tailnet.routers):
            answers = [crowd.submit(ask, gateway)]
            until(lambda: gateway.metric("farshore_held") == 1, "the first to be held")
            answers += [crowd.submit(ask, gateway) for _ in range(CROWD - 1)]
            until(lambda: gateway.metric("farshore_held") == CROWD, "all to be held", deadline_s=20)
            before = server.connections
        assert [answer.result() for answer in answers] == [QUERY] * CROWD
        gateway.endings(CROWD, route=ROUTE)
        accepted = server.connections - before
        print(f"\n{CROWD} held clients, {accepted} connections at the target")
        assert accepted <= 1.1 * CROWD


def test_where_no_path_comes_back_in_time_the_client_is_told_what_each_router_did(tailnet: Tailnet) -> None:
    with holding(tailnet, "tailscaled", hold="4s") as (gateway, _):
        with faults.zombie(tailnet, *tailnet.routers):
            sent = gateway.send(ROUTE, QUERY, clients=5)
        assert sent.codes == {"tailnet.dial.no-answer": 5}
        for line in sent.lines:
            assert line["detail"].startswith("held for 4.")
            assert [part.split(":")[0] for part in line["detail"].split("; ")[1:]] == list(SITES)
        assert sent.received == [b""] * 5
        assert gateway.metric("farshore_held") == 0
