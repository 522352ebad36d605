"""What the documents print is typed as it is printed, page by page, beside a running gateway on loopback.

Only what belongs to a place is put in its stead: the admin listener's port, paths below /run and /var, the address of a
target, and times, which are shortened.
"""

import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from tests.commands import ROOT, Command, commands
from tests.ports import free_port
from tests.scenarios.program import echo_target, serve_command, serving

from farshore.app.exits import Exit

CASES = ROOT / "tests" / "unit" / "diagnosis" / "cases"
SAMPLES = {
    **{
        name: CASES / "zombie-router" / name for name in ("forwarder.log", "tailscaled.log", "status.json", "pings.txt")
    },
    "proxy.log": CASES / "zombie-router" / "forwarder.log",
    "notes.md": CASES / "clinic-notes" / "notes.md",
    "network.json": CASES / "flow-logs-outage" / "flows.ndjson",
    "network.ndjson": CASES / "flow-logs-outage" / "flows.ndjson",
    "hubble.jsonl": CASES / "hubble-policy-denials" / "hubble.jsonl",
}
# Pages whose own configurations are checked as they stand.
OWN = {"docs/get-started.md", "docs/migrate.md", "docs/scaling-out.md"}
HERE = [command for command in commands() if command.reason is None and command.elsewhere is None]
PAGES = {page: list(of) for page, of in groupby(HERE, lambda command: command.page)}
# Where there are none (curl, sqlite3): the same, as far as the documents use them.
STAND_INS = {
    "curl": "import sys, urllib.request as u\n"
    "words = sys.argv[1:]\n"
    "heads = dict(words[i + 1].split(': ', 1) for i, word in enumerate(words) if word == '-H')\n"
    "url = words[-1] if '://' in words[-1] else 'http://' + words[-1]\n"
    "print(u.urlopen(u.Request(url, headers=heads)).read().decode())\n",
    "sqlite3": "import sqlite3, sys\nprint(*sqlite3.connect(sys.argv[-2]).execute(sys.argv[-1]), sep='\\n')\n",
}


class _Taken(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Not into the test's output."""


@contextmanager
def webhook() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Taken) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A gateway that runs, and where its things are."""

    folder: Path
    config: Path
    admin: int
    target: int
    path: str

    def put(self, text: str) -> str:
        """The command as one would type it here."""
        for there, here in (
            ("127.0.0.1:9809", f"127.0.0.1:{self.admin}"),
            ("127.0.0.1:5432", f"127.0.0.1:{self.target}"),
            ("/run/secrets", str(self.folder)),
            ("/var/lib/farshore", str(self.folder)),
            ("farshore status", f"farshore status --url http://127.0.0.1:{self.admin}"),
        ):
            text = text.replace(there, here)
        return re.sub(r"--every \S+", "--every 100ms", re.sub(r"(probe .*)--for \S+", r"\1--for 1s", text))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("place")
    programs = folder / "bin"
    programs.mkdir()
    _program(programs / "farshore", f'exec "{sys.executable}" -m farshore "$@"')
    for name, body in STAND_INS.items():
        if shutil.which(name) is None:
            (folder / f"{name}.py").write_text(body)
            _program(programs / name, f'exec "{sys.executable}" "{folder}/{name}.py" "$@"')
    (folder / "farshore-admin").write_text("0123456789abcdef0123456789abcdef")
    (folder / "farshore-admin").chmod(0o600)
    admin = free_port()
    with echo_target() as target, webhook() as hook:
        config = folder / "farshore.yaml"
        settings = _config(folder, admin, target, hook)
        config.write_text(json.dumps(settings))
        with serving(serve_command(config)) as gateway:
            with socket.create_connection(("127.0.0.1", settings["routes"][0]["listen"])) as client:
                client.sendall(b"carried\n")
                client.shutdown(socket.SHUT_WR)
                while client.recv(4096):
                    pass
            gateway.until("connection-ended")
            yield Place(
                folder=folder, config=config, admin=admin, target=target, path=f"{programs}:{os.environ['PATH']}"
            )


def _program(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def _config(folder: Path, admin: int, target: int, hook: int) -> dict[str, Any]:
    route = {"target": f"127.0.0.1:{target}", "allow_direct": True}
    return {
        "egresses": {"out": {"kind": "direct"}},
        "routes": [{"name": name, "listen": free_port(), **route} for name in ("billing", "ledger", "erp")],
        "admin": f"127.0.0.1:{admin}",
        "admin_token_file": str(folder / "farshore-admin"),
        "health": f"127.0.0.1:{free_port()}",
        "journal": {"path": str(folder / "journal.db")},
        "alerts": {},
        "notify": [{"webhook": {"url": {"plain": f"http://127.0.0.1:{hook}/"}}}],
    }


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_do_what_they_are_printed_for(page: str, place: Place, tmp_path: Path) -> None:
    for name, sample in SAMPLES.items():
        shutil.copy(sample, tmp_path / name)
    shutil.make_archive(str(tmp_path / "incident"), "zip", CASES / "zombie-router")
    shutil.copy(place.config, tmp_path / "farshore.yaml")
    shown = iter(re.findall(r"(?ms)^```yaml\n(.*?)^```", (ROOT / page).read_text()) if page in OWN else [])
    failed = []
    for command in PAGES[page]:
        if " check " in command.text and (config := next(shown, None)) is not None:
            (tmp_path / "farshore.yaml").write_text(config)
        done = _typed(command, place, tmp_path)
        if done.returncode not in _ends(command) or "Traceback" in done.stderr:
            failed.append(f"{command.text}\n  {done.returncode} {done.stdout[-300:]} {done.stderr[-300:]}")
    assert not failed, "\n".join(failed)


def _ends(command: Command) -> set[int]:
    """A diagnosis that names a cause, or is undecided, ends so."""
    return {0, Exit.FAILED, Exit.UNDECIDED} if "farshore diagnose" in command.text else {0}


def _typed(command: Command, place: Place, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", place.put(command.text)],
        cwd=folder,
        env={**os.environ, "PATH": place.path, "WEBHOOK_URL": "https://alerts.example/"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
