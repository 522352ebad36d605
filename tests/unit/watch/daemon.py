"""A tailscaled that says what a test wants: who is a peer, who answers pings, and whether it may be told what to do."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

R1, R2 = "100.64.0.2", "100.64.0.3"
LAN = "172.16.20.0/24"


def peer(name: str, ip: str, *routes: str) -> dict[str, Any]:
    return {
        "ID": f"id-{name}",
        "Online": True,
        "HostName": name,
        "TailscaleIPs": [ip],
        "AllowedIPs": [f"{ip}/32", *routes],
    }


class Daemon:
    """Keeps what it was asked to do."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.peers = [peer("r1", R1, LAN), peer("r2", R2)]
        self.answering = {R1, R2}
        self.may_write = True
        self.state = "Running"
        self.own: dict[str, Any] | None = None
        self.health: list[str] = []
        self.dials = 502
        self.asked: list[str] = []
        self.done = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                question = head.split(b" ")[1].decode().removeprefix("/localapi/v0/")
                self.asked.append(question)
                status, body = self._answer(question)
                if body is None:
                    await reader.read()
                    return
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, question: str) -> tuple[int, bytes | None]:
        if question.partition("?")[0] == "status":
            keyed = {f"nodekey:{each['HostName']}": each for each in self.peers}
            told = {"BackendState": self.state, "Self": self.own, "Health": self.health, "Peer": keyed}
            return 200, json.dumps(told).encode()
        if question == "prefs":
            return 200, b'{"RouteAll": true}'
        if question.startswith("debug?"):
            if not self.may_write:
                return 403, b"debug access denied\n"
            self.done.set()
            return 200, b"done\n"
        if question == "dial":
            return self.dials, b"dial failure: timeout\n"
        ip = question.partition("ip=")[2].partition("&")[0]
        return 200, b'{"LatencySeconds":0.002}' if ip in self.answering else None


@asynccontextmanager
async def running() -> AsyncIterator[Daemon]:
    with tempfile.TemporaryDirectory(prefix="farshore-") as folder:
        daemon = Daemon(Path(folder) / "s.sock")
        server = await asyncio.start_unix_server(daemon.serve, daemon.path)
        try:
            yield daemon
        finally:
            server.close()
            await server.wait_closed()
