from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading
from farshore.diagnosis.readers.farshore_manifest import READER


def read(text: bytes) -> Reading:
    document = Document(text)
    assert READER.recognise(document) is Fit.SIGNED
    return READER.read(document, Origin(source="m"), lambda _, __: Reading())


def test_a_manifest_is_known_and_says_nothing_of_its_own() -> None:
    assert read(b'{"format": "farshore.bundle/1", "files": []}') == Reading()
    assert READER.recognise(Document(b'{"format": "else"}')) is Fit.NO


def test_what_was_asked_for_in_vain_is_not_read() -> None:
    reading = read(
        b'{"format": "farshore.bundle/1", "not_collected": [{"what": "the bus", "reason": "no answer within 3 s"}, '
        b'{"what": "events", "reason": "this is no pod", "tried": false}]}'
    )
    assert [each.reason for each in reading.unread] == ["the bus: not collected: no answer within 3 s"]


def test_a_broken_manifest_costs_itself() -> None:
    (unread,) = read(b'{"format": "farshore.bundle/1", "not_collected": 5}').unread
    assert unread.reason.startswith("not the manifest that it says it is")
