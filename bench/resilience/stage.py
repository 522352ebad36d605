"""The stage of every row: a real tailnet, Postgres behind its routers, both forwarders, the clients; and one row run.

Farshore asks for one host of the LAN by 4via6 and the Go forwarder for another by its plain address: on a router that
forwards with netstack 4via6 connections take the plain address of the same host away.
"""

import contextlib
import importlib.util
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from bench.resilience.clients import Order
from bench.resilience.forwarders import PATHS, ROUTE, plain
from bench.resilience.rows import POSTGRES_PORT, REFUSING_PORT, Row, Scene
from bench.resilience.seen import EVERY_S, OURS, PLAIN, Client, Dial, Seen
from tests.interop.servers import Place, running
from tests.interop.service import PASSWORD, USER, Service
from tests.tailnet.harness import faults
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.servers import Server, greet
from tests.tailnet.harness.tailnet import PREFIX, SITES, TARGET, Tailnet, via
from tests.tailnet.harness.tailnet import VIA_ONLY_TARGET as HOST
from tests.tailnet.harness.waiting import until

CHANGES = ("path-changed", "outage-started", "outage-ended", "tailscaled-changed")
GREETING = "the host that was asked for\n"
OWNER_S = 0.2
LEAVE_S = 60.0

_ARRIVED = f"""
table inet arrived {{
  counter {OURS} {{}}
  counter {PLAIN} {{}}
  chain in {{
    type filter hook prerouting priority -310
    ip daddr {HOST} tcp dport {{ {POSTGRES_PORT}, {REFUSING_PORT} }} tcp flags & (syn|ack) == syn counter name {OURS}
    ip daddr {TARGET} tcp dport {{ {POSTGRES_PORT}, {REFUSING_PORT} }} tcp flags & (syn|ack) == syn counter name {PLAIN}
  }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What stands for all rows; `greeter` is what the independent dialler looks for."""

    tailnet: Tailnet
    greeter: Server


@contextmanager
def standing() -> Iterator[Stage]:
    """A tailnet with a Postgres on both hosts of the LAN, and a counter of the connections that arrive there."""
    tailnet = Tailnet()
    with ExitStack() as stack:
        stack.callback(tailnet.down)
        tailnet.up()
        for host in (HOST, TARGET):
            stack.enter_context(_postgres(tailnet, host))
        tailnet.lan.nft(_ARRIVED)
        yield Stage(tailnet=tailnet, greeter=stack.enter_context(tailnet.serving(greet(GREETING.encode()), host=HOST)))


@contextmanager
def _postgres(tailnet: Tailnet, host: str) -> Iterator[None]:
    """Without passwords: their hashing would cost more than all else that a client does."""
    folder = tailnet.folder / f"postgres-{host}"
    folder.mkdir()
    for parent in (tailnet.folder, folder):
        parent.chmod(0o711)
    place = Place(host=host, prefix=tuple(tailnet.lan.command()), port=lambda _: POSTGRES_PORT)
    with running(Service.POSTGRES, place, folder, POSTGRES_PORT) as server:
        (folder / "data" / "pg_hba.conf").write_text("host all all 0.0.0.0/0 trust\n")
        server.process.send_signal(signal.SIGHUP)
        yield


