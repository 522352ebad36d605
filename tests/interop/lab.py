"""The lab's tailscaled as a process of its own: `lab.py SOCKET HOST LISTENERS`.

Behind its one router there is one host, HOST, whose ports are real servers on loopback: LISTENERS is JSON,
`{"5432": 40123}`. What the target says first comes in one segment with the reply, where it is easily lost. Prints
`{"socks5": "host:port", "connect": "host:port"}` and runs until standard input ends.
"""

import asyncio
import json
import sys
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from farshore.core.address import LOOPBACK, HostPort
from farshore.core.clock import SystemClock
from farshore.lab.backend import Segments
from farshore.lab.tailnet import Host, Router, Tailnet
from farshore.lab.tailscaled import Tailscaled


def tailnet(host: IPv4Address, listeners: dict[str, int]) -> Tailnet:
    """One router before the host's network."""
    ports = {int(port): HostPort(LOOPBACK, real) for port, real in listeners.items()}
    network = IPv4Network((int(host) & 0xFFFFFF00, 24))
    router = Router(name="r1", address=IPv4Address("100.64.0.2"), routes=(network,))
    return Tailnet(routers=(router,), lan=(Host(address=host, listeners=ports),))


async def run(path: Path, lab: Tailnet) -> None:
    """Answer until standard input ends."""
    async with Tailscaled(lab, path, clock=SystemClock(), segments=Segments.COALESCED) as daemon:
        sys.stdout.write(json.dumps({"socks5": str(daemon.socks5), "connect": str(daemon.connect)}) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), tailnet(IPv4Address(sys.argv[2]), json.loads(sys.argv[3]))))
