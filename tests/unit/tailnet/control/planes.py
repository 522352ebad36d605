"""A control plane in memory, which can be made to fail."""

from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network

from farshore.core.address import IPNetwork
from farshore.tailnet.control.plane import ControlError, ControlFailure, Router

LAN = ip_network("172.16.20.0/24")


def two_routers() -> dict[str, Router]:
    return {
        name: Router(id=name, name=name, ips=(ip_address(address),), advertised=(LAN,), approved=(LAN,), online=True)
        for name, address in (("r1", "100.64.0.2"), ("r2", "100.64.0.3"))
    }


@dataclass
class Plane:
    """`failing` are the numbers of the writes that fail, counted from 1; `is_up` False fails everything."""

    known: dict[str, Router] = field(default_factory=two_routers)
    failing: set[int] = field(default_factory=set)
    is_up: bool = True
    writes: int = 0
    closed: bool = False

    async def routers(self) -> tuple[Router, ...]:
        self._check()
        return tuple(self.known.values())

    async def listing(self) -> bytes:
        self._check()
        return b"{}"

    async def approve(self, router: Router, routes: tuple[IPNetwork, ...]) -> tuple[IPNetwork, ...]:
        self._check()
        self.writes += 1
        if self.writes in self.failing:
            raise ControlError(ControlFailure.DECLINED, "no")
        self.known[router.id] = replace(self.known[router.id], approved=routes)
        return routes

    def command(self, router: Router, routes: tuple[IPNetwork, ...]) -> str:
        return f"approve {router.name} {','.join(map(str, routes))}"

    async def aclose(self) -> None:
        self.closed = True

    def approved(self) -> dict[str, tuple[IPNetwork, ...]]:
        """What each may serve."""
        return {name: router.approved for name, router in self.known.items()}

    def _check(self) -> None:
        if not self.is_up:
            raise ControlError(ControlFailure.UNREACHABLE, "it is down")
