from dataclasses import dataclass

import pytest
from tests.unit.diagnosis.texts import ended, peer, status

from farshore.diagnosis.evidence import Origin, Unread
from farshore.diagnosis.facts.dials import DialFailed, GatewayEnded
from farshore.diagnosis.intake import dispatch
from farshore.diagnosis.intake.dispatch import recognise, take_in
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.sources import Source


@dataclass(frozen=True)
class Made:
    name: str
    fit: Fit
    mistake: bool = False

    def recognise(self, document: Document) -> Fit:  # noqa: ARG002
        return self.fit

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        if self.mistake:
            raise KeyError(document.text)
        return inner(document.text, origin.inner(line=1))


def test_the_surest_reads_and_of_equals_the_first() -> None:
    first, second, sure = Made("a", Fit.SHAPE), Made("b", Fit.SHAPE), Made("c", Fit.CERTAIN)
    assert recognise(Document(b"x"), [first, second]) is first
    assert recognise(Document(b"x"), [first, sure]) is sure
    assert recognise(Document(b"x"), [Made("d", Fit.NO)]) is None


@pytest.mark.parametrize("data", [b"", b"  \n", b"PNG\x00\x01"])
def test_what_is_empty_or_binary_is_nobodys_and_said(data: bytes) -> None:
    taken = take_in([Source(name="x", data=data)])
    assert taken.facts == []
    assert [each.source for each in taken.unread] == ["x"]


def test_a_readers_mistake_costs_its_document_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "readers", lambda: (Made("bad", Fit.CERTAIN, mistake=True),))
    taken = take_in([Source(name="x", data=b"boom"), Unread(source="y", reason="gone")])
    assert [each.source for each in taken.unread] == ["x", "y"]
    assert "bad made a mistake (KeyError" in taken.unread[0].reason


def test_embedding_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "readers", lambda: (Made("endless", Fit.CERTAIN),))
    taken = take_in([Source(name="x", data=b"again")])
    assert len(taken.unread) == 1


def test_a_connection_that_the_log_and_the_admin_listener_tell_of_is_one() -> None:
    began_s, client = 1772615642.125, "10.4.0.9:50712"
    line, other = (
        ended("tailnet.dial.no-answer", connection=number, client=client, started_at_s=began_s).encode()
        for number in (7, 8)
    )
    sources = [Source(name="gateway.log", data=line + b"\n" + other), Source(name="endings.log", data=line)]
    facts = take_in(sources).facts
    assert sum(isinstance(fact, GatewayEnded) for fact in facts) == 2
    assert [fact.ref for fact in facts if isinstance(fact, DialFailed)] == ["gateway.log:1", "gateway.log:2"]


def test_a_copy_of_a_log_counts_nothing_twice_and_two_samples_of_a_status_are_two() -> None:
    line = b"2026/03/04 05:50:34 socks5: client connection failed: context deadline exceeded\n"
    taken = take_in([Source(name="a.log", data=line), Source(name="copy/a.log", data=line)])
    assert [fact.ref for fact in taken.facts] == ["a.log:1"]
    assert taken.unread == [Unread(source="copy/a.log", reason="the same, byte for byte, as a.log")]
    sample = status(peer()).encode()
    twice = take_in([Source(name="1.json", data=sample), Source(name="2.json", data=sample)])
    assert twice.unread == []
    assert {fact.evidence.source for fact in twice.facts} == {"1.json", "2.json"}
