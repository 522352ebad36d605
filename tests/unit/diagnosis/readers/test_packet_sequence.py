from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.flows import ResetAfterHandshake
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading
from farshore.diagnosis.readers.packet_sequence import READER

NOTED = """\
05:06:07.100: app -> gw:8082 (SYN)   # begins
05:06:07.101: app <- gw:8082 (SYN, ACK)
05:06:07.102: app -> gw:8082 (ACK, PSH)
05:06:07.121: app <- gw:8082 (ACK, RST)
05:06:08.000: app <- gw:8083 (RST)
"""


def test_a_reset_after_a_handshake_is_timed_and_one_without_is_not_counted() -> None:
    document = Document(NOTED.encode())
    assert READER.recognise(document) is Fit.SHAPE
    (reset,) = READER.read(document, Origin(source="w.txt"), lambda _, __: Reading()).facts
    assert isinstance(reset, ResetAfterHandshake)
    assert (round(reset.after_s, 3), reset.sender, reset.client_bytes_sent) == (0.02, "gw:8082", True)


DUMPED = """\
tcpdump: verbose output suppressed, use -v[v]... for full protocol decode
05:06:07.100000 IP 10.0.0.1.51822 > 10.0.0.2.8082: Flags [S], seq 1, win 64240, length 0
05:06:07.101000 IP 10.0.0.2.8082 > 10.0.0.1.51822: Flags [S.], seq 9, ack 2, win 65160, length 0
05:06:07.101100 IP 10.0.0.1.51822 > 10.0.0.2.8082: Flags [.], ack 10, win 502, length 0
05:06:07.102000 IP 10.0.0.1.51822 > 10.0.0.2.8082: Flags [P.], seq 2:90, ack 10, length 88
05:06:07.119000 IP 10.0.0.2.8082 > 10.0.0.1.51822: Flags [R.], seq 10, ack 90, length 0
05:06:08.000000 IP6 fd00::2.8083 > fd00::1.51823: Flags [R], seq 1, length 0
"""


def test_what_tcpdump_prints_is_the_same() -> None:
    document = Document(DUMPED.encode())
    assert READER.recognise(document) is Fit.SHAPE
    (reset,) = READER.read(document, Origin(source="w.txt"), lambda _, __: Reading()).facts
    assert isinstance(reset, ResetAfterHandshake)
    assert (round(reset.after_s, 3), reset.sender, reset.client_bytes_sent) == (0.018, "10.0.0.2.8082", True)
    assert reset.ref == "w.txt:6"
