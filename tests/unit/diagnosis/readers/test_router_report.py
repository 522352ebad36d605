import pytest

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import RouterDialFailed, Wording
from farshore.diagnosis.intake.dispatch import readers, recognise
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading
from farshore.diagnosis.readers.router_report import READER

HEAD = "\n==== router report: about ====\nhost: Ferry-A\ntime: 2026-03-04T05:51:00Z\n"


def read(text: str) -> tuple[tuple[Fact, ...], list[tuple[str, str, str]]]:
    """The facts, and what was handed on: observer, place, text."""
    handed: list[tuple[str, str, str]] = []

    def inner(inside: str, origin: Origin) -> Reading:
        handed.append((origin.observer, origin.evidence("").ref, inside))
        return Reading()

    document = Document((HEAD + text).encode())
    assert READER.recognise(document) is Fit.SIGNED
    return READER.read(document, Origin(source="r.txt"), inner).facts, handed


def test_a_section_goes_to_the_reader_of_its_format_with_its_place_and_its_host() -> None:
    _, handed = read("==== router report: status ====\n{}\n\n==== router report: end ====\n")
    assert handed == [("ferry-a", "r.txt:6", "{}")]


def test_what_is_there_for_people_or_could_not_be_run_is_left_alone() -> None:
    assert read("==== router report: routes ====\ndefault via 192.0.2.1\n")[1] == []
    assert read("==== router report: log ====\n(journalctl is not on this machine)\n")[1] == []


@pytest.mark.parametrize(
    ("said", "wording"),
    [
        ("nc: connect to 10.9.8.7 port 1433 (tcp) failed: Connection refused", Wording.REFUSED),
        ("bash: connect: No route to host", Wording.KERNEL_UNREACHABLE),
        ("no answer in 3 s", Wording.TIMED_OUT),
        ("timed out after 3 s", Wording.TIMED_OUT),
        ("something new", Wording.OTHER),
    ],
)
def test_a_connection_tried_from_the_router(said: str, wording: Wording) -> None:
    (tried,), _ = read(f"==== router report: connections ====\nconnect 10.9.8.7:1433: failed: {said}\n")
    assert isinstance(tried, RouterDialFailed)
    assert (tried.wording, str(tried.target), tried.observer, tried.ref) == (
        wording,
        "10.9.8.7:1433",
        "ferry-a",
        "r.txt:6",
    )
    assert tried.at is not None


def test_a_connection_that_came_about_or_was_not_tried_is_nobodys_symptom() -> None:
    facts, _ = read("==== router report: connections ====\nconnect a:1: ok\nconnect a:2: not tested, no nc\n")
    assert facts == ()


def test_what_it_embeds_does_not_make_it_a_note() -> None:
    looks_like_markdown = "==== router report: log ====\n# a\n# b\n**c**\n```\nd\n```\n"
    chosen = recognise(Document((HEAD + looks_like_markdown).encode()), readers())
    assert chosen is READER
