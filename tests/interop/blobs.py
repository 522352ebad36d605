"""A plain TCP server of checksummed bytes, run as a program: `blobs.py HOST PORT FILE`.

A client asks in one line. `GET n`: the first n bytes of FILE, then the end. `PUT n` followed by n bytes: the SHA-256
of what arrived as one line of hex, then the end. No half-close is needed either way.
"""

import hashlib
import socketserver
import sys
from pathlib import Path

CHUNK_BYTES = 1 << 18


def digest(path: Path, size: int) -> str:
    """The SHA-256 of the first `size` bytes of a file."""
    sha = hashlib.sha256()
    with path.open("rb") as source:
        while size and (chunk := source.read(min(size, CHUNK_BYTES))):
            sha.update(chunk)
            size -= len(chunk)
    return sha.hexdigest()


class _Request(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        command, _, size = self.rfile.readline(64).decode("ascii").strip().partition(" ")
        if command == "GET":
            with self.server.source.open("rb") as source:  # type: ignore[attr-defined]
                self.connection.sendfile(source, 0, int(size))
            return
        sha, left = hashlib.sha256(), int(size)
        while left and (chunk := self.rfile.read1(min(left, CHUNK_BYTES))):
            sha.update(chunk)
            left -= len(chunk)
        self.wfile.write(sha.hexdigest().encode() + b"\n")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, host: str, port: int, source: Path) -> None:
        super().__init__((host, port), _Request)
        self.source = source


if __name__ == "__main__":
    with _Server(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])) as server:
        server.serve_forever()
