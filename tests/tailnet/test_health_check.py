"""`farshore probe` on a real tailnet: an outage in the middle of a twenty-hour check, and what the check says of it."""

import contextlib
import json
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.tailnet.harness import faults, gateways
from tests.tailnet.harness.daemons import Daemon
from tests.tailnet.harness.tailnet import SITES, VIA_ONLY_TARGET, Tailnet
from tests.tailnet.harness.waiting import until
from tests.unit.watch.health_check.counting import assert_counts

ENOUGH = 15
PATIENCE_S = 60.0
INTERRUPTED = 130

_ROWS = "SELECT due_us, due_us + late_us + took_us, code FROM probe_results ORDER BY due_us"

# When a probe was due and when it had ended, in microseconds since 1970, and its code.
Row = tuple[int, int, str | None]


def rows(journal: Path) -> list[Row]:
    if not journal.exists():
        return []
    with contextlib.closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as connection:
        try:
            return connection.execute(_ROWS).fetchall()
        except sqlite3.OperationalError:  # its tables are being made
            return []


def now_us() -> int:
    return time.time_ns() // 1000


def test_an_outage_in_the_middle_is_one_burst_with_its_begin_its_end_and_its_code(
    tailnet: Tailnet, tmp_path: Path
) -> None:
    journal = tmp_path / "probe.db"
    config = tmp_path / "farshore.json"
    with tailnet.serving(host=VIA_ONLY_TARGET) as server:
        route = {
            "name": "db",
            "listen": "127.0.0.1:8082",
            "target": f"{VIA_ONLY_TARGET}:{server.port}",
            "paths": [{"via": "r1", "site": SITES["r1"]}],
        }
        egress = gateways.egresses(tailnet, ["tailscaled"])
        config.write_text(json.dumps({"egresses": egress, "routes": [route], "admin": None, "health": None}))
        asked = ("probe", "db", "--for", "20h", "--every", "200ms", "--concurrency", "64", "--format", "json")
        command = (sys.executable, "-m", "farshore", *asked, "--journal", str(journal), "-c", str(config))
        check = Daemon(tailnet.gw.namespace, tmp_path / "log", *command)

        def wait_for(what: str, wanted: Callable[[Row], bool]) -> None:
            until(
                lambda: not check.is_running or sum(map(wanted, rows(journal))) >= ENOUGH,
                f"{ENOUGH} probes {what}",
                deadline_s=PATIENCE_S,
            )
            assert check.is_running, check.log_text()

        try:
            wait_for("before the outage", lambda row: row[2] is None)
            before_us = now_us()
            with faults.data_plane_dead(tailnet.r1):
                struck_us = now_us()
                wait_for("that failed", lambda row: row[2] is not None)
                healed_us = now_us()
            wait_for("after the outage", lambda row: row[2] is None and row[0] > healed_us)
        finally:
            check.stop(signal.SIGINT)
    assert check.returncode == INTERRUPTED, check.log_text()
    told, _ = json.JSONDecoder().raw_decode(check.log_text()[check.log_text().index("{") :])

    assert assert_counts(told, journal) == 1
    kept = rows(journal)
    (burst,) = told["bursts"]
    failed = [row for row in kept if row[2] is not None]
    in_it = [row for row in kept if row[0] > struck_us and row[1] < healed_us]
    assert burst["codes"] == {"tailnet.dial.no-answer": len(failed)}
    # Who was under way when it struck may have failed, and who came before it healed may have been answered after that.
    assert all(row[1] > before_us for row in failed)
    assert len(in_it) >= ENOUGH // 2
    assert all(row[2] is not None for row in in_it)
    assert [row[2] for row in kept if row[1] < before_us] == [None] * sum(row[1] < before_us for row in kept)
    assert (told["planned"], told["finished"], told["paths"]["r1"]["failed"]) == (360_000, False, len(failed))
