import pytest

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.records import KEPT_FRAMES, MAX_JOINED_LINES, Record, read_records

MESSAGE = "socks5: client connection failed: context deadline exceeded"


def records(text: str) -> list[Record]:
    return list(read_records(Document(text.encode()), Origin(source="a.log")))


@pytest.mark.parametrize(
    ("wrapper", "time"),
    [
        ("{}", None),
        ("> {}", None),
        ("2026/03/04 05:06:07 {}", "2026-03-04T05:06:07"),
        ("2026-03-04T05:06:07.5Z 2026/03/04 05:06:07 {}", "2026-03-04T05:06:07.500000Z"),
        ("2026-03-04T05:06:07Z stdout F 2026/03/04 05:06:07 [v1] {}", "2026-03-04T05:06:07Z"),
        ("<6>2026-03-04T05:06:07Z gw tailscaled[44]: {}", "2026-03-04T05:06:07Z"),
        ("Mar  4 05:06:07 gw tailscaled[44]: {}", "T05:06:07"),
        ("tailscaled[409]: {}", None),
        ("Mar  4 05:06:07 gw tailscaled[44]: message repeated 3 times: [ {}]", "T05:06:07"),
        (
            '{{"log":"2026/03/04 05:06:07 {}\\n","stream":"stderr","time":"2026-03-04T05:06:07Z"}}',
            "2026-03-04T05:06:07Z",
        ),
        ('{{"level":"warn","ts":"2026-03-04T05:06:07Z","msg":"{}"}}', "2026-03-04T05:06:07Z"),
    ],
)
def test_a_message_comes_out_of_its_wrapper(wrapper: str, time: str | None) -> None:
    (record,) = records(wrapper.format(MESSAGE))
    assert record.text == MESSAGE
    assert (None if record.time is None else str(record.time)) == time


def test_syslog_names_host_speaker_and_repetition() -> None:
    (record,) = records(f"Mar  4 05:06:07 gw tailscaled[44]: message repeated 3 times: [ {MESSAGE}]")
    assert (record.host, record.speaker, record.count) == ("gw", "tailscaled", 3)


def test_a_message_that_goes_on_is_one_message_at_its_first_line() -> None:
    told = records(
        "2026/03/04 05:06:07 Failed to connect to 10.9.8.7:1433 through proxy:\n"
        "socks connect tcp localhost:1055->10.9.8.7:1433:\n"
        "unknown error general SOCKS server failure\n"
        "\n"
        "2026/03/04 05:06:08 next\n\tat com.example.Pool.get(Pool.java:7)\nCaused by: reset\n"
    )
    assert [(record.line, record.text.split()[-1]) for record in told] == [(1, "failure"), (5, "reset")]


def test_what_surely_goes_on_does_so_after_a_blank_line() -> None:
    told = records("CommunicationsException: link failure\n\nThe last packet sent successfully was 0 ms ago.\n\nnext\n")
    assert [(record.line, record.text.split()[-1]) for record in told] == [(1, "ago."), (5, "next")]


def test_a_quotation_that_is_open_goes_on() -> None:
    (record,) = records('Error: "it failed.\nVerify this.\nAnd that."\n')
    assert record.text.endswith('And that."')


def test_lines_that_each_bear_a_time_stay_apart() -> None:
    assert len(records("2026/03/04 05:06:07 a:\n2026/03/04 05:06:08 b:\n")) == 2


def test_joining_is_bounded() -> None:
    assert len(records("a:\n" + " b\n" * 3 * MAX_JOINED_LINES)) > 1


def test_a_stack_trace_keeps_its_causes_and_few_of_its_frames() -> None:
    frames = "".join(f"\tat com.example.Pool.get{n}(Pool.java:{n})\n" for n in range(3 * MAX_JOINED_LINES))
    trace = f"2026/03/04 05:06:07 failed\n{frames}Caused by: java.net.SocketException: Connection reset\n{frames}"
    told = records(trace + "\t... 12 more\n2026/03/04 05:06:08 next\n")
    assert [record.text.split()[0] for record in told] == ["failed", "next"]
    assert told[0].text.endswith("Connection reset")
    assert told[0].text.count("com.example") == KEPT_FRAMES


@pytest.mark.parametrize(
    "stamp", ["2026-03-04T05:06:07Z stderr F {}", '{{"log":"{}\\n","stream":"stderr","time":"2026-03-04T05:06:07Z"}}']
)
def test_a_stack_trace_goes_on_where_every_line_has_a_time(stamp: str) -> None:
    lines = ("pool failed", "  at com.example.Pool.get(Pool.java:7)", "Caused by: Connection reset", "another one")
    told = records("\n".join(stamp.format(line) for line in lines))
    assert [record.text.split()[-1] for record in told] == ["reset", "one"]


def test_what_the_container_runtime_cut_is_whole_again() -> None:
    told = records("2026-03-04T05:06:07Z stdout P con\n2026-03-04T05:06:07Z stdout F nection reset\n")
    assert [record.text for record in told] == ["connection reset"]


def test_a_component_begins_a_message_of_its_own() -> None:
    told = records("control: creating new noise client\nmagicsock: home is now derp-1\nhealth(warnable=x): ok\n")
    assert [record.line for record in told] == [1, 2, 3]


def test_an_exception_belongs_to_its_traceback() -> None:
    told = records(
        "Traceback (most recent call last):\n"
        '  File "a.py", line 7, in <module>\n'
        "    connect()\n"
        "psycopg2.OperationalError: timeout expired\n"
        "Next\n"
    )
    assert [record.text.split()[-1] for record in told] == ["expired", "Next"]


def test_a_cut_identifier_goes_on() -> None:
    told = records("a ClientConnectionId: 5f4cf796-1959-4b2b-8354-88fd128\n482ae Prelogin error\n")
    assert len(told) == 1
