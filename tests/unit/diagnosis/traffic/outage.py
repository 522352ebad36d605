"""Half an hour of two routers' traffic with an outage of one of them in it, made up, as rows and as a file."""

import json
from pathlib import Path

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.lake.engine import FLOWS, Engine
from farshore.diagnosis.traffic.flow_documents import flow_rows, flow_values
from farshore.diagnosis.traffic.packet_documents import load_packets
from farshore.diagnosis.traffic.rows import FlowRow, Kind, PacketRow

OUTAGE = range(10, 16)
BEGIN_S = 1772603400  # 2026-03-04T05:50:00Z
MINUTES = 30


def messages() -> list[dict[str, object]]:
    return [message for minute in range(MINUTES) for message in _minute(minute)]


def _minute(minute: int) -> list[dict[str, object]]:
    start = f"2026-03-04T{5 + (50 + minute) // 60:02}:{(50 + minute) % 60:02}:01.5Z"
    down = minute in OUTAGE
    answer = {} if down else {"rxPkts": 3, "rxBytes": 300}
    fine = {"rxPkts": 3, "rxBytes": 300}
    sent = {"txPkts": 4, "txBytes": 400}
    gate: dict[str, object] = {
        "nodeId": "nGate",
        "start": start,
        "virtualTraffic": [
            {"proto": 17, "src": "100.64.0.11:5353", "dst": "100.64.0.12:53", "txPkts": 1, "txBytes": 60}
        ],
        "subnetTraffic": [
            *(
                {"proto": 6, "src": f"100.64.0.11:{40000 + n}", "dst": "10.9.8.7:1433", **sent, **answer}
                for n in range(5)
            ),
            *({"proto": 6, "src": f"100.64.0.11:{41000 + n}", "dst": "10.9.9.7:22", **sent, **fine} for n in range(5)),
            {"proto": 6, "src": "[fd7a:115c:a1e0::b]:42000", "dst": "[fd00::7]:1433", **sent, **fine},
        ],
        "exitTraffic": [{"proto": 6, "src": "100.64.0.11:1", "dst": "192.0.2.9:443", **sent, **fine}],
        "physicalTraffic": [
            {"src": "100.64.0.21:0", "dst": "127.3.3.40:9", "txPkts": 2, "txBytes": 296}
            if down
            else {"src": "100.64.0.21:0", "dst": "127.3.3.40:9", **sent, **fine},
            {"src": "100.64.0.22:0", "dst": "192.0.2.4:41641", **sent, **fine},
        ],
    }
    router: dict[str, object] = {
        "nodeId": "nFerryA",
        "start": start,
        "subnetTraffic": [{"proto": 6, "src": "10.9.8.7:1433", "dst": "100.64.0.11:40000", **fine}],
    }
    return [gate] if down else [gate, router]


def write(path: Path) -> Path:
    path.write_text("".join(json.dumps(message) + "\n" for message in messages()))
    return path


def flow_list() -> list[FlowRow]:
    return rows_of({"logs": messages()})


def rows_of(value: object) -> list[FlowRow]:
    rows = flow_rows(Document(json.dumps(value).encode()), Origin(source="outage.json"))
    return [row for row in rows if isinstance(row, FlowRow)]


def packet_list() -> list[PacketRow]:
    """Each minute five served connections, in the outage reset after 20 to 24 ms, and one denied in all."""
    return [row for minute in range(MINUTES) for row in _packets(minute)]


def _packets(minute: int) -> list[PacketRow]:
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415

    at = datetime.fromtimestamp(BEGIN_S + 60 * minute, UTC)
    last = "ACK,RST" if minute in OUTAGE else "ACK,PSH"
    steps = ((0, "SYN", True), (1, "ACK,SYN", False), (2, "ACK,PSH", True), (21, last, False))
    rows = []
    for number in range(5):
        client, server = ("apps/orders", 40000 + 10 * minute + number), ("edge/gw", 8082)
        for offset, flags, out in steps:
            source, destination = (client, server) if out else (server, client)
            late = number if offset > 2 else 0
            rows.append(
                PacketRow(
                    at=at + timedelta(milliseconds=offset + late),
                    source=source[0],
                    source_port=source[1],
                    destination=destination[0],
                    destination_port=destination[1],
                    protocol="TCP",
                    flags=flags,
                    kind=Kind.TRACE,
                )
            )
    denied = PacketRow(
        at=at,
        source="apps/other",
        source_port=50000 + minute,
        destination="edge/gw",
        destination_port=8082,
        protocol="TCP",
        flags="SYN",
        kind=Kind.VERDICT,
        dropped=True,
        denied=True,
    )
    return [*rows, denied] if minute in (11, 20) else rows


def fill(engine: Engine) -> None:
    engine.run(FLOWS.create)
    engine.insert(FLOWS, flow_values(flow_list()))
    load_packets(engine, packet_list())
