from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading
from farshore.diagnosis.readers.farshore_manifest import READER


def test_a_manifest_is_known_and_says_nothing_of_its_own() -> None:
    document = Document(b'{"format": "farshore.bundle/1", "files": []}')
    assert READER.recognise(document) is Fit.SIGNED
    assert READER.read(document, Origin(source="m"), lambda _, __: Reading()) == Reading()
    assert READER.recognise(Document(b'{"format": "else"}')) is Fit.NO
