"""A secret is planted wherever one is put, used for what it is there for, and looked for in everything that comes out.

An endpoint repeats its own URL and what it was sent, as some do; log lines of a tailscaled's hold keys and passwords;
the environment of every process that the gateway starts is read while it lives.
"""

import gzip
import io
import json
import os
import socket
import stat
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import httpx2
import pytest
from tests.ports import free_port
from tests.scenarios.program import FARSHORE, PATIENCE_S, Program, serve_command, started
from tests.unit.notify.endpoints import Endpoint, Said, Taken, endpoint

CANARY = "canary7f3e91"
KEY = f"tskey-auth-{CANARY}CNTRL-{CANARY}"
TOKEN = f"{CANARY}-admin-token"
PAGES = (
    "/",
    "/stats",
    "/api/v1/routes",
    "/api/v1/connections",
    "/api/v1/endings",
    "/api/v1/alerts",
    "/api/v1/incidents",
    "/api/v1/remedies",
    "/api/v1/tailscaled",
)


def echoing(taken: Taken) -> Said:
    """Refused for now, with the whole request repeated."""
    return Said(status=503, body=f"no such hook: {taken.path} {taken.headers}".encode())


class Stage:
    """A gateway whose one route leads to nobody, and all the files that it was given and has made."""

    def __init__(self, folder: Path, hook: Endpoint) -> None:
        self.folder = folder
        self.hook = hook
        self.listen, self.health, self.admin = free_port(), free_port(), free_port()
        self.environment = {
            **os.environ,
            "HOOK": f"{hook.url}/{CANARY}/hook",
            "DB_PASSWORD": CANARY,
            "TS_AUTHKEY": KEY,
            "UNRELATED_TOKEN": CANARY,
            "FARSHORE_ADMIN_TOKEN_FILE": str(folder / "token"),
        }
        (folder / "token").write_text(TOKEN)
        (folder / "api-key").write_text(f"hskey-api-{CANARY}")
        (folder / "header").write_text(f"Bearer {CANARY}")
        (folder / "tailscaled.log").write_text(
            f"2026/11/23 05:50:34 control: RegisterReq: authkey={KEY}\n"
            f"2026/11/23 05:50:35 proxy: http://alice:{CANARY}@proxy.example.com:3128 refused\n"
            f"2026/11/23 05:50:35 proxy: http://alice:{CANARY}@proxy:3128 refused\n"
            f"2026/11/23 05:50:36 dial tcp 10.9.8.7:5432: i/o timeout: PGPASSWORD={CANARY} {CANARY}\n"
        )
        self.configuration = folder / "farshore.json"
        self.configuration.write_text(json.dumps(self._configured()))

    def _configured(self) -> dict[str, Any]:
        route = {
            "name": "db",
            "listen": f"127.0.0.1:{self.listen}",
            "target": f"127.0.0.1:{free_port()}",
            "protocol": "postgres",
            "allow_direct": True,
            "probe_login": {"user": "shore", "password": {"env": "DB_PASSWORD"}, "database": "postgres"},
        }
        webhook = {"url": {"env": "HOOK"}, "headers": {"Authorization": {"file": str(self.folder / "header")}}}
        return {
            "egresses": {"here": {"kind": "direct"}},
            "control": {"kind": "headscale", "url": self.hook.url, "key_file": str(self.folder / "api-key")},
            "otel": {
                "endpoint": f"http://127.0.0.1:{free_port()}",
                "headers": {"Authorization": {"file": str(self.folder / "header")}},
                "timeout": "1s",
                "every": "1s",
            },
            "admin_token_file": str(self.folder / "token"),
            "routes": [route],
            "health": f"127.0.0.1:{self.health}",
            "admin": f"127.0.0.1:{self.admin}",
            "drain": {"settle": "0s", "grace": "0s"},
            "journal": {"path": str(self.folder / "journal.db")},
            "incidents": {"folder": str(self.folder / "incidents"), "close_after": "1s"},
            "alerts": {"startup_grace": "0s"},
            "notify": [{"name": "people", "webhook": webhook}],
        }

    def run(self, *words: str) -> str:
        """What a command says on both streams, however it ends."""
        done = subprocess.run(
            [*FARSHORE, *words], capture_output=True, text=True, timeout=120, check=False, env=self.environment
        )
        return done.stdout + done.stderr

    def fail_one(self) -> None:
        """A client that is refused; what it says holds a password, as a startup message may."""
        with suppress(ConnectionError), socket.create_connection(("127.0.0.1", self.listen), timeout=PATIENCE_S) as one:
            one.sendall(b"\x00\x00\x00\x29\x00\x03\x00\x00password\x00" + CANARY.encode() + b"\x00\x00")
            one.recv(4096)


