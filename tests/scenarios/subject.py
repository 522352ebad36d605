"""A gateway in a process of its own, so that its descriptors are its own and can be counted and bounded.

Run as a program it is that process: it opens one route on loopback, then answers every line on its standard input with
one line of JSON, and ends with the input.
"""

import asyncio
import json
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from farshore.config.fields import Ports
from farshore.config.model import Config, Route
from farshore.core.address import HostPort
from farshore.core.clock import SystemClock
from farshore.core.events import ConnectionEnded, Event
from farshore.gateway.gateway import Gateway

LOOPBACK = IPv4Address("127.0.0.1")


class Subject:
    """A running gateway, from the outside."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.listen = HostPort(LOOPBACK, int(self.ask()["port"]))

    def ask(self) -> dict[str, Any]:
        """How it is at the moment: `port`, `active`, `codes`, `descriptors`, `tasks` and `rss_bytes`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def subject(target: HostPort, loop: str, *, descriptors: int | None = None, **settings: Any) -> Iterator[Subject]:
    """A gateway whose one route leads straight to `target`; `descriptors` is all it may have."""
    order = {"target": target.port, "loop": loop, "descriptors": descriptors, "settings": settings}
    command = [sys.executable, str(Path(__file__)), json.dumps(order)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Subject(process)
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(60) == 0
        finally:
            process.kill()


class _Seen:
    """What has ended, by code."""

    def __init__(self) -> None:
        self.codes: Counter[str] = Counter()

    def announce(self, event: Event) -> None:
        if isinstance(event, ConnectionEnded):
            self.codes[event.code.value] += 1


async def _run(order: dict[str, Any]) -> None:
    route = Route.model_validate(
        {
            "listen": Ports(host=None, first=0, last=0),
            "target": Ports(host=LOOPBACK, first=order["target"], last=order["target"]),
            "allow_direct": True,
            "max_connections": 100_000,
        }
    )
    values = {"egresses": {"out": {"kind": "direct"}}, "routes": (route,), "limits": {"max_connections": 100_000}}
    seen = _Seen()
    gateway = Gateway(Config.model_validate(values | order["settings"]), announce=seen.announce, clock=SystemClock())
    await gateway.open()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (order["descriptors"] or hard, hard))
    asked = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(asked), sys.stdin
    )
    while await asked.readline():
        answer = {
            "port": gateway.routes()[0].listen.port,
            "active": gateway.routes()[0].active,
            "codes": dict(seen.codes),
            "descriptors": _descriptors(),
            "tasks": len(asyncio.all_tasks()),
            "rss_bytes": _resident_bytes(),
        }
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    transport.close()
    await gateway.close()


def _descriptors() -> int:
    """How many are open; -1 where there is none left to look with."""
    with suppress(OSError):
        return sum(1 for _ in Path("/proc/self/fd").iterdir()) - 1
    return -1


def _resident_bytes() -> int:
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    return -1


def main() -> None:
    order = json.loads(sys.argv[1])
    if order["loop"] == "uvloop":
        import uvloop  # noqa: PLC0415 - only where it is asked for

        uvloop.run(_run(order))
    else:
        asyncio.run(_run(order))


if __name__ == "__main__":
    main()
