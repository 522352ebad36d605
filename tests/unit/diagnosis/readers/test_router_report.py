import pytest

from farshore.diagnosis.evidence import Origin, Unread
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import RouterDialFailed, RouterReached, Wording
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


def test_a_connection_that_came_about_is_told_and_one_that_was_not_tried_is_not() -> None:
    facts, _ = read(
        "==== router report: connections ====\nconnect 10.9.8.7:1: ok\nconnect 10.9.8.7:2: not tested, no nc\n"
    )
    (reached,) = facts
    assert isinstance(reached, RouterReached)
    assert (str(reached.target), reached.observer, reached.ref) == ("10.9.8.7:1", "ferry-a", "r.txt:6")


def test_what_is_not_on_the_machine_is_said_once() -> None:
    gone = "(tailscale is not on this machine)"
    text = f"{HEAD}==== router report: status ====\n{gone}\n\n==== router report: prefs ====\n{gone}\n"
    unread = READER.read(Document(text.encode()), Origin(source="r.txt"), lambda _, __: Reading()).unread
    assert unread == (Unread(source="r.txt", position="line 6", reason="status: tailscale is not on this machine"),)


def test_what_it_embeds_does_not_make_it_a_note() -> None:
    looks_like_markdown = "==== router report: log ====\n# a\n# b\n**c**\n```\nd\n```\n"
    chosen = recognise(Document((HEAD + looks_like_markdown).encode()), readers())
    assert chosen is READER