class Watch:
    """What stands in the command line and the environment of the gateway's children, looked at again and again."""

    def __init__(self, parent: int) -> None:
        self.seen: dict[str, bytes] = {}
        self._parent = parent
        self._over = threading.Event()
        self._looking = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._looking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._looking.join()

    def _look(self) -> None:
        while not self._over.wait(0.02):
            with suppress(OSError):
                for task in Path(f"/proc/{self._parent}/task").iterdir():
                    for child in (task / "children").read_text().split():
                        self._note(Path("/proc", child))

    def _note(self, child: Path) -> None:
        with suppress(OSError):
            words = (child / "cmdline").read_bytes()
            # Until it has become what it is to be, a child is its parent's copy.
            if name := next((each for each in ("doctor", "report") if f"\0{each}\0".encode() in words), None):
                self.seen[f"child {name}"] = words + (child / "environ").read_bytes()


@contextmanager
def gateway(stage: Stage) -> Iterator[Program]:
    command = serve_command(stage.configuration, "--log-level", "debug")
    with started(command, env=stage.environment) as process:
        program = Program(process)
        try:
            program.until("ready")
            yield program
        finally:
            program.kill()


def until(holds: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + 90
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every file in a folder, unpacked."""
    for file in sorted(path.rglob("*")):
        if file.is_file():
            data = file.read_bytes()
            if file.suffix == ".gz":
                data = gzip.decompress(data)
                with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                    for member in archive.getmembers():
                        inner = archive.extractfile(member)
                        if inner is not None:
                            yield f"{file.name}:{member.name}", inner.read()
            yield file.name, data


@pytest.mark.timeout(240)
def test_a_planted_secret_appears_nowhere(tmp_path: Path) -> None:
    with endpoint(echoing) as hook:
        stage = Stage(tmp_path, hook)
        said: dict[str, bytes] = {}
        with ExitStack() as watching, gateway(stage) as program:

            def is_told() -> bool:
                stage.fail_one()
                return not hook.taken.empty()

            url = f"http://127.0.0.1:{stage.admin}"
            watch = watching.enter_context(Watch(program.process.pid))
            until(is_told)
            sent = hook.next()
            until(lambda: list((tmp_path / "incidents").glob("*/001-diagnosis.json")))
            said["command line"] = Path(f"/proc/{program.process.pid}/cmdline").read_bytes()
            for page in PAGES:
                for who, header in (("stranger", {}), ("admin", {"authorization": f"Bearer {TOKEN}"})):
                    answer = httpx2.get(f"http://127.0.0.1:{stage.admin}{page}", headers=header)
                    said[f"{page} {who}"] = repr(answer.headers).encode() + answer.content
            said["/login"] = httpx2.post(f"{url}/login", data={"token": TOKEN[:-1]}).content
            said["/metrics"] = httpx2.get(f"http://127.0.0.1:{stage.health}/metrics").content
            said["/readyz"] = httpx2.get(f"http://127.0.0.1:{stage.health}/readyz").content
            bundle = tmp_path / "bundle" / "doctor.tar.gz"
            bundle.parent.mkdir()
            log, config = str(tmp_path / "tailscaled.log"), str(stage.configuration)
            for words in (
                ("status", "--url", url),
                ("alerts", "--url", url, "--format", "json"),
                ("incidents", "--url", url),
                ("check", "-c", config),
                ("--debug", "check", "-c", config, "--live", "--format", "json"),
                ("--debug", "alert", "test", "-c", config),
                (
                    "doctor",
                    "db",
                    "-c",
                    config,
                    "--url",
                    url,
                    "--bundle",
                    str(bundle),
                    "--log",
                    log,
                    "--within",
                    "20",
                ),
                ("probe", "db", "-c", config, "--for", "1s", "--every", "1s", "--query", "SELECT 1"),
                ("diagnose", str(bundle), "--why"),
            ):
                said[" ".join(words)] = stage.run(*words).encode()
            until(lambda: "child report" in watch.seen)
            said.update(watch.seen)
        (name,) = [path.name for path in (tmp_path / "incidents").iterdir() if path.is_dir()]
        for form in ("text", "markdown", "json", "html"):
            asked = ("report", name, "-c", config, "--format", form)
            said[f"report {form}"] = stage.run(*asked).encode()
            said[f"report {form} --no-redact"] = stage.run(*asked, "--no-redact").encode()
        said["log"] = b"".join(json.dumps(event).encode() for event in program.events())
        for folder in ("incidents", "bundle"):
            said.update({f"{folder}: {file}": data for file, data in contents(tmp_path / folder)})
        for file in tmp_path.glob("journal.db*"):
            said[file.name] = file.read_bytes()

        assert sent.path == f"/{CANARY}/hook"
        assert sent.headers["authorization"] == f"Bearer {CANARY}"
        assert {"log", "bundle: doctor.tar.gz", "journal.db"} <= said.keys()
        assert len(said) > 50
        assert b"i/o timeout" in b"".join(data for file, data in said.items() if "tailscaled.log" in file)
        assert {"child doctor", "child report"} <= said.keys()
        assert b"connection-ended" in said["log"]
        assert [where for where, data in said.items() if CANARY.encode() in data] == []
        assert CANARY.encode() not in sent.body
        private = [path for path in (tmp_path / "incidents").rglob("*") if path.is_file()] + [tmp_path / "journal.db"]
        assert [path.name for path in private if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
