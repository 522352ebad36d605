from farshore.diagnosis.facts.flows import Section
from farshore.diagnosis.traffic.flow_tables import header_of, table_rows
from farshore.diagnosis.traffic.rows import FlowRow


def read(text: str) -> list[FlowRow | tuple[int, str]]:
    lines = text.split("\n")
    header = header_of(lines[0])
    assert header is not None
    return list(table_rows(lines[1:], header, 2))


def test_columns_are_known_by_the_words_of_their_names() -> None:
    for head in ("nodeId,src,dst,txPkts", "Node ID;Source;Destination;Tx Packets", "reporter\tfrom\tto\ttx_pkts"):
        header = header_of(head)
        assert header is not None
        assert header.columns == {"reporter": 0, "src": 1, "dst": 2, "tx_packets": 3}


def test_another_table_is_none() -> None:
    assert header_of("name,src,dst,comment") is None
    assert header_of("a line of prose, with commas") is None


def test_ports_may_stand_in_columns_of_their_own_and_counts_have_thousands() -> None:
    (row,) = read('type,src ip,src port,dst ip,dst port,proto,tx bytes\nsubnet,100.64.0.1,4,fd00::1,22,tcp,"1,500"')
    assert isinstance(row, FlowRow)
    assert (row.section, row.src, row.dst, row.proto, row.tx_bytes) == (
        Section.SUBNET, "100.64.0.1:4", "[fd00::1]:22", 6, 1500,
    )  # fmt: skip


def test_a_row_of_no_use_costs_itself() -> None:
    found = read("src,dst,tx pkts\n1.1.1.1:1,2.2.2.2:2,many\n,,\n,2.2.2.2:2,1\n1.1.1.1:1,2.2.2.2:2,1\n")
    assert found[0] == (2, "tx packets is no count: 'many'")
    assert found[1] == (4, "a row without source or destination")
    assert isinstance(found[2], FlowRow)
    assert found[2].line == 5
    assert len(found) == 3


def test_a_line_with_a_carriage_return_in_it_is_no_header() -> None:
    assert header_of("downloading 10 %\rdownloading 20 %") is None
