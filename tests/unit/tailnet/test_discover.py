import os
import socket
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from farshore.core.address import HostPort
from farshore.tailnet import discover as module
from farshore.tailnet.discover import SOCKETS, SOCKS5_PORTS, Discovery, discover

LOOPBACK = IPv4Address("127.0.0.1")


@contextmanager
def folder() -> Generator[Path, None, None]:
    with tempfile.TemporaryDirectory(prefix="farshore-") as path:
        yield Path(path)


@contextmanager
def listening(path: Path) -> Generator[Path, None, None]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        yield path


@contextmanager
def answering(reply: bytes | None) -> Generator[tuple[HostPort, list[bytes]], None, None]:
    """A port that reads a greeting and replies; with None it keeps silent until the client leaves."""
    heard: list[bytes] = []

    def serve() -> None:
        client, _ = server.accept()
        with client:
            heard.append(client.recv(64))
            if reply is None:
                client.recv(64)
            else:
                client.sendall(reply)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield HostPort(LOOPBACK, server.getsockname()[1]), heard
        thread.join()


def refusing() -> HostPort:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return HostPort(LOOPBACK, server.getsockname()[1])


def test_the_first_socket_that_accepts_is_taken() -> None:
    with folder() as here:
        stale = here / "stale.sock"
        with listening(stale):
            pass
        with listening(here / "live.sock") as live, listening(here / "later.sock") as later:
            found = discover(sockets=(here / "missing.sock", stale, live, later), ports=())

    assert found == Discovery(
        socket=live,
        socks5=None,
        tried=(
            f"{here}/missing.sock: No such file or directory",
            f"{stale}: Connection refused",
            f"{live}: found",
        ),
    )


def test_nothing_found_tells_every_place() -> None:
    port = refusing()

    found = discover(sockets=(Path("/nonexistent/a"), Path("/nonexistent/b")), ports=(port,))

    assert found.socket is None
    assert found.socks5 is None
    assert found.tried == (
        "/nonexistent/a: No such file or directory",
        "/nonexistent/b: No such file or directory",
        f"{port}: Connection refused",
    )


def test_a_socks5_port_is_known_by_its_greeting() -> None:
    with answering(b"\x05\x00") as (port, heard):
        found = discover(sockets=(), ports=(port,))

    assert found.socks5 == port
    assert found.tried == (f"{port}: found",)
    assert heard == [b"\x05\x01\x00"]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (b"\x05\xff", "no SOCKS5 server without login; it answered 05 ff"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "(looks like an HTTP server)"),
        (b"", "closed at once"),
        (None, "accepts, and does not answer SOCKS5's greeting"),
    ],
)
def test_an_open_port_is_no_proof(reply: bytes | None, said: str) -> None:
    with answering(reply) as (port, _):
        found = discover(sockets=(), ports=(port,))

    assert found.socks5 is None
    assert said in found.tried[0]


def test_in_a_folder_for_all_only_ones_own_or_roots_socket_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    with folder() as here, listening(here / "s.sock") as path:
        here.chmod(0o1777)
        assert discover(sockets=(path,), ports=()).socket == path

        stranger = module._PEER_CREDENTIALS.pack(os.getpid(), 54321, 54321)
        monkeypatch.setattr(socket.socket, "getsockopt", lambda *_: stranger)
        found = discover(sockets=(path,), ports=())
        assert found.socket is None
        assert "served by user 54321" in found.tried[0]

        here.chmod(0o755)
        assert discover(sockets=(path,), ports=()).socket == path


def test_the_usual_places_are_looked_at_best_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_probe_socket", lambda path: None if path == SOCKETS[2] else "no")
    monkeypatch.setattr(module, "_probe_socks5", lambda _: None)

    assert discover().socket == SOCKETS[2]
    assert discover().socks5 == SOCKS5_PORTS[0] == HostPort(LOOPBACK, 1055)
    assert len(discover().tried) == 4


def test_looking_for_one_thing_does_not_touch_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    probed: list[object] = []

    def refuse(place: object) -> str:
        probed.append(place)
        return "no"

    monkeypatch.setattr(module, "_probe_socket", refuse)
    monkeypatch.setattr(module, "_probe_socks5", refuse)

    assert discover(ports=()).socket is None
    assert probed == list(SOCKETS)
    probed.clear()
    assert discover(sockets=()).socks5 is None
    assert probed == list(SOCKS5_PORTS)
