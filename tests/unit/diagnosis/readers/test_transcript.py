from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.dispatch import readers, recognise
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading
from farshore.diagnosis.readers.transcript import READER

SESSION = """\
Session of today
me@gw:~$ tailscale status --json
{"a": 1}
PS C:\\Users\\me> tailscale.exe ping 100.64.0.2
ping "100.64.0.2" timed out
$ kubectl get pods
"""


def test_every_output_goes_to_its_own_reader_with_its_place_and_host() -> None:
    seen: list[tuple[str, int, str]] = []

    def inner(text: str, origin: Origin) -> Reading:
        seen.append((text, origin.first_line, origin.observer))
        return Reading()

    document = Document(SESSION.encode())
    assert READER.recognise(document) is Fit.CERTAIN
    READER.read(document, Origin(source="s.txt"), inner)
    assert seen == [
        ("Session of today", 1, ""),
        ('{"a": 1}', 3, "gw"),
        ('PS C:\\Users\\me> tailscale.exe ping 100.64.0.2\nping "100.64.0.2" timed out', 4, ""),
    ]


def test_one_command_or_a_log_is_no_transcript() -> None:
    assert READER.recognise(Document(b"$ tailscale ping x\npong\n")) is Fit.NO
    assert READER.recognise(Document(b"# a heading\n> a quotation\n$ 5\n")) is Fit.NO


def test_one_command_before_json_is_one() -> None:
    document = Document(b'$ tailscale debug prefs\n{"RouteAll": true}\n')
    seen: list[tuple[str, int]] = []

    def inner(text: str, origin: Origin) -> Reading:
        seen.append((text, origin.first_line))
        return Reading()

    assert READER.recognise(document) is Fit.CERTAIN
    READER.read(document, Origin(source="s.txt"), inner)
    assert [(text.strip(), line) for text, line in seen] == [('{"RouteAll": true}', 2)]


def test_comments_that_programs_print_make_no_note_of_it() -> None:
    session = (
        "# tailscale status\n100.64.0.1  gw  t  linux  -\n# Health check:\n#     - x\n# tailscale ip\n100.64.0.1\n"
    )
    assert recognise(Document(session.encode()), readers()) is READER
