"""What a scenario of the diagnosis is: a fault, who saw it, and the exact answer; and the table of all answers."""

import json
import os
import sys
import tarfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.tailnet.harness.gateways import SOCKS_ADDRESS
from tests.tailnet.harness.headscale import SERVER
from tests.tailnet.harness.nodes import Node
from tests.tailnet.harness.tailnet import BINARIES, HEALTH_PORT, TARGET, Tailnet

from farshore.collect.script import System, script_for
from farshore.core.address import parse_host_port

NOTHING = "nothing wrong"
BEGIN, END = "<!-- truth: written by `make truth` -->", "<!-- /truth -->"


def undecided(*codes: str) -> str:
    """The answer that nothing at hand tells these apart."""
    return f"undecided: {', '.join(sorted(codes))}"


def together(*codes: str) -> str:
    """Several verdicts, independent of each other."""
    return " + ".join(sorted(codes))


class Scene:
    """One scenario while it runs: the doctor's configuration, and the archive that it writes.

    `said` is what clients said, by the name under which it is brought; `url` is the gateway's, where one runs.
    """

    def __init__(self, *, tailnet: Tailnet, folder: Path) -> None:
        self.tailnet = tailnet
        self.folder = folder
        self.bundle = folder / "bundle.tar.gz"
        self.asked: tuple[str, ...] = ("db",)
        self.url = "http://127.0.0.1:9"
        self.config: dict[str, Any] = {
            "egresses": {
                "tailnet": {"kind": "tailscaled", "socket": str(tailnet.gw.socket), "socks5": SOCKS_ADDRESS},
                "web": {"kind": "connect", "address": SOCKS_ADDRESS, "localapi": str(tailnet.gw.socket)},
            },
            "routes": [{"name": "db", "listen": "127.0.0.1:8082", "target": f"{TARGET}:{HEALTH_PORT}"}],
            "admin": None,
            "health": None,
        }
        for route in self.config["routes"]:
            route["egress"] = "tailnet"
        self.said: dict[str, str] = {}
        self._log_starts = {node.name: len(node.log_text()) for node in tailnet.nodes}

    @property
    def target(self) -> str:
        """What the route leads to."""
        return str(self.config["routes"][0]["target"])

    def aim(self, target: str, **route: object) -> None:
        """Let the one route lead there."""
        self.config["routes"][0] |= {"target": target, **route}

    def ask_control(self) -> None:
        """Let the doctor ask headscale itself, with a key of its own."""
        key = self.folder / "api-key"
        key.write_text(self.tailnet.headscale.must("apikeys", "create", "--expiration", "24h").split()[-1])
        self.config["control"] = {"kind": "headscale", "url": SERVER, "key_file": str(key)}

    def doctor(self) -> dict[str, Any]:
        """What the doctor says, in the pod, with the archive written."""
        path = self.folder / "farshore.yaml"
        path.write_text(json.dumps(self.config))
        command = [sys.executable, "-m", "farshore", "doctor", *self.asked, "-c", str(path)]
        done = self.tailnet.gw.run(
            *command, "--url", self.url, "--format", "json", "--bundle", str(self.bundle), timeout_s=60
        )
        assert done.stdout.startswith("{"), done.stderr
        said: dict[str, Any] = json.loads(done.stdout)
        if done.returncode == 3 and not said["verdicts"]:
            said["verdicts"] = [{"code": None, "candidates": [], "confidence": "undecided"}]
        return said

    def check_archive(self) -> None:
        """No key is in it; of a tailscaled that answers everything is there that root may know."""
        with tarfile.open(self.bundle) as archive:
            texts = {Path(m.name).name: f.read() for m in archive if (f := archive.extractfile(m)) is not None}
        keys = [self.tailnet.headscale.auth_key]
        if "control" in self.config:
            keys.append(Path(self.config["control"]["key_file"]).read_text())
        assert [name for name, text in texts.items() for key in keys if key.encode() in text] == []
        if "status-2.json" in texts:
            assert {"bus.jsonl", "metrics.txt", "inner-metrics.txt"} <= texts.keys()

    def bring(self, names: Iterable[str]) -> list[Path]:
        """Logs from elsewhere, as somebody would send them: what was written since the scenario began."""
        brought = []
        for name in names:
            path = self.folder / f"{name.replace(' ', '-')}.txt"
            path.write_text(self._read(name))
            brought.append(path)
        return brought

    def _read(self, name: str) -> str:
        if name in self.said:
            return self.said[name]
        if name == "headscale nodes":
            return self.tailnet.headscale.must("nodes", "list", "-o", "json")
        if name == "r1 report":
            return self._report(self.tailnet.r1)
        node = next(node for node in self.tailnet.nodes if name == f"{node.name} log")
        return node.log_text()[self._log_starts[node.name] :]

    def _report(self, node: Node) -> str:
        """What the script of `farshore collect` prints there; its `tailscale` is that of the node."""
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        command = folder / "tailscale"
        command.write_text(f'#!/bin/sh\nexec {BINARIES / "tailscale"} --socket={node.socket} "$@"\n')
        command.chmod(0o755)
        path = {"PATH": f"{folder}:{os.environ['PATH']}"}
        done = node.run(
            "/bin/sh", stdin=script_for(System.LINUX, [parse_host_port(self.target)]), env=path, timeout_s=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`answer` is by the gateway's own evidence; `with_what_was_brought` when `brings` are read beside it."""

    name: str
    strike: Callable[[Scene], AbstractContextManager[object]]
    answer: str
    brings: tuple[str, ...] = ()
    with_what_was_brought: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One answer."""

    name: str
    observers: str
    by: str
    expected: str
    given: str

    @property
    def is_right(self) -> bool:
        """Exactly what was expected."""
        return self.given == self.expected


@dataclass(slots=True, kw_only=True)
class Ledger:
    """All answers of a run."""

    rows: list[Row] = field(default_factory=list)

    def note(self, name: str, observers: str, expected: str, by: str, said: dict[str, Any]) -> Row:
        """Keep an answer."""
        row = Row(name=name, observers=observers, by=by, expected=expected, given=answer_of(said))
        self.rows.append(row)
        return row

    def tell(self) -> None:
        """Print the table, and write it into the page that FARSHORE_TRUTH names."""
        text = "\n".join(self._lines())
        print(f"\n{text}")
        page = os.environ.get("FARSHORE_TRUTH")
        if page:
            path = Path(page)
            before, _, rest = path.read_text().partition(BEGIN)
            path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}")

    def _lines(self) -> Iterable[str]:
        right = sum(row.is_right for row in self.rows)
        scenarios = len({row.name for row in self.rows})
        yield f"{scenarios} scenarios, {len(self.rows)} answers, {right} of them exact."
        yield ""
        yield "| scenario | seen by | expected | doctor | diagnose |"
        yield "| --- | --- | --- | --- | --- |"
        cells: dict[tuple[str, str, str], dict[str, str]] = {}
        for row in self.rows:
            cells.setdefault((row.name, row.observers, row.expected), {})[row.by] = row.given
        for (name, observers, expected), given in cells.items():
            told = [given.get(by, "") for by in ("doctor", "diagnose")]
            shown = ["" if not each else "same" if each == expected else f"**{each}**" for each in told]
            yield f"| {name} | {observers} | {expected} | {shown[0]} | {shown[1]} |"
        yield ""
        yield "| expected \\ given | " + " | ".join(self._given) + " |"
        yield "| --- |" + " --- |" * len(self._given)
        counts = Counter((row.expected, row.given) for row in self.rows)
        for expected in sorted({row.expected for row in self.rows}):
            yield f"| {expected} | " + " | ".join(str(counts[expected, given] or "") for given in self._given) + " |"

    @property
    def _given(self) -> list[str]:
        return sorted({row.given for row in self.rows})


def answer_of(said: dict[str, Any]) -> str:
    """A diagnosis as one short text."""
    answers = [verdict["code"] or undecided(*dict.fromkeys(verdict["candidates"])) for verdict in said["verdicts"]]
    return together(*dict.fromkeys(answers)) or NOTHING
