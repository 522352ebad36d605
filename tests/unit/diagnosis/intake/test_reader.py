import pytest

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.dispatch import readers, recognise
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reader, Reading

GARBAGE = (b"", b"\n\n", b"{", b"[1, 2]", b"\xff\xfe\xfa", b"the turbine spins", b"{}\n{}\n")


def test_every_reader_is_found_under_a_name_of_its_own() -> None:
    names = [reader.name for reader in readers()]
    assert len(names) == len(set(names)) > 10


@pytest.mark.parametrize("reader", readers(), ids=lambda reader: str(reader.name))
def test_a_reader_raises_nothing_and_is_never_sure_of_garbage(reader: Reader) -> None:
    for data in GARBAGE:
        document = Document(data)
        assert reader.recognise(document) <= Fit.FALLBACK
        reading = reader.read(document, Origin(source="x"), lambda _, __: Reading())
        assert all(fact.ref.startswith("x") for fact in reading.facts)


class _Sure:
    def __init__(self, name: str, fit: Fit) -> None:
        self.name = name
        self._fit = fit

    def recognise(self, document: Document) -> Fit:  # noqa: ARG002 - the protocol's
        return self._fit

    def read(self, document: Document, origin: Origin, inner: object) -> Reading:  # noqa: ARG002 - the protocol's
        return Reading()


@pytest.mark.parametrize(
    ("fits", "chosen"),
    [
        ((Fit.FALLBACK, Fit.SHAPE), "1"),
        ((Fit.CERTAIN, Fit.SHAPE), "0"),
        ((Fit.CERTAIN, Fit.SIGNED), "1"),
        ((Fit.SHAPE, Fit.SHAPE), "0"),
        ((Fit.NO, Fit.NO), None),
    ],
)
def test_the_surest_reads_it_and_of_equals_the_first(fits: tuple[Fit, ...], chosen: str | None) -> None:
    found = recognise(Document(b"text"), [_Sure(str(number), fit) for number, fit in enumerate(fits)])
    assert (None if found is None else found.name) == chosen
