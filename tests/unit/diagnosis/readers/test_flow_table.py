from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.flows import FlowSeen
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading
from farshore.diagnosis.readers.flow_table import READER

TEXT = b"# exported\nnodeId,src,dst,txPkts\nn1,100.64.0.1:1,10.9.8.7:1433,4\nn1,100.64.0.1:1,10.9.8.7:1433,x\n"


def test_a_table_is_known_by_its_header_and_read_by_line() -> None:
    document = Document(TEXT)
    assert READER.recognise(document) is Fit.CERTAIN
    reading = READER.read(document, Origin(source="f.csv"), lambda _, __: Reading())
    (fact,) = reading.facts
    assert isinstance(fact, FlowSeen)
    assert (fact.ref, fact.tx_packets) == ("f.csv:3", 4)
    assert [unread.position for unread in reading.unread] == ["line 4"]


def test_another_table_is_left_alone() -> None:
    assert READER.recognise(Document(b"time,level,message\n1,info,src dst")) is Fit.NO
