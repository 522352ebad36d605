from contextlib import closing
from pathlib import Path

import pytest

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.lake.duck import DuckEngine
from farshore.diagnosis.lake.engine import FLOWS, Record, UnreadableError
from farshore.diagnosis.lake.table_files import select_table
from farshore.diagnosis.traffic.flow_documents import flow_table_rows, flow_values, table_header
from farshore.diagnosis.traffic.rows import FlowRow

TABLES = {
    "commas": (
        "nodeId,trafficType,src,dst,txPkts,txBytes,rxPkts,rxBytes,start\n"
        "n1,subnetTraffic,100.64.0.1:40001,10.9.8.7:1433,4,400,,,2026-03-04T05:50:00.25Z\n"
        'n1,subnetTraffic,10.9.8.7:1433,100.64.0.1:40001,"1,204",,3,300,2026-03-04T11:20:00+05:30\n'
        "\n"
        "n1,physicalTraffic,100.64.0.21:0,127.3.3.40:9,2,296,0,0,\n"
        "n1,exitTraffic,100.64.0.1:5,192.0.2.9:443,1,60,1,60,2026-03-04 05:50:00\n"
    ),
    "semicolons, ports apart": (
        "exported by somebody\n"
        "Node Name;Reporter;Type;Source;Source Port;Destination;Destination Port;Tx Packets;Rx Packets;Timestamp;Note\n"
        "gate;;virtual;100.64.0.1;5353;100.64.0.2;53;1;1;2026-03-04T05:50:00Z;a\n"
        'gate;n2;subnet; fd7a:115c:a1e0::b ;42000;fd00::7;1433;1;;2026-03-04T05:50:00Z;"b;c"\n'
        "gate;n2;something;100.64.0.1;9;100.64.0.2;;1;;;\n"
    ),
    "short rows": "src,dst,txPkts,rxPkts\n100.64.0.1:9,100.64.0.2:22,1\n",
}


def in_place(path: Path) -> list[Record]:
    found = table_header(Document(path.read_bytes()))
    assert found is not None
    line, header = found
    select = select_table(path, header.delimiter, header.columns, width=header.width, skip=line)
    with closing(DuckEngine()) as engine:
        return engine.run(select)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_read_in_place_gives_the_rows_of_the_readers(tmp_path: Path, name: str) -> None:
    path = tmp_path / "it's.csv"
    path.write_text(TABLES[name])
    found = flow_table_rows(Document(path.read_bytes()), Origin(source="t"))
    rows = [row for row in found if isinstance(row, FlowRow)]
    assert len(rows) == {"commas": 4, "semicolons, ports apart": 3, "short rows": 1}[name]
    names = [column for column, _ in FLOWS.columns]
    wanted = [dict(zip(names, row, strict=True)) for row in flow_values(rows)]
    assert sorted(map(repr, in_place(path))) == sorted(map(repr, wanted))


@pytest.mark.parametrize(
    "row",
    [
        "n1,100.64.0.1:9,,1,2026-03-04T05:50:00Z",
        "n1,100.64.0.1:9,100.64.0.2:9,-1,2026-03-04T05:50:00Z",
        "n1,100.64.0.1:9,100.64.0.2:9,1.5,2026-03-04T05:50:00Z",
        "n1,100.64.0.1:9,100.64.0.2:9,1,yesterday",
        "n1,100.64.0.1:9,100.64.0.2:9,1,2026-03-04T05:50:00Z,more,cells",
        'n1,"100.64.0.1:9,100.64.0.2:9,1,2026-03-04T05:50:00Z',
    ],
    ids=["no destination", "below zero", "no whole number", "no time", "too long", "an open quote"],
)
def test_a_row_of_no_use_leaves_the_table_to_the_readers(tmp_path: Path, row: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("nodeId,src,dst,txPkts,start\nn1,100.64.0.1:9,100.64.0.2:9,1,2026-03-04T05:50:00Z\n" + row + "\n")
    with pytest.raises(UnreadableError):
        in_place(path)
