from tests.unit.diagnosis.arguing import read
from tests.unit.diagnosis.texts import AT, note

from farshore.diagnosis.facts.statements import LinesGrouped, StatementMade


def test_a_statement_is_whole_where_its_evidence_is_cut() -> None:
    sentence = "The router " + "very " * 200 + "slowly answers"
    (told,) = (fact for fact in read(note(sentence)) if isinstance(fact, StatementMade) and "router" in fact.text)
    assert told.text == sentence
    assert len(told.evidence.text) < len(sentence)
    assert told.heading == "A note > Seen"


def test_lines_that_nobody_knows_are_counted_by_template_until_the_last() -> None:
    (told,) = read("".join(f"{AT[:-2]}{second:02}Z turbine {second} spins\n" for second in range(5, 9)))
    assert isinstance(told, LinesGrouped)
    assert (told.count, told.ref, str(told.last)) == (4, "1.txt:1", "2026-03-04 09:14:08+00:00")
