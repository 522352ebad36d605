from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.traffic.packet_lines import is_packet_line, packet_lines
from farshore.diagnosis.traffic.rows import Kind, PacketRow

STAMP = "Mar  4 05:59:45.263"


def one(text: str) -> PacketRow:
    (row,) = packet_lines(text.split("\n"), Origin(source="hubble.txt"))
    assert isinstance(row, PacketRow)
    return row


def ends(row: PacketRow) -> tuple[str, int, str, int]:
    return (row.source, row.source_port, row.destination, row.destination_port)


def test_compact_with_and_without_node_and_identities() -> None:
    plain = one(f"{STAMP}: apps/a-1:43006 -> edge/gw-0:8082 to-endpoint FORWARDED (TCP Flags: SYN)")
    noded = one(f"{STAMP} [pier-1]: apps/a-1:43006 (ID:1) -> edge/gw-0:8082 (ID:7) to-stack FORWARDED (TCP Flags: SYN)")
    assert ends(plain) == ends(noded) == ("apps/a-1", 43006, "edge/gw-0", 8082)
    assert (plain.node, noded.node, noded.flags, noded.reply) == ("", "pier-1", "SYN", None)


def test_a_reply_is_printed_turned_round() -> None:
    row = one(f"{STAMP}: apps/a-1:43006 <- edge/gw-0:8082 to-endpoint FORWARDED (TCP Flags: SYN, ACK)")
    assert (*ends(row), row.reply, row.flags) == ("edge/gw-0", 8082, "apps/a-1", 43006, True, "ACK,SYN")


def test_both_formats_of_a_denial() -> None:
    verdict = one(f"{STAMP}: 10.9.1.7:1 (world) <> edge/gw-0:8082 policy-verdict:none EGRESS DENIED (TCP Flags: SYN)")
    drop = one(f"{STAMP}: 10.9.1.7:1 <> edge/gw-0:8082 Policy denied DROPPED (TCP Flags: SYN)")
    other = one(f"{STAMP}: 10.9.1.7:1 <> edge/gw-0:8082 Stale or unroutable IP DROPPED (UDP)")
    assert (verdict.kind, verdict.denied, verdict.direction) == (Kind.VERDICT, True, "egress")
    assert (drop.kind, drop.denied, drop.reason) == (Kind.DENIED, True, "Policy denied")
    assert (other.kind, other.denied, other.dropped, other.protocol) == (Kind.DROP, False, True, "UDP")


def test_a_table_and_a_dict_say_the_same() -> None:
    table = one(
        "TIMESTAMP             NODE     SOURCE       DESTINATION    TYPE            VERDICT   SUMMARY\n"
        f"{STAMP}   pier-1   10.9.1.7:9   10.9.1.20:82   Policy denied   DROPPED   TCP Flags: SYN"
    )
    block = one(
        f"  TIMESTAMP: {STAMP}\n       NODE: pier-1\n     SOURCE: 10.9.1.7:9\nDESTINATION: 10.9.1.20:82\n"
        "       TYPE: Policy denied\n    VERDICT: DROPPED\n    SUMMARY: TCP Flags: SYN"
    )
    assert ends(table) == ends(block) == ("10.9.1.7", 9, "10.9.1.20", 82)
    assert table.node == block.node == "pier-1"
    assert table.denied
    assert block.denied


def test_what_is_no_flow_is_told_with_its_line() -> None:
    found = list(packet_lines(["", f"{STAMP}: apps/a (ID: 6) DBG_CT_VERDICT CPU: 01"], Origin(source="h")))
    assert [each[0] for each in found if isinstance(each, tuple)] == [2]


def test_only_a_line_of_hubbles_is_one() -> None:
    assert is_packet_line(f"  {STAMP}: 10.9.1.7:9 -> 10.9.1.20:82 to-stack FORWARDED (UDP)")
    assert not is_packet_line(f"{STAMP} host app[1]: message FORWARDED to somebody")
    assert not is_packet_line("05:59:45.263: client -> gw:8082 (SYN)")
