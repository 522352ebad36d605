from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.dials import DialFailed
from farshore.diagnosis.facts.statements import LinesGrouped
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading
from farshore.diagnosis.readers.log import READER

LOG = """\
2026/03/04 05:06:07 opened 10.0.0.1:5
2026/03/04 05:06:08 socks5: client connection failed: context deadline exceeded
2026/03/04 05:09:08 opened 10.0.0.2:6
"""


def test_known_messages_become_facts_and_the_others_are_counted() -> None:
    document = Document(LOG.encode())
    assert READER.recognise(document) is Fit.FALLBACK
    failed, group = READER.read(document, Origin(source="a.log"), lambda _, __: Reading()).facts
    assert isinstance(failed, DialFailed)
    assert failed.ref == "a.log:2"
    assert isinstance(group, LinesGrouped)
    assert (group.template, group.count, group.ref) == ("opened *", 2, "a.log:1")
    assert (str(group.evidence.time), f"{group.last:%H:%M:%S}") == ("2026-03-04T05:06:07", "05:09:08")


def test_json_that_nobody_knows_is_no_log() -> None:
    assert READER.recognise(Document(b'{"a": 1}')) is Fit.NO


def test_the_format_of_lines_that_were_left_out_is_no_message() -> None:
    document = Document(b'[RATELIMIT] format("socks5: client connection failed: %v") (7 dropped)\n')
    (group,) = READER.read(document, Origin(source="a.log"), lambda _, __: Reading()).facts
    assert isinstance(group, LinesGrouped)
