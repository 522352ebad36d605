from tests.unit.diagnosis.reading import read_by

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import Greeted
from farshore.diagnosis.facts.statements import LinesGrouped

NAME = "TDS dump"
SENT = """connected to 10.9.8.7:1433
Sent
  type:0x12(PRELOGIN), status:0x01(EOM), length:0x002F
  0000  00001A00 06010020 00010200 21000103 00220004 04002600 01FF0000 00010001
"""
RECEIVED = "Received\n  type:0x04(TABULAR_RESULT), status:0x01(EOM)\n  0000  00001A00 06010020\n"
HEX = "Client to server\n------\n 12 01 00 34 00 00 00 00  00 00 15 00\nServer to client\n------\n%s\nelse\n"


def facts(text: str) -> list[Fact]:
    return list(read_by(NAME, text).facts)


def greeted(text: str) -> list[Greeted]:
    return [fact for fact in facts(text) if isinstance(fact, Greeted)]


def test_an_answer_is_a_greeting_of_whom_it_was_connected_to() -> None:
    (greeting,) = greeted(SENT + RECEIVED)
    assert (str(greeting.target), greeting.expected, greeting.protocol) == ("10.9.8.7:1433", "tds", "tds")


def test_a_question_without_an_answer_is_none() -> None:
    assert greeted(SENT) == []


def test_hex_with_and_without_leading_zeros() -> None:
    for answer in (" 4 1 0 25 0 0 1 0 0 0 15 0 6 1", " 04 01 00 25 00 00 01 00"):
        assert len(greeted(HEX % answer)) == 1
    assert greeted(HEX % " 12 01 00 25 00 00 01 00") == []


def test_what_the_client_sent_is_no_answer() -> None:
    assert greeted("Client to server\n 04 01 00 25 00\nServer to client\n 12 01 00 34 00\n") == []


def test_other_lines_are_handed_on() -> None:
    assert any(isinstance(fact, LinesGrouped) for fact in facts(HEX % " 04 01 00 25 00"))