class Clients:
    """The process with the clients, and what it has said."""

    def __init__(self, tailnet: Tailnet, order: Order) -> None:
        command = [sys.executable, "-m", "bench.resilience.clients", json.dumps(asdict(order))]
        root = Path(__file__).resolve().parents[2]
        self._process = tailnet.gw.popen(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root)
        self._said: list[dict[str, Any]] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        until(lambda: self._said or self._process.poll() is not None, "the clients to begin")

    def tell(self, what: str) -> None:
        """One command; nothing happens where the process is gone."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(f"{what}\n".encode())
            self._process.stdin.flush()

    def end(self) -> None:
        """Let the last ones leave.

        Raises:
            RuntimeError: they did not; the figures would be a part of the truth.
        """
        self.tell("end")
        try:
            code = self._process.wait(LEAVE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            code = None
        self._thread.join()
        if code != 0:
            msg = f"the clients ended with {code}"
            raise RuntimeError(msg)

    def kill(self) -> None:
        """End the process at once. Idempotent."""
        self._process.kill()
        self._process.wait()

    def said(self, kind: str) -> list[dict[str, Any]]:
        """What it said of one kind."""
        return [{name: value for name, value in one.items() if name != "kind"} for one in self._of(kind)]

    def _of(self, kind: str) -> Iterator[dict[str, Any]]:
        return (one for one in list(self._said) if one["kind"] == kind)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.append(json.loads(line))


@dataclass(slots=True)
class Owners:
    """Who serves the shared prefix, as the gateway's tailscaled sees it: the changes, with their times."""

    tailnet: Tailnet
    changes: list[tuple[float, str]] = field(default_factory=list)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look again and again for as long as the block lasts."""
        enough = threading.Event()
        thread = threading.Thread(target=self._watch, args=(enough,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            enough.set()
            thread.join()

    def _watch(self, enough: threading.Event) -> None:
        while not enough.wait(OWNER_S):
            owner = "nobody"
            with contextlib.suppress(Exception):  # tailscaled is gone, or says half a sentence
                peers = self.tailnet.gw.peers()
                owner = next((n for n in SITES if PREFIX in (peers[n].get("AllowedIPs") or [])), "nobody")
            if not self.changes or self.changes[-1][1] != owner:
                self.changes.append((time.monotonic(), owner))


def run(stage: Stage, row: Row, random: Random) -> Seen:
    """One row, with fresh forwarders."""
    with (
        row.setting(stage.tailnet),
        row.serving(stage.tailnet, row.port) as gateway,
        plain(stage.tailnet, row.port) as plain_port,
    ):
        return observe(stage, row, gateway, {OURS: gateway.ports[ROUTE], PLAIN: plain_port}, random)


def observe(stage: Stage, row: Row, gateway: Gateway, ports: dict[str, int], random: Random) -> Seen:
    """Clients come to each port, the fault strikes, is healed, and the last client leaves."""
    with ExitStack() as stack:
        owners = Owners(stage.tailnet)
        stack.enter_context(owners.watched())
        arrived, ended = _arrived(stage.tailnet), len(gateway.lines("connection-ended"))
        probed = _probed(gateway)
        clients = Clients(stage.tailnet, _order(stage, row, ports))
        stack.callback(clients.kill)
        time.sleep(row.before_s + random.random() * EVERY_S)
        scene = Scene(tailnet=stage.tailnet, gateway=gateway)
        began_s = time.monotonic()
        with ExitStack() as ill:
            ill.enter_context(row.fault(scene))
            fault_s = time.monotonic()
            if row.crowd:
                clients.tell(f"crowd {row.crowd}")
            time.sleep(row.lasts_s)
            scene.facts["breakers open"] = len(PATHS) - gateway.metric(
                "farshore_path_state", route=ROUTE, state="closed"
            )
            healed_s = time.monotonic()
            last = threading.Timer(row.after_s, clients.tell, ["end"])
            last.start()
            stack.callback(last.cancel)
        last.join()
        clients.end()
        asked = {name: count - arrived[name] for name, count in _arrived(stage.tailnet).items()}
        asked[OURS] -= _probed(gateway) - probed
        pooled = {one["conninfo"]: one["connections"] for one in clients.said("pooled")}
        return Seen(
            clients=[Client(**one) for one in clients.said("client")],
            queries=[Client(**one) for one in clients.said("query")],
            dials=[Dial(**one) for one in clients.said("dial")],
            began_s=began_s,
            fault_s=fault_s,
            healed_s=healed_s,
            asked=asked,
            pooled={name: _of_port(pooled, port) for name, port in ports.items()},
            owners=owners.changes,
            endings=[_timed(line) for line in gateway.lines("connection-ended")[ended:]],
            changes=[_timed(line) for event in CHANGES for line in gateway.lines(event)],
            facts=scene.facts,
        )


def _probed(gateway: Gateway) -> int:
    """How many connections the health checks have made to the target."""
    results = ("connected", "refused")
    return int(sum(gateway.metric("farshore_target_probes_total", result=result) for result in results))


def _order(stage: Stage, row: Row, ports: dict[str, int]) -> Order:
    has_pools = row.port == POSTGRES_PORT and importlib.util.find_spec("psycopg_pool") is not None
    return Order(
        user=USER,
        password=PASSWORD,
        streams=ports,
        pools=ports if has_pools else {},
        paths={name: via(site, HOST) for name, site in SITES.items()},
        socks_port=row.socks_port,
        greeting_port=stage.greeter.port,
        greeting=GREETING,
    )


def _timed(line: dict[str, Any]) -> dict[str, Any]:
    """The log line with its time on the monotonic clock beside it, as everything else that is seen."""
    return {**line, "at_s": datetime.fromisoformat(line["at"]).timestamp() - time.time() + time.monotonic()}


def _arrived(tailnet: Tailnet) -> dict[str, int]:
    done = tailnet.lan.run("nft", "-j", "list", "counters")
    counters = (one["counter"] for one in json.loads(done.stdout)["nftables"] if "counter" in one)
    return {one["name"]: one["packets"] for one in counters}


def _of_port(pooled: dict[str, int], port: int) -> int:
    return sum(count for conninfo, count in pooled.items() if f" port={port} " in conninfo)


Told = Callable[[str], None]


def run_all(stage: Stage, rows: Sequence[Row], random: Random, told: Told) -> Iterator[tuple[Row, Seen | str]]:
    """Row after row, each on a healthy tailnet with fresh forwarders; what was seen, or why a row was not measured."""
    for row in rows:
        told(f"{row.name}: {row.title}")
        try:
            yield row, run(stage, row, random)
        except (OSError, RuntimeError, AssertionError) as error:  # a TimeoutError is an OSError
            yield row, " ".join(str(error).split())[:300] or type(error).__name__
            faults.recover(stage.tailnet)
