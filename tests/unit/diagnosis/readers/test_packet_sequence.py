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
