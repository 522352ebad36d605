"""What a terminal showed: prompts with commands, and below each what it printed, handed to the reader of that.

A prompt is `$ `, `# `, `> ` or `PS C:…> ` (`user@host:~$ ` too, which names the observer) before a known program.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner

_PROGRAMS = (
    "tailscale(?:\\.exe)?|tailscaled|farshore|kubectl|hubble|cilium|headscale|journalctl|docker|cat|tail|grep|curl|ss|"
    "netstat|nc|psql|sqlcmd|tsql|mysql|ping|dig|nslookup|getent|ip|ps|systemctl|Get-\\w{1,40}|Test-NetConnection"
)
_PROMPT = re.compile(
    r"^(?:(?P<user>[\w.-]{1,40})@(?P<host>[\w.-]{1,60}):[^\s$#]{0,80} ?[$#]|[$#>]|PS [A-Za-z]:[^>]{0,120}>) "
    rf"(?:sudo )?(?P<command>(?:\S{{1,80}}/)?(?:{_PROGRAMS})(?: .{{0,400}})?)$"
)
_FEWEST = 2


@dataclass(slots=True, kw_only=True)
class _Part:
    """One command, where it stands, on which host, and the lines that it printed."""

    number: int
    prompt: str
    host: str
    lines: list[str] = field(default_factory=list)


class _Transcript:
    name = "terminal transcript"

    def recognise(self, document: Document) -> Fit:
        if document.looks_like_json:
            return Fit.NO
        first, _, rest = document.head.lstrip().partition("\n")
        if _PROMPT.match(first.rstrip()) and Document(rest.encode("utf-8", "replace")).looks_like_json:
            return Fit.CERTAIN
        commands = {found["command"] for line in document.head.split("\n") if (found := _PROMPT.match(line.rstrip()))}
        return Fit.CERTAIN if len(commands) >= _FEWEST else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        readings: list[Reading] = []
        for part in _parts(document.lines):
            text = "\n".join(part.lines)
            if not text.strip():
                continue
            # A command line says what its output is about; before JSON it would only be in the way.
            json = Document(text.encode("utf-8", "replace")).looks_like_json
            shown = text if json or not part.prompt else f"{part.prompt}\n{text}"
            first = part.number + 1 if json and part.prompt else max(part.number, 1)
            readings.append(inner(shown, origin.inner(line=first, observer=part.host)))
        return Reading(
            facts=tuple(fact for reading in readings for fact in reading.facts),
            unread=tuple(unread for reading in readings for unread in reading.unread),
        )


def _parts(lines: list[str]) -> Iterator[_Part]:
    part = _Part(number=1, prompt="", host="")
    for number, line in enumerate(lines, 1):
        found = _PROMPT.match(line.rstrip())
        if found is None:
            part.lines.append(line)
            continue
        yield part
        part = _Part(number=number, prompt=line.rstrip(), host=found["host"] or "")
    yield part


READER = _Transcript()
