"""`farshore top` on a real terminal, in front of a real gateway."""

import json
import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.scenarios.program import FARSHORE, PATIENCE_S, Settings, echo_target, serve_command, serving

TOKEN = "a-token-of-this-test"
ROWS_AND_COLUMNS = (24, 80)
LEFT = b"\x1b[?1049l"  # back from the alternate screen (xterm's control sequences)


class Terminal:
    """The side of a terminal at which a person sits."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.seen = b""

    def type(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    def until(self, words: str | bytes) -> None:
        """Read until these have been written after the last that were waited for."""
        wanted = words.encode() if isinstance(words, str) else words
        end_s = time.monotonic() + PATIENCE_S
        while wanted not in self.seen:
            ready, _, _ = select.select([self._descriptor], [], [], max(0.0, end_s - time.monotonic()))
            assert ready, f"{words!r} was not written; seen: {self.seen[-4000:]!r}"
            try:
                self.seen += os.read(self._descriptor, 65536)
            except OSError as error:  # EIO: nobody has the other side open any more
                raise AssertionError(self.seen[-4000:]) from error
        self.seen = self.seen.partition(wanted)[2]


@contextmanager
def on_a_terminal(*arguments: str) -> Iterator[tuple[Terminal, subprocess.Popen[bytes]]]:
    person, program = pty.openpty()
    termios.tcsetwinsize(program, ROWS_AND_COLUMNS)
    env = {**os.environ, "TERM": "xterm-256color"}
    command = [*FARSHORE, "top", *arguments]
    try:
        with subprocess.Popen(command, stdin=program, stdout=program, stderr=program, env=env) as process:
            os.close(program)
            try:
                yield Terminal(person), process
            finally:
                process.kill()
    finally:
        os.close(person)


def test_it_shows_a_gateway_ends_a_connection_and_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    with echo_target() as target:
        settings = Settings(target=target)
        config = settings.write(tmp_path)
        config.write_text(json.dumps({**json.loads(config.read_text()), "admin_token_file": str(token)}))
        with serving(serve_command(config)), settings.connect() as client:
            client.sendall(b"hello")
            assert client.recv(1) == b"h"
            port = client.getsockname()[1]
            with on_a_terminal("--url", settings.status_url, "--token-file", str(token)) as (terminal, process):
                terminal.until("WORKING")
                terminal.type("3")
                terminal.until(f"127.0.0.1:{port}")
                terminal.type("e")
                terminal.until("Yes, end it")
                terminal.type("y")
                terminal.until("is ended")
                rest = b"h"
                while rest:
                    try:
                        rest = client.recv(65536)
                    except ConnectionResetError:
                        break
                terminal.type("q")
                terminal.until(LEFT)
                assert process.wait(PATIENCE_S) == 0


def test_it_waits_for_a_gateway_that_is_not_there_and_q_leaves(tmp_path: Path) -> None:
    settings = Settings(target=1)
    with on_a_terminal("--url", settings.status_url) as (terminal, process):
        terminal.until("NOT HEARD")
        terminal.type("q")
        terminal.until(LEFT)
        assert process.wait(PATIENCE_S) == 0
