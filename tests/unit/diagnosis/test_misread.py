import pytest

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.evidence import Evidence
from farshore.diagnosis.facts.statements import StatementMade
from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import MISREADINGS, Misreading, Says, checked
from farshore.diagnosis.registry import RegistryError


def said(text: str, heading: str = "") -> StatementMade:
    return StatementMade(evidence=Evidence(source="note.md", line=1, text=text), text=text, heading=heading)


def refuting(index: Index) -> Ground | None:
    return Ground(says="it is not", facts=index.facts[:1])


def silent(_: Index) -> None:
    return None


def entry(*refuted_by: object) -> Misreading:
    says = Says(groups=(("empty", "blank"), ("zombie",)), never=("is normal",))
    return Misreading(id="F0", claim="c", truth="t", claims=(says,), refuted_by=refuted_by)  # type: ignore[arg-type]


def test_one_word_of_each_group_makes_the_claim_whatever_the_case() -> None:
    assert entry(refuting).made(Index([said("An EMPTY address: a Zombie"), said("an empty address"), said("zombie")]))
    assert not entry(refuting).made(Index([said("an empty address"), said("a zombie")]))


def test_a_heading_counts_and_a_denial_does_not() -> None:
    assert entry(refuting).made(Index([said("CurAddr is blank", heading="Zombie state")]))
    assert not entry(refuting).made(Index([said("empty is normal, no zombie")]))


def test_a_claim_that_nothing_refutes_is_left_alone() -> None:
    index = Index([said("empty: a zombie")])
    assert entry(silent).check(index) is None
    misread = entry(silent, refuting).check(index)
    assert misread is not None
    assert [ground.says for ground in misread.because] == ["it is not"]


def test_a_misreading_that_is_there_twice_is_refused() -> None:
    with pytest.raises(RegistryError, match="F1 is there twice"):
        checked((MISREADINGS[0], MISREADINGS[0]))
