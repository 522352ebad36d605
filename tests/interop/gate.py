"""A running gateway for clients to go through, in this network or in another one."""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.interop.parts import ROOT

ANSWER_S = 60.0
STOP_S = 45.0
LISTEN_HOST = "127.0.0.1"
ORDERLY = {"client.transfer.closed", "upstream.transfer.closed"}
NOBODY = "nobody"
# SOCKS5 as tailscaled speaks it has one reply for every failure.
REFUSED = {
    "direct": "target.dial.refused",
    "tailscaled": "target.dial.refused",
    "connect": "target.dial.refused",
    "socks5": "egress.dial.failed",
}


class Loop(StrEnum):
    """The event loop that the gateway runs on."""

    ASYNCIO = "asyncio"
    UVLOOP = "uvloop"


@dataclass(slots=True, kw_only=True)
class Gate:
    """Where clients connect: `host` and, by route, `ports`, as seen from behind `prefix`; `kind` is the egress's."""

    kind: str
    host: str
    prefix: tuple[str, ...]
    ports: Mapping[str, int]
    process: subprocess.Popen[str]
    lines: "queue.Queue[dict[str, Any]]" = field(repr=False)

    def endings(self) -> list[dict[str, Any]]:
        """Every connection that ended since the last call, once none is open any more.

        Raises:
            RuntimeError: a connection was still open 30 s after the call, or the gateway has ended.
        """
        assert self.process.stdin is not None
        self.process.stdin.write("settle\n")
        self.process.stdin.flush()
        ended = []
        while "settled" not in (line := self.lines.get(timeout=ANSWER_S)):
            _alive(line)
            ended.append(line)
        if line["settled"]:
            msg = f"{line['settled']} connections still open; ended: {ended}"
            raise RuntimeError(msg)
        return ended

    def codes(self) -> list[str]:
        """The codes of `endings`, in order."""
        return [str(line["code"]) for line in self.endings()]


@contextmanager
def gate(
    *,
    egress: Mapping[str, Any],
    targets: Mapping[str, str],
    loop: Loop = Loop.UVLOOP,
    prefix: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    own: Mapping[str, Mapping[str, Any]] | None = None,
    top: Mapping[str, Any] | None = None,
) -> Iterator[Gate]:
    """Run a gateway with one egress and one route to each target; `settings` are every route's, `own` one's alone.

    What is in `top` stands beside the routes.

    A `direct` egress without a LocalAPI is allowed to dial through this host's own network; no other is.

    Raises:
        RuntimeError: it did not open; its own complaint is on standard error.
    """
    alone = egress["kind"] == "direct" and "localapi" not in egress
    routes = [
        {
            "name": name,
            "listen": str(index),
            "target": target,
            "allow_direct": alone,
            **(settings or {}),
            **(own or {}).get(name, {}),
        }
        for index, (name, target) in enumerate(targets.items(), 1)
    ]
    config = {"egresses": {"way": egress}, "routes": routes, "drain": {"settle": 0, "grace": 10}, **(top or {})}
    command = [*prefix, sys.executable, "-m", "tests.interop.carrier", loop, json.dumps(config)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        lines: queue.Queue[dict[str, Any]] = queue.Queue()
        reader = threading.Thread(target=_read, args=(process, lines))
        reader.start()
        try:
            opened = _alive(lines.get(timeout=ANSWER_S))
            yield Gate(
                kind=egress["kind"],
                host=LISTEN_HOST,
                prefix=tuple(prefix),
                ports=opened["ports"],
                process=process,
                lines=lines,
            )
        finally:
            _stop(process)
            reader.join(STOP_S)


def _read(process: subprocess.Popen[str], lines: "queue.Queue[dict[str, Any]]") -> None:
    assert process.stdout is not None
    for text in process.stdout:
        lines.put(json.loads(text))
    lines.put({"over": True})


def _alive(line: dict[str, Any]) -> dict[str, Any]:
    if "over" in line:
        msg = "the gateway's process has ended"
        raise RuntimeError(msg)
    return line


def _stop(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
