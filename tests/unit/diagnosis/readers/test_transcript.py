from farshore.diagnosis.evidence import Origin
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
