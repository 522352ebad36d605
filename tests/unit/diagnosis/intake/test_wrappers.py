import pytest

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.wrappers import MAX_MESSAGE, Record, unquoted, unwrap

MESSAGE = "socks5: client connection failed: context deadline exceeded"


def unwrapped(line: str) -> Record:
    return unwrap(line, 1, Origin(source="a.log"))


@pytest.mark.parametrize(
    ("line", "time", "host", "speaker"),
    [
        ("Mar  4 05:06:07 | tailscaled | 107 | 2026/03/04 05:06:07 {}", "2026-03-04T05:06:07", "", "tailscaled"),
        ("tailscaled-1  | 2026/03/04 05:06:07 {}", "2026-03-04T05:06:07", "", "tailscaled-1"),
        ("[pod/gw-0/tailscaled] 2026-03-04T05:06:07Z {}", "2026-03-04T05:06:07Z", "gw-0", "tailscaled"),
        ("ferry:latest: 2026/03/04 05:06:07 {}", "2026-03-04T05:06:07", "", "ferry:latest"),
        ("default\t05:06:07.5-0400\tIPNExtension\t{}", "T09:06:07.500000", "", "IPNExtension"),
        ("[DEBUG] 2026-03-04 05:06:07,5 {}", "2026-03-04T05:06:07.500000", "", ""),
        ("time=2026-03-04T05:06:07Z {}", "2026-03-04T05:06:07Z", "", ""),
        ("2026-03-04 05:06:07.5 +0100 +0100: {}", "2026-03-04T04:06:07.500000Z", "", ""),
        ("2026-03-04T05:06:07Z stderr F <6>{}", "2026-03-04T05:06:07Z", "", ""),
        ("2026-03-04T05:06:07Z gw kernel: {}", "2026-03-04T05:06:07Z", "gw", "kernel"),
        ('2026-03-04T05:06:07Z stderr F {{"level":"warn","msg":"{}"}}', "2026-03-04T05:06:07Z", "", ""),
    ],
)
def test_every_layer_comes_off(line: str, time: str, host: str, speaker: str) -> None:
    record = unwrapped(line.format(MESSAGE))
    assert (record.text, str(record.time), record.host, record.speaker) == (MESSAGE, time, host, speaker)


def test_a_level_is_no_host_and_the_class_behind_it_no_process() -> None:
    record = unwrap("2026-03-04T09:14:02Z ERROR org.postgresql.util.PSQLException: closed", 1, Origin(source="app.log"))
    assert (record.text, record.host) == ("ERROR org.postgresql.util.PSQLException: closed", "")


def test_two_words_behind_gos_stamp_are_no_host_and_process() -> None:
    assert unwrapped("2026/03/04 05:06:07 Received error: PollNetMap: EOF").text == "Received error: PollNetMap: EOF"


def test_a_structured_loggers_error_stands_behind_its_message() -> None:
    told = unwrapped('{"level":"error","msg":"dial failed","error":"i/o timeout","thrown":{"message":"late"}}')
    assert told.text == "dial failed: i/o timeout: late"
    assert told.fields is not None


def test_json_inside_dockers_json_is_unwrapped_too() -> None:
    inner = '{\\"ts\\":\\"2026-03-04T05:06:07Z\\",\\"msg\\":\\"late\\"}\\n'
    told = unwrapped(f'{{"log":"{inner}","stream":"stderr","time":"2026-03-04T05:06:08Z"}}')
    assert told.text == "late"
    assert told.fields is not None
    assert told.fields["ts"] == "2026-03-04T05:06:07Z"


def test_a_quotation_keeps_what_it_indents() -> None:
    assert unquoted("> > a") == "a"
    assert unquoted(">\tb") == "\tb"
    assert unquoted(">=3") == ">=3"


def test_a_message_is_bounded() -> None:
    assert len(unwrapped("x" * 3 * MAX_MESSAGE).text) == MAX_MESSAGE
