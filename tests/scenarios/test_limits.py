"""Thousands of clients at once, clients that say nothing, and no descriptor left: every one ends with its own outcome.

The gateway runs in a process of its own; clients and targets share this one, so each side has half of the limit.
"""

import resource
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from tests.scenarios.subject import Subject, subject

from farshore.core.address import HostPort, parse_host

WANTED_IDLE = 9000
SILENT = 1000
PATIENCE_S = 100.0
DESCRIPTORS_TO_SPARE = 300
IN_FLIGHT = 500
CLOSED, RESET = "closed", "reset"

loops = pytest.mark.parametrize("loop", ["asyncio", "uvloop"])


class Target:
    """A listening port whose connections are kept, and echo what they hear whenever they are served."""

    def __init__(self, listening: socket.socket) -> None:
        listening.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        self._listening = listening
        self._epoll = selectors.EpollSelector()
        self._epoll.register(listening, selectors.EVENT_READ)
        self.served: set[socket.socket] = set()
        self.address = HostPort(parse_host("127.0.0.1"), listening.getsockname()[1])

    def serve(self) -> None:
        """Everything that waits to be accepted, echoed or closed."""
        while events := self._epoll.select(0.001):
            for key, _ in events:
                if key.fileobj is self._listening:
                    self._accept()
                else:
                    self._echo(key.fileobj)  # type: ignore[arg-type]

    def serve_until(self, is_so: Callable[[], bool]) -> None:
        """Go on serving until something has happened."""
        deadline = time.monotonic() + PATIENCE_S
        while not is_so():
            self.serve()
            assert time.monotonic() < deadline, "it never happened"

    def close(self) -> None:
        for sock in self.served:
            sock.close()
        self._epoll.close()

    def _accept(self) -> None:
        try:
            accepted, _ = self._listening.accept()
        except BlockingIOError:
            return
        accepted.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        self.served.add(accepted)
        self._epoll.register(accepted, selectors.EVENT_READ)

    def _echo(self, sock: socket.socket) -> None:
        try:
            data = sock.recv(65536)
        except ConnectionError:
            data = b""
        if data:
            sock.sendall(data)
            return
        self._epoll.unregister(sock)
        self.served.discard(sock)
        sock.close()


@pytest.fixture
def target() -> Iterator[Target]:
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listening:
        opened = Target(listening)
        yield opened
        opened.close()


@contextmanager
def crowd(gateway: Subject, target: Target, count: int) -> Iterator[list[socket.socket]]:
    """So many clients, a few hundred at a time so that no backlog overflows; without those reset as they came in."""
    address = (str(gateway.listen.host), gateway.listen.port)
    clients: list[socket.socket] = []
    try:
        for number in range(count):
            with suppress(ConnectionResetError):
                clients.append(socket.create_connection(address, timeout=PATIENCE_S))
            if number % IN_FLIGHT == 0:
                target.serve()
        yield clients
    finally:
        for client in clients:
            client.close()


def ending_of(client: socket.socket) -> str:
    """How a client that says nothing sees its end."""
    try:
        assert client.recv(1) == b""
    except ConnectionResetError:
        return RESET
    return CLOSED


def talk(client: socket.socket, target: Target, said: bytes = b"hello") -> bytes:
    client.sendall(said)
    heard = bytearray()

    def is_heard() -> bool:
        readable = selectors.DefaultSelector()
        readable.register(client, selectors.EVENT_READ)
        with readable:
            if readable.select(0.001):
                heard.extend(client.recv(65536))
        return len(heard) >= len(said)

    target.serve_until(is_heard)
    return bytes(heard)


