import pytest

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.clients import ChecksCounted
from farshore.diagnosis.facts.dials import DialFailed
from farshore.diagnosis.facts.flows import PolicyDenied
from farshore.diagnosis.facts.statements import LinesGrouped, StatementMade
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


def test_what_a_mail_says_is_a_statement_and_what_it_pastes_a_log() -> None:
    mail = (
        "Hello,\n\nThe router is a zombie because CurAddr is empty.\nConnection attempts: 420\nPolicy denials: 408\n\n"
        "2026-03-04T09:14:02Z cannot reach 10.9.8.7:1433: circuit breaker is open\n"
    )
    facts = READER.read(Document(mail.encode()), Origin(source="mail"), lambda _text, _origin: Reading()).facts
    said = {fact.text for fact in facts if isinstance(fact, StatementMade)}
    assert "The router is a zombie because CurAddr is empty." in said
    assert [fact.count for fact in facts if isinstance(fact, PolicyDenied)] == [408]
    assert sum(isinstance(fact, DialFailed) for fact in facts) == 1


def test_a_count_of_health_checks_needs_no_full_stop() -> None:
    told = Document(b"55,900 queries over 20 hours (98.0 %)\n12 apples fell")
    facts = READER.read(told, Origin(source="chat"), lambda _text, _origin: Reading()).facts
    (checks,) = (fact for fact in facts if isinstance(fact, ChecksCounted))
    assert checks.failed == pytest.approx(1118)
    assert [fact.template for fact in facts if isinstance(fact, LinesGrouped)] == ["* apples fell"]


def test_where_somebody_left_lines_out_no_line_stood() -> None:
    said = (
        "the pump stops\n[... repeating every second ...]\n...\n[…]\n(... 40 more)\n\n… and so on …\n\n... it starts\n"
    )
    groups = READER.read(Document(said.encode()), Origin(source="a.log"), lambda _, __: Reading()).facts
    assert [getattr(group, "template", None) for group in groups] == ["the pump stops", "... it starts"]
