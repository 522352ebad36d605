"""A real HTTP server on loopback that takes messages, and answers as a test wants."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue


@dataclass(frozen=True)
class Taken:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Said:
    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)


Says = Callable[[Taken], Said | None]  # None: end the connection without a word


class Endpoint:
    """`taken` has every request in its order; `go` lets those answer that wait for it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.taken: Queue[Taken] = Queue()
        self.go = threading.Event()

    def next(self) -> Taken:
        return self.taken.get(timeout=30)


@contextmanager
def endpoint(
    says: Says = lambda _: Said(), *, waits: bool = False, certificate: Path | None = None
) -> Iterator[Endpoint]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            request = Taken(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            here.taken.put(request)
            if waits:
                here.go.wait(60)
            said = says(request)
            if said is None:
                self.close_connection = True
                return
            try:
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(said.body)))
                self.end_headers()
                self.wfile.write(said.body)
            except OSError:
                self.close_connection = True  # whoever asked has gone

        def handle(self) -> None:
            with suppress(ssl.SSLError, ConnectionError):  # whoever asked trusts nobody, or has gone
                super().handle()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            # The handshake is the handler's: one that fails is not the listener's.
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        here = Endpoint(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield here
        finally:
            here.go.set()
            server.shutdown()
            thread.join()
