"""`make examples`: the two outages that Farshore grew from, on a real tailnet, and the reports that come of them.

The first one: for 17 minutes a back end accepted connections and closed them without a byte, and recovered by itself.
The second one: for hours the data plane of the only router was dead, its control connection alive, until somebody went
there. Both through one gateway with its own journal and folder of incidents. Minutes are seconds here: only how long a
fault lasts, and how long all has to be well until an incident is closed, is shorter. Nothing in a report is made up.
"""

import contextlib
import json
import math
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tailnet.conftest import requires_tailnet
from tests.tailnet.harness import faults, gateways, servers
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.servers import Server
from tests.tailnet.harness.streams import Question, Stream
from tests.tailnet.harness.tailnet import TARGET, Tailnet
from tests.tailnet.harness.waiting import until

from farshore.lab.tds import NOT_ENCRYPTED, Kind, packets, prelogin
from farshore.wire.greeting import request_of

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
NAMES = ("outage-1", "outage-2")
FORMS = {"md": "markdown", "html": "html", "json": "json"}
PLACE = "/var/lib/farshore"
BILLING, FILES = "billing", "files"
FTP_GREETING = b"220 files ready\r\n"
ANSWER = packets(Kind.RESPONSE, prelogin(NOT_ENCRYPTED))
WELL_S = 4
# So many clients of the back end come before a fault, and so many at least fail by it.
BEFORE, CAUGHT = 10, 40
PATIENCE_S = 60.0

Report = dict[str, Any]


class BackEnd:
    """What stands for SQL Server: it answers the first packet, or closes without a byte."""

    def __init__(self) -> None:
        self.closes = threading.Event()

    def talk(self, connection: socket.socket, server: Server) -> None:
        """One connection."""
        if server.read(connection) and not self.closes.is_set():
            connection.sendall(ANSWER)
            servers.swallow(connection, server)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """Both outages; the reports by name and form, as text."""

    incidents: tuple[str, str]
    reports: dict[str, dict[str, str]]

    def report(self, name: str) -> Report:
        """One of them, decoded."""
        found: Report = json.loads(self.reports[name]["json"])
        return found


def play(tailnet: Tailnet, folder: Path) -> Played:
    """Both, one after the other; the folder is for the journal and the incidents."""
    back_end = BackEnd()
    with (
        faults.route_withdrawn(tailnet, tailnet.r2),
        tailnet.serving(back_end.talk, port=1433) as database,
        tailnet.serving(servers.greet(FTP_GREETING), port=21) as files,
        gateways.serving(
            tailnet,
            gateways.egresses(tailnet, ["tailscaled"]),
            {
                BILLING: ("tailscaled", f"{TARGET}:{database.port}"),
                FILES: ("tailscaled", f"{TARGET}:{files.port}"),
            },
            protocols={BILLING: "sqlserver", FILES: "ftp"},
            incidents={"folder": str(folder / "incidents"), "close_after": WELL_S},
            journal={"path": str(folder / "journal.db")},
        ) as gateway,
        _clients(gateway),
    ):
        first = _outage(gateway, _closing(back_end), "M36")
        second = _outage(gateway, faults.data_plane_dead(tailnet.r1), "M01")
        told = [_reports(tailnet, folder, first, None), _reports(tailnet, folder, second, first)]
    return Played(incidents=(first, second), reports=dict(zip(NAMES, told, strict=True)))


@contextlib.contextmanager
def _clients(gateway: Gateway) -> Iterator[None]:
    """Five a second for the database, one for the files."""
    question = Question(said=request_of("sqlserver"), enough=len(ANSWER))
    streams = [
        Stream(gateway, BILLING, question, every_s=0.2),
        Stream(gateway, FILES, Question(said=b"", enough=len(FTP_GREETING)), every_s=1.0),
    ]
    try:
        yield
    finally:
        for stream in streams:
            stream.end()


@contextlib.contextmanager
def _closing(back_end: BackEnd) -> Iterator[None]:
    back_end.closes.set()
    try:
        yield
    finally:
        back_end.closes.clear()


