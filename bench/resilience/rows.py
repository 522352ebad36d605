"""The rows of the table: a fault, how long it lasts, and what it must not do."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from bench.resilience.forwarders import CHILDS_SOCKS_PORT, HOLD_S, Serving, kill_child, serving, serving_with_child
from bench.resilience.judge import (
    Added,
    Asked,
    Fact,
    Goal,
    HeldOut,
    LetGo,
    NoneFailed,
    Recovers,
    RefusedInTime,
    Unnoticed,
)
from tests.tailnet.harness import faults
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.nodes import SOCKS_PORT, Node
from tests.tailnet.harness.servers import swallow
from tests.tailnet.harness.tailnet import TARGET, VIA_ONLY_TARGET, Tailnet, via

POSTGRES_PORT = 5432
REFUSING_PORT = 5499

Facts = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a fault may strike; it may leave `facts` about itself."""

    tailnet: Tailnet
    gateway: Gateway
    facts: Facts = field(default_factory=dict)


Fault = Callable[[Scene], AbstractContextManager[None]]
Setting = Callable[[Tailnet], AbstractContextManager[None]]

MANY = Asked()
SURVIVED: tuple[Goal, ...] = (NoneFailed(), Added(), MANY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fault. `setting` is how the tailnet is made before anybody comes; times in seconds."""

    name: str
    title: str
    fault: Fault
    goals: tuple[Goal, ...]
    before_s: float = 5.0
    lasts_s: float = 20.0
    after_s: float = 4.0
    setting: Setting = lambda _: contextlib.nullcontext()
    serving: Serving = serving
    socks_port: int = SOCKS_PORT
    port: int = POSTGRES_PORT
    crowd: int = 0


def on_primary(fault: Callable[[Tailnet, Node], AbstractContextManager[None]]) -> Fault:
    """The fault of the router that is preferred and serves the shared prefix."""
    return lambda scene: fault(scene.tailnet, scene.tailnet.r1)


def _kernel_primary(tailnet: Tailnet) -> AbstractContextManager[None]:
    return faults.kernel_mode(tailnet, tailnet.r1)


@contextlib.contextmanager
def _nothing(_: Scene) -> Iterator[None]:
    yield


@contextlib.contextmanager
def _withdrawn(scene: Scene) -> Iterator[None]:
    """Nobody serves the target any more, and servers on its addresses in the pod's own network wait for a leak."""
    with (
        faults.impostor(scene.tailnet, via(1, VIA_ONLY_TARGET), POSTGRES_PORT, talk=swallow) as ours,
        faults.impostor(scene.tailnet, TARGET, POSTGRES_PORT, talk=swallow) as plain,
    ):
        with faults.route_withdrawn(scene.tailnet):
            yield
        scene.facts.update({"bytes leaked": ours.received, "bytes leaked by plain": plain.received})


@contextlib.contextmanager
def _all_tailscaleds_killed(scene: Scene) -> Iterator[None]:
    """Farshore's child, which nobody starts again but Farshore, and the one that plain goes through."""
    kill_child(scene.gateway)
    with faults.killed(scene.tailnet, scene.tailnet.gw):
        yield


ROWS = (
    Row(name="kill", title="SIGKILL of the primary router", fault=on_primary(faults.killed), goals=SURVIVED),
    Row(name="freeze", title="SIGSTOP of the primary router", fault=on_primary(faults.frozen), goals=SURVIVED),
    Row(name="terminate", title="SIGTERM of the primary router", fault=on_primary(faults.terminated), goals=SURVIVED),
    Row(
        name="data-plane",
        title="The primary's data plane dead, its control connection alive",
        fault=on_primary(faults.zombie),
        goals=SURVIVED,
    ),
    Row(
        name="lan-leg",
        title="The primary's LAN leg down (netstack router)",
        fault=on_primary(faults.lan_leg_down),
        goals=SURVIVED,
    ),
    Row(
        name="lan-leg-kernel",
        title="The primary's LAN leg down (kernel router)",
        setting=_kernel_primary,
        fault=on_primary(faults.lan_leg_down),
        goals=SURVIVED,
    ),
    Row(
        name="crowd",
        title="200 clients at the moment of the primary's death (data plane)",
        fault=on_primary(faults.zombie),
        goals=(NoneFailed(), MANY),
        crowd=200,
    ),
    Row(
        name="both-8s",
        title="Both routers' data planes dead for 8 s",
        fault=lambda scene: faults.zombie(scene.tailnet, *scene.tailnet.routers),
        lasts_s=8,
        after_s=8,
        goals=(NoneFailed(), LetGo(), MANY),
    ),
    Row(
        name="both-60s",
        title="Both routers' data planes dead for 60 s",
        fault=lambda scene: faults.zombie(scene.tailnet, *scene.tailnet.routers),
        lasts_s=60,
        after_s=10,
        goals=(NoneFailed(), RefusedInTime(HOLD_S + 1, "tailnet.dial.no-answer"), Recovers()),
    ),
    Row(
        name="tailscaled",
        title="The pod's tailscaled killed, started again after 2 s",
        fault=lambda scene: faults.killed(scene.tailnet, scene.tailnet.gw),
        lasts_s=2,
        after_s=10,
        goals=(NoneFailed(), LetGo(), MANY),
    ),
    Row(
        name="child",
        title="Farshore's own tailscaled killed (`serve --tailscaled`); plain's is started again after 2 s",
        serving=serving_with_child,
        socks_port=CHILDS_SOCKS_PORT,
        fault=_all_tailscaleds_killed,
        lasts_s=2,
        after_s=10,
        goals=(NoneFailed(), LetGo(), MANY),
    ),
    Row(
        name="withdrawn",
        title="The routes withdrawn by the control plane, and given back",
        fault=_withdrawn,
        lasts_s=8,
        after_s=6,
        goals=(
            RefusedInTime(HOLD_S + 1, "tailnet.dial.leak"),
            Fact("bytes leaked", 0, "nothing leaks"),
            Recovers(1.0),
        ),
    ),
    Row(
        name="refused",
        title="The target refuses on all paths",
        fault=_nothing,
        port=REFUSING_PORT,
        lasts_s=5,
        after_s=0,
        goals=(
            RefusedInTime(0.05, "target.dial.refused"),
            Asked(2.0),
            Fact("breakers open", 0, "no breaker opens"),
        ),
    ),
    Row(
        name="flapping",
        title="The primary's data plane flaps: 5 s dead, 5 s well, for 2 min",
        fault=lambda scene: faults.flapping(scene.tailnet, scene.tailnet.r1, down_s=5, up_s=5),
        lasts_s=120,
        goals=(NoneFailed(), HeldOut("r1"), MANY),
    ),
    Row(
        name="control-plane",
        title="The control plane (headscale) killed",
        fault=lambda scene: faults.control_plane_down(scene.tailnet),
        goals=(NoneFailed(), Unnoticed(), MANY),
    ),
)
