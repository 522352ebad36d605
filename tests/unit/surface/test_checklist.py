import io

from rich.console import Console

from farshore.collect.aim import plain_aim
from farshore.collect.steps import Hop, State, Step, Walk
from farshore.core.address import parse_host_port
from farshore.diagnosis.collected import NotCollected
from farshore.surface.checklist import show, show_missing

LONG = "connect tcp 10.9.8.7:1433: " + "word " * 20
STEPS = (
    Step(hop=Hop.EGRESS, state=State.OK, says="the door answers"),
    Step(hop=Hop.EGRESS, state=State.WARNING, says="another does not", hint="look at it"),
    Step(hop=Hop.ROUTER, state=State.BROKEN, says=LONG),
    Step(hop=Hop.TARGET, state=State.SKIPPED, says="TCP: not tested, blocked by the router"),
)


def shown(encoding: str, **settings: object) -> str:
    aim = plain_aim(parse_host_port("10.9.8.7:1433"), None, None)
    buffer = io.BytesIO()
    file = io.TextIOWrapper(buffer, encoding=encoding)
    show(Console(file=file, highlight=False, **settings), (Walk(aim=aim, steps=STEPS),))  # type: ignore[arg-type]
    file.flush()
    return buffer.getvalue().decode(encoding)


def test_each_hop_is_a_heading_and_each_check_a_line() -> None:
    lines = shown("utf-8").splitlines()
    assert lines[:7] == [
        "10.9.8.7:1433",
        "",
        "egress",
        "------",
        "\u221a the door answers",
        "\u203c another does not",
        "  hint: look at it",
    ]
    assert "\u00b7 TCP: not tested, blocked by the router" in lines


def test_it_fits_80_columns_and_an_ascii_terminal() -> None:
    lines = shown("ascii").splitlines()
    assert max(map(len, lines)) <= 80
    assert "ok the door answers" in lines
    assert any(line.startswith("x  connect tcp") for line in lines)


def test_colours_are_for_terminals_alone() -> None:
    assert "\x1b[" in shown("utf-8", force_terminal=True, width=80)
    assert "\x1b[" not in shown("utf-8")


def test_what_is_missing_is_listed_with_its_reason() -> None:
    written = io.StringIO()
    console = Console(file=written, highlight=False, markup=False)
    show_missing(console, [])
    assert not written.getvalue()
    show_missing(
        console,
        [
            NotCollected(what="bus", reason="no answer within 3 s"),
            NotCollected(what="events", reason="this is no pod", tried=False),
        ],
    )
    assert written.getvalue().split("\n")[:4] == [
        "not collected",
        "-------------",
        "‼ bus: no answer within 3 s",
        "· events: this is no pod",
    ]
