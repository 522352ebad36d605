"""The two that are compared: Farshore with a path over each router, and the Go forwarder before plain tailscaled."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from bench.processes import BUILD
from tests.tailnet.harness import gateways
from tests.tailnet.harness.daemons import Daemon
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.headscale import SERVER
from tests.tailnet.harness.nodes import ENVIRONMENT, SOCKS_PORT
from tests.tailnet.harness.tailnet import BINARIES, SITES, TARGET, VIA_ONLY_TARGET, Tailnet
from tests.tailnet.harness.waiting import until

ROUTE = "db"
HOLD_S = 12.0
PATHS: list[dict[str, object]] = [{"via": name, "site": site} for name, site in SITES.items()]
CHILDS_SOCKS_PORT = 1066
READY_S = 40.0

Serving = Callable[[Tailnet, int], AbstractContextManager[Gateway]]


def serving(tailnet: Tailnet, port: int) -> AbstractContextManager[Gateway]:
    """Farshore over the pod's tailscaled to this port of the target, everything else as it comes."""
    return gateways.serving(
        tailnet,
        gateways.egresses(tailnet, ["tailscaled"]),
        {ROUTE: ("tailscaled", f"{VIA_ONLY_TARGET}:{port}")},
        paths=PATHS,
        hold=f"{HOLD_S:g}s",
        protocol="postgres",
    )


@contextmanager
def serving_with_child(tailnet: Tailnet, port: int) -> Iterator[Gateway]:
    """The same with a tailscaled that Farshore has started itself, and restarts (`serve --tailscaled`)."""
    child = {
        "program": str(BINARIES / "tailscaled"),
        "socks5": f"127.0.0.1:{CHILDS_SOCKS_PORT}",
        "login_server": SERVER,
        "hostname": "own",
    }
    with gateways.serving(
        tailnet,
        {"tailnet": {"kind": "tailscaled"}},
        {ROUTE: ("tailnet", f"{VIA_ONLY_TARGET}:{port}")},
        paths=PATHS,
        hold=f"{HOLD_S:g}s",
        protocol="postgres",
        env={**ENVIRONMENT, "TS_AUTH_KEY": tailnet.headscale.auth_key},
        tailscaled=child,
    ) as gateway:
        until(lambda: gateway.metric("farshore_ready") == 1, "the child to have its routes", deadline_s=READY_S)
        yield gateway


def kill_child(gateway: Gateway) -> None:
    """SIGKILL for the tailscaled that the gateway started last."""
    os.kill([int(line["pid"]) for line in gateway.lines("tailscaled-changed") if line["pid"]][-1], signal.SIGKILL)


@contextmanager
def plain(tailnet: Tailnet, port: int) -> Iterator[int]:
    """The Go forwarder in front of plain tailscaled, to this port of the plain address; the port it listens on."""
    listening = tailnet.free_port()
    target = ("-target", f"{TARGET}:{port}", "-socks", f"127.0.0.1:{SOCKS_PORT}")
    command = (str(BUILD / "bench-forwarder"), "-listen", f"127.0.0.1:{listening}", *target)
    forwarder = Daemon(tailnet.gw.namespace, tailnet.folder / f"forwarder-{listening}", *command)
    try:
        until(lambda: _listens(tailnet, listening), "the Go forwarder to listen")
        yield listening
    finally:
        forwarder.stop(signal.SIGKILL)


def _listens(tailnet: Tailnet, port: int) -> bool:
    try:
        tailnet.gw.namespace.connect("127.0.0.1", port).close()
    except OSError:
        return False
    return True
