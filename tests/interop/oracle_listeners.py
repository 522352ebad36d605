"""Oracle listeners that say one thing to whoever connects: go on to that address, or no such service here."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_HEADER = struct.Struct(">HHBBH")
_REFUSE, _REDIRECT, _DATA = 4, 5, 6
NO_SUCH_SERVICE = b"(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR=12514)(ERROR_STACK=(ERROR=(CODE=12514)(EMFI=4))))"


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleListener:
    """A running one; `heard` are the flags of each CONNECT and the connect data that stood in it or behind it."""

    port: int
    heard: list[tuple[int, bytes]] = field(default_factory=list)


def refuse() -> bytes:
    """There is no such service."""
    return _packet(_REFUSE, struct.pack(">BBH", 0x22, 0, len(NO_SUCH_SERVICE)) + NO_SUCH_SERVICE)


def redirect(host: str, port: int) -> bytes:
    """Go on to this address, and say the same there: as a listener since 10g says it, in a packet of its own."""
    address = f"(ADDRESS=(PROTOCOL=TCP)(HOST={host})(PORT={port}))"
    data = f"(DESCRIPTION={address}(CONNECT_DATA=(SERVICE_NAME=shore)(INSTANCE_NAME=shore2)))"
    whole = f"{address}\0{data}".encode()
    return _packet(_REDIRECT, struct.pack(">H", len(whole)), flags=2) + _packet(_DATA, b"\0\0" + whole)


@contextmanager
def oracle_listener(answer: bytes) -> Iterator[OracleListener]:
    """Run one for as long as the block lasts."""
    heard: list[tuple[int, bytes]] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            size, _, _, flags, _ = _HEADER.unpack(self.rfile.read(_HEADER.size))
            body = self.rfile.read(size - _HEADER.size)
            (length,) = struct.unpack_from(">H", body, 16)
            if not body.endswith(b")"):
                body = self.rfile.read(_HEADER.size + 2 + length)
            heard.append((flags, body[-length:]))
            self.wfile.write(answer)
            while self.rfile.read(1):
                pass

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 64

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield OracleListener(port=int(server.server_address[1]), heard=heard)
        finally:
            server.shutdown()
            thread.join()


def _packet(kind: int, body: bytes, flags: int = 0) -> bytes:
    return _HEADER.pack(_HEADER.size + len(body), 0, kind, flags, 0) + body
