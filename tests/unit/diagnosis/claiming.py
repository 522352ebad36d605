"""What somebody claims in a note, beside texts that refute it or do not."""

from typing import NamedTuple

from tests.unit.diagnosis.arguing import Texts, read
from tests.unit.diagnosis.texts import note

from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import Misreading


class Claim(NamedTuple):
    """A claim, the texts that refute it and where in them, the nearest sentence that claims nothing of the kind, and
    the nearest texts that do not refute it.
    """

    says: str
    evidence: Texts
    because: Texts
    nearest: str
    beside: Texts


def refuted(misreading: Misreading, sentence: str, evidence: Texts) -> Texts:
    """Where the texts (from `2.txt` on) refute a misreading that a note makes in a sentence; empty where it stands."""
    misread = misreading.check(Index(read(note(sentence), *evidence)))
    if misread is None:
        return ()
    assert (misread.id, misread.claim) == (misreading.id, misreading.claim)
    assert [made.evidence.text for made in misread.made] == [sentence]
    return tuple(sorted({fact.ref for ground in misread.because for fact in ground.facts}))


def says(row: Claim) -> str:
    """What a row is called."""
    return row.says
