import asyncio
import os
import signal
import stat
from pathlib import Path

import pytest

from farshore.config.tailscaled import Tailscaled
from farshore.tailnet.supervisor.child import MAX_LINE, Child, command_of, environment_of

pytestmark = pytest.mark.anyio


def script(folder: Path, text: str) -> list[str]:
    path = folder / "tailscaled"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return [str(path)]


def test_the_command_line_is_userspace_and_loopback() -> None:
    command = command_of(Tailscaled(), Path("/bin/tailscaled"), Path("/run/s.sock"), Path("/state"), 41641)
    assert command == [
        "/bin/tailscaled",
        "--tun=userspace-networking",
        "--statedir=/state",
        "--socket=/run/s.sock",
        "--port=41641",
        "--socks5-server=127.0.0.1:1055",
    ]
    alone = command_of(Tailscaled(socks5=None), Path("/bin/tailscaled"), Path("/run/s.sock"), Path("/state"), 1)
    assert "socks5" not in " ".join(alone)


def test_only_what_tailscaled_understands_is_handed_on_and_no_key() -> None:
    handed_on = {
        "PATH": "/bin",
        "HTTPS_PROXY": "http://proxy:3128",
        "no_proxy": "10.0.0.0/8",
        "SSL_CERT_FILE": "/ca.pem",
        "TS_DEBUG_USE_DERP_HTTP": "1",
        "KUBERNETES_SERVICE_HOST": "10.0.0.1",
    }
    kept_back = {
        "TS_AUTH_KEY": "a",
        "TS_AUTHKEY": "b",
        "OAUTH_CLIENT_SECRET": "c",
        "TS_API_TOKEN": "d",
        "TS_CLIENT_SECRET": "e",
        "DATABASE_PASSWORD": "f",
        "AWS_SECRET_ACCESS_KEY": "g",
        "LD_PRELOAD": "h",
    }
    assert environment_of({**handed_on, **kept_back}) == handed_on


async def test_its_lines_are_told_as_they_come_and_its_end_in_words(tmp_path: Path) -> None:
    said: list[bytes] = []
    command = script(tmp_path, "echo one; echo two >&2; printf three; exit 3")
    child = await Child.start(command, {"PATH": os.environ["PATH"]}, said.append)
    assert await child.wait() == "tailscaled ended with exit code 3"
    assert said == [b"one", b"two", b"three"]


async def test_an_endless_line_is_cut(tmp_path: Path) -> None:
    said: list[bytes] = []
    command = script(tmp_path, "head -c 200000 /dev/zero | tr '\\0' x; echo; echo next")
    child = await Child.start(command, {"PATH": os.environ["PATH"]}, said.append)
    await child.wait()
    assert said == [b"x" * MAX_LINE, b"next"]


async def test_it_is_asked_to_end_and_then_killed(tmp_path: Path) -> None:
    started = asyncio.Event()
    command = script(tmp_path, "trap '' TERM; echo ready; while :; do sleep 1; done")
    child = await Child.start(command, {"PATH": os.environ["PATH"]}, lambda _: started.set())
    await started.wait()
    await child.end(grace_s=0.2)
    assert await child.wait() == "tailscaled was ended by SIGKILL"
    child.kill()


async def test_it_is_no_part_of_our_terminals_group(tmp_path: Path) -> None:
    child = await Child.start(script(tmp_path, "exec sleep 600"), {"PATH": os.environ["PATH"]}, lambda _: None)
    assert os.getpgid(child.pid) == child.pid != os.getpgid(0)
    os.kill(child.pid, signal.SIGTERM)
    assert await child.wait() == "tailscaled was ended by SIGTERM"


async def test_who_outlives_it_with_its_output_open_delays_nothing_for_ever(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    command = script(tmp_path, f"sleep 600 & echo $! > {pid_file}; exit 0")
    child = await Child.start(command, {"PATH": os.environ["PATH"]}, lambda _: None)
    try:
        async with asyncio.timeout(60):
            assert await child.wait() == "tailscaled ended with exit code 0"
    finally:
        os.kill(int(pid_file.read_text()), signal.SIGKILL)