@pytest.fixture
def room() -> Iterator[int]:
    """How many connections fit: two descriptors each, in this process and in the gateway's."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(WANTED_IDLE, (hard - DESCRIPTORS_TO_SPARE) // 2)
    if count < WANTED_IDLE:
        print(f"{count} connections instead of {WANTED_IDLE}: the descriptor limit here is {hard}")
    yield count
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@loops
def test_thousands_of_idle_connections_are_held_and_each_still_works(loop: str, target: Target, room: int) -> None:
    with subject(target.address, loop) as gateway:
        before = gateway.ask()
        with crowd(gateway, target, room) as clients:
            target.serve_until(lambda: len(target.served) == room)
            held = gateway.ask()
            print(f"{loop}: {room} idle connections, {(held['rss_bytes'] - before['rss_bytes']) / room:.0f} B each")
            assert held["active"] == room
            assert held["codes"] == {}
            assert held["descriptors"] == before["descriptors"] + 2 * room
            for client in clients[:: room // 50]:
                assert talk(client, target) == b"hello"
        target.serve_until(lambda: not target.served)
        target.serve_until(lambda: gateway.ask()["active"] == 0)
        after = gateway.ask()

    assert after["codes"] == {"client.transfer.closed": room}
    assert after["descriptors"] == before["descriptors"]


@loops
def test_a_thousand_clients_that_say_nothing_are_ended_for_it(loop: str, target: Target) -> None:
    with subject(target.address, loop, timeouts={"idle": "1s"}) as gateway:
        with crowd(gateway, target, SILENT) as clients:
            target.serve_until(lambda: sum(gateway.ask()["codes"].values()) == SILENT)
            assert Counter(map(ending_of, clients)) == {CLOSED: SILENT}
        after = gateway.ask()

    assert after["codes"] == {"gateway.transfer.idle": SILENT}
    assert after["active"] == 0


@loops
def test_a_thousand_clients_of_a_target_that_never_answers_are_told_so(loop: str) -> None:
    with silent_port() as address, subject(address, loop, timeouts={"dial": "1s"}) as gateway:
        clients = [socket.create_connection((str(gateway.listen.host), gateway.listen.port)) for _ in range(SILENT)]
        endings = Counter(map(ending_of, clients))
        after = gateway.ask()
        for client in clients:
            client.close()

    assert endings == {RESET: SILENT}
    assert after["codes"] == {"target.dial.no-answer": SILENT}
    assert after["active"] == 0


@contextmanager
def silent_port() -> Iterator[HostPort]:
    """A port whose backlog is full, so that the kernel answers no further connection."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
        waiting: list[socket.socket] = []
        try:
            for _ in range(8):
                waiting.append(socket.socket())
                waiting[-1].setblocking(False)  # noqa: FBT003 - the standard library's own signature
                waiting[-1].connect_ex(listening.getsockname())
            yield HostPort(parse_host("127.0.0.1"), listening.getsockname()[1])
        finally:
            for sock in waiting:
                sock.close()


@loops
def test_without_descriptors_clients_are_refused_by_name_and_it_recovers(loop: str, target: Target) -> None:
    with subject(target.address, loop, descriptors=64) as gateway:
        before = gateway.ask()
        with crowd(gateway, target, 100) as clients:
            target.serve_until(lambda: sum(gateway.ask()["codes"].values()) + gateway.ask()["active"] == 100)
            crowded = gateway.ask()
            refused = crowded["codes"]["gateway.accept.no-descriptors"]
            assert crowded["codes"] == {"gateway.accept.no-descriptors": refused}
            assert 0 < crowded["active"] < 32
            carried = [client for client in clients if still_open(client)]
            assert len(carried) == crowded["active"]
            for client in carried:
                assert talk(client, target) == b"hello"
        target.serve_until(lambda: gateway.ask()["active"] == 0)

        with crowd(gateway, target, 10) as clients:
            assert len(clients) == 10
            for client in clients:
                assert talk(client, target) == b"hello"
        target.serve_until(lambda: gateway.ask()["active"] == 0)
        after = gateway.ask()

    assert after["codes"] == crowded["codes"] | {"client.transfer.closed": crowded["active"] + 10}
    assert after["descriptors"] == before["descriptors"]


def still_open(client: socket.socket) -> bool:
    client.setblocking(False)  # noqa: FBT003 - the standard library's own signature
    try:
        client.recv(1)
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False
    finally:
        client.setblocking(True)  # noqa: FBT003 - the standard library's own signature
    return False
