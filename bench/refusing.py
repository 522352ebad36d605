"""What a way to refuse costs where nobody is refused, and what it costs to refuse: `python -m bench.refusing`.

Two gateways that differ in `refuse:` alone carry new connections through SOCKS5 in turns, the order swapped from pair
to pair: CPU of the gateway for each, and the ratio of the pair. Then one before a port where nobody listens refuses
Postgres clients, by a reset, in the clear and inside TLS.
"""

import argparse
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.load import Work
from bench.processes import FarSide, Process, Running, build_peers, end_in_order, far_side, free_port, started_listener
from bench.run import cpu_us_per_unit

WAYS = ("close", "protocol")
WORK = Work(mode="churn", connections=8, requests=1_500)
PAIRS = 4
REFUSED = 200
SSL_REQUEST = bytes.fromhex("0000000804d2162f")
STARTUP = bytes.fromhex("0000001400030000") + b"user\0bench\0\0"


@contextmanager
def gateway(folder: Path, egress: str, route: str) -> Iterator[Running]:
    """A gateway with one route that speaks Postgres."""
    port = free_port()
    file = folder / f"{port}.yaml"
    file.write_text(
        f"health: null\nadmin: null\nlimits: {{max_connections: 9000}}\negresses: {{out: {egress}}}\n"
        f"routes:\n- {{listen: {port}, protocol: postgres, max_connections: 9000, {route}}}\n",
        encoding="ascii",
    )
    command = [sys.executable, "-m", "farshore", "serve", "-c", str(file)]
    with started_listener(command, f"127.0.0.1:{port}", folder / f"{port}.log") as process:
        yield Running(Process(process.pid), f"127.0.0.1:{port}")


def pairs(far: FarSide, starts: int) -> None:
    """Print the CPU of each and of the pairs, over fresh processes."""
    seen: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(starts):
        with TemporaryDirectory() as name, ExitStack() as stack:
            route = f'target: "{far.target}", refuse: '
            running = {way: stack.enter_context(gateway(Path(name), far.egress, route + way)) for way in WAYS}
            for way in WAYS:
                cpu_us_per_unit(running[way], replace(WORK, requests=200))
            for number in range(PAIRS):
                for way in WAYS[:: 1 if number % 2 else -1]:
                    seen[way] += cpu_us_per_unit(running[way], WORK)
    ratios = [protocol / close for close, protocol in zip(seen["close"], seen["protocol"], strict=True)]
    for way in WAYS:
        print(f"refuse: {way}: {_figures(seen[way])} µs of CPU for each new connection")
    print(f"protocol / close, {len(ratios)} pairs in {starts} fresh processes each: {_figures(ratios, 3)}")


def refusals(rounds: int) -> None:
    """Print the CPU of one refusal of each kind."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        route = f'allow_direct: true, target: "127.0.0.1:{free_port()}", refuse: '
        kinds: list[tuple[str, str, Callable[[str], None]]] = [
            ("reset", "reset", in_the_clear),
            ("in the clear", "protocol", in_the_clear),
            ("inside TLS", "protocol", in_tls),
        ]
        for title, way, ask in kinds:
            running = stack.enter_context(gateway(Path(name), "{kind: direct}", route + way))
            seen = []
            for number in range(rounds + 1):
                before_s = running.process.cpu_s()
                for _ in range(REFUSED):
                    ask(running.address)
                if number:
                    seen.append((running.process.cpu_s() - before_s) * 1e6 / REFUSED)
            print(f"refused, {title}: {_figures(seen)} µs of CPU each")


def in_the_clear(address: str) -> None:
    """Log in, hear why not."""
    with _connected(address) as client:
        try:
            client.sendall(STARTUP)
            _hear(client)
        except OSError:
            return


def in_tls(address: str) -> None:
    """The same inside TLS."""
    with _connected(address) as client:
        client.sendall(SSL_REQUEST)
        assert client.recv(1) == b"S"
        with _CONTEXT.wrap_socket(client) as tunnel:
            tunnel.sendall(STARTUP)
            _hear(tunnel)


def _connected(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    client = socket.create_connection((host, int(port)))
    # As drivers do: else the startup message waits 40 ms for the other side to acknowledge the end of the handshake.
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def _hear(client: socket.socket) -> None:
    said = b""
    while more := client.recv(4096):
        said += more
    assert b"farshore: " in said


def _anybody() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _figures(values: list[float], digits: int = 1) -> str:
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


_CONTEXT = _anybody()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="what refusing costs, and what it costs where nobody is refused")
    parser.add_argument(
        "--starts", type=int, default=8, help="fresh processes of each, for four pairs (8); as many rounds of refusals"
    )
    options = parser.parse_args()
    end_in_order()
    build_peers()
    with far_side() as far:
        pairs(far, options.starts)
    refusals(options.starts)


if __name__ == "__main__":
    main()