def _outage(gateway: Gateway, fault: contextlib.AbstractContextManager[None], code: str) -> str:
    """All is well, then it is not until the cause is named and clients enough have failed, then it is well again."""
    before = len(gateway.lines("incident-closed"))
    _until_ended(gateway, BEFORE, is_failure=False)
    with fault:
        named = until(
            lambda: [line for line in gateway.lines("incident-examined") if line["code"] == code],
            f"{code} to be named",
            deadline_s=PATIENCE_S,
        )
        _until_ended(gateway, CAUGHT, is_failure=True)
    closed = until(
        lambda: gateway.lines("incident-closed")[before:], f"{code}'s incident to be closed", deadline_s=PATIENCE_S
    )
    assert [line["incident"] for line in closed] == [named[0]["incident"]], gateway.lines("incident-opened")
    return str(named[0]["incident"])


def _until_ended(gateway: Gateway, count: int, *, is_failure: bool) -> None:
    """Until so many more connections to the database have ended so."""

    def ended() -> int:
        lines = gateway.lines("connection-ended", route=BILLING)
        return sum((line["level"] == "warning") is is_failure for line in lines)

    wanted = ended() + count
    until(lambda: ended() >= wanted, f"{count} connections to end", deadline_s=PATIENCE_S)


def _reports(tailnet: Tailnet, folder: Path, incident: str, other: str | None) -> dict[str, str]:
    """The report that the gateway wrote by itself; with another outage, as somebody asks for both."""
    kept = folder / "incidents" / incident
    until((kept / "report.html").exists, f"the report on {incident}", deadline_s=PATIENCE_S)
    told = {form: (kept / f"report.{form}").read_text(encoding="utf-8") for form in FORMS}
    if other is not None:
        source = ("--folder", str(folder / "incidents"), "--journal", str(folder / "journal.db"), "--compare", other)
        told = {form: _asked(tailnet, incident, *source, "--format", name) for form, name in FORMS.items()}
    return {form: text.replace(str(folder), PLACE) for form, text in told.items()}


def _asked(tailnet: Tailnet, *arguments: str) -> str:
    done = tailnet.gw.run(sys.executable, "-m", "farshore", "report", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def facts(report: Report) -> dict[str, object]:
    """What two runs of one outage have in common: causes, subjects, codes, whom it hit, what it was set beside."""
    counted = {symptom["code"]: symptom["count"] for symptom in report["symptoms"]}
    return {
        "roots": [(root["code"], root["router"], bool(root["target"])) for root in report["roots"]],
        "state": report["state"],
        "routes": sorted(report["routes"]),
        "symptom": max(counted, key=lambda code: counted[code] or 0),
        "told": sorted({moment["kind"] for moment in report["timeline"]} & {"failing", "opened", "verdict", "closed"}),
        "owners": sorted({todo["owner"] for todo in report["to_do"] if todo["cause"] == report["roots"][0]["code"]}),
        "compared": None if report["comparison"] is None else [row["aspect"] for row in report["comparison"]["rows"]],
    }


def magnitudes(report: Report) -> dict[str, float]:
    """How many connections failed of each route, as powers of ten."""
    return {hit["route"]: math.log10(hit["failed"] or 1) for hit in report["impact"]["routes"]}


def main() -> int:
    """Play both, and write the reports into docs/examples."""
    if reason := requires_tailnet():
        print(f"no tailnet can stand here: {reason}", file=sys.stderr)
        return 2
    tailnet = Tailnet()
    try:
        tailnet.up()
        folder = tailnet.folder / "farshore"
        folder.mkdir()
        played = play(tailnet, folder)
    finally:
        tailnet.down()
    EXAMPLES.mkdir(exist_ok=True)
    for name, report in played.reports.items():
        for form, text in report.items():
            (EXAMPLES / f"{name}.{form}").write_text(text, encoding="utf-8")
            print(EXAMPLES / f"{name}.{form}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
