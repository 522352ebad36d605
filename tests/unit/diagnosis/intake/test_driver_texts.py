import re

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.intake.driver_texts import DriverTable, address_in, symptom_in
from farshore.diagnosis.intake.records import Record

TABLE = DriverTable(
    name="made",
    needles=("made: ",),
    texts=((("broke", "early"), Symptom.RESET_BEFORE_REPLY), (("broke",), Symptom.DIED_ESTABLISHED)),
    addresses=(re.compile(r"at (?P<host>\S{1,40}) (?P<port>\d{1,5})"),),
    numbers=(re.compile(r"#(\d{1,5})"),),
    foreign=("theirs",),
)


def read(text: str) -> list[DriverFailed]:
    return list(TABLE.read(Record(origin=Origin(source="a.log"), line=1, text=text)))  # type: ignore[arg-type]


def test_the_first_text_that_fits_is_the_answer() -> None:
    (early,) = read("made: BROKE early at 192.0.2.5 7 #12")
    (late,) = read("made: broke")
    assert (early.symptom, early.address, early.number) == (Symptom.RESET_BEFORE_REPLY, "192.0.2.5:7", "12")
    assert (late.symptom, late.address, late.number) == (Symptom.DIED_ESTABLISHED, "", "")


def test_what_bears_no_mark_or_anothers_is_not_its_own() -> None:
    assert read("broke early") == []
    assert read("made: theirs broke early") == []
    assert read("made: fine") == []


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert address_in("at 2001:db8::5 7", TABLE.addresses) == "[2001:db8::5]:7"
    assert symptom_in("broke", TABLE.texts) is Symptom.DIED_ESTABLISHED
