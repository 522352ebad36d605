"""The same loads through a real tailnet: what share of all CPU is the forwarder's own.

The load runs in the pod's network namespace beside gateway and tailscaled, the far side behind the subnet routers.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bench.load import Work, ready
from bench.processes import BUILD, FarSide, Process, forwarder
from bench.table import Bound, Forwarder, Goal, Row
from tests.tailnet.conftest import requires_tailnet
from tests.tailnet.harness.namespaces import in_namespace
from tests.tailnet.harness.nodes import SOCKS_PORT
from tests.tailnet.harness.tailnet import TARGET, Tailnet

MOST_PERCENT = 10.0
AFTERMATH_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One load, and the row that says what share of the CPU it cost was the forwarder's."""

    row: Row
    work: Work


def _share(name: str, title: str, work: Work) -> Share:
    goal = Goal(bound=Bound.VALUE, at_most=MOST_PERCENT)
    return Share(
        row=Row(name=name, title=f"Share of all CPU through tailscaled, {title}", unit="%", goal=goal), work=work
    )


SHARES = (
    _share("tailnet-request", "requests", Work(mode="pingpong", connections=8, requests=8_000)),
    _share("tailnet-bulk", "bulk", Work(mode="bulk", connections=4, mb=300)),
    _share("tailnet-connection", "new connections", Work(mode="churn", connections=8, requests=1_500)),
)


def why_not() -> str | None:
    """Why no tailnet can stand here; None where it can."""
    return requires_tailnet()


@contextmanager
def standing() -> Iterator[tuple[Tailnet, FarSide]]:
    """A tailnet with the far side behind its routers."""
    tailnet = Tailnet()
    try:
        tailnet.up()
        port = tailnet.free_port()
        target = f"{TARGET}:{port}"
        far = tailnet.lan.popen(str(BUILD / "bench-farside"), "-listen", target, stdout=subprocess.DEVNULL)
        try:
            egress = f'{{kind: tailscaled, socket: "{tailnet.gw.socket}"}}'
            yield tailnet, FarSide(target=target, straight=target, socks=f"127.0.0.1:{SOCKS_PORT}", egress=egress)
        finally:
            far.kill()
            far.wait()
    finally:
        tailnet.down()


def rounds(shares: Sequence[Share], kinds: Sequence[Forwarder], count: int) -> Iterator[tuple[str, Forwarder, float]]:
    """So many rounds of every load; each begins with another forwarder. HAProxy has no way into a tailnet."""
    able = [kind for kind in kinds if kind is not Forwarder.HAPROXY]
    with standing() as (tailnet, far):
        for number in range(count):
            for share in shares:
                print(f"round {number + 1}/{count}: {share.row.title}", file=sys.stderr)
                turn = number % len(able)
                for kind in able[turn:] + able[:turn]:
                    yield share.row.name, kind, _inside(tailnet, kind, far, share.work)


def _inside(tailnet: Tailnet, kind: Forwarder, far: FarSide, work: Work) -> float:
    return in_namespace(tailnet.gw.namespace.name, lambda: _percent(tailnet, kind, far, work))


def _percent(tailnet: Tailnet, kind: Forwarder, far: FarSide, work: Work) -> float:
    daemons = [Process(node.pid) for node in tailnet.nodes]
    with forwarder(kind, far) as running, ready(work, running.address) as load:
        own_s, others_s = running.process.cpu_s(), sum(daemon.cpu_s() for daemon in daemons)
        load.work()
        time.sleep(AFTERMATH_S)
        own_s = running.process.cpu_s() - own_s
        others_s = sum(daemon.cpu_s() for daemon in daemons) - others_s
    return 100 * own_s / (own_s + others_s)
