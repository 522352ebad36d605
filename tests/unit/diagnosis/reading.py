"""One document through one reader, embedded texts included, as the dispatcher would."""

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.dispatch import readers, recognise
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Reading


def read_by(name: str, text: str, origin: Origin | None = None) -> Reading:
    """What the reader of a name, which must be the one chosen, makes of a text."""
    document = Document(text.encode())
    reader = recognise(document, readers())
    assert reader is not None
    assert reader.name == name
    return reader.read(document, origin or Origin(source="x"), _inner)


def _inner(text: str, origin: Origin) -> Reading:
    document = Document(text.encode())
    reader = recognise(document, readers())
    return Reading() if reader is None else reader.read(document, origin, _inner)
