"""FTP clients and servers: replies (RFC 959 §4.2), and what ftplib, Commons Net, curl and FileZilla make of them."""

import re
from collections.abc import Iterator

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed, PassiveNamed, Symptom
from farshore.diagnosis.intake.driver_texts import Texts, symptom_in
from farshore.diagnosis.intake.records import Record

_REPLY = re.compile(r"(?:^|[<:(] ?|Response:\s{0,8})(421|425|426|530)[ -](?=[A-Z])")
_PASSIVE = re.compile(r"227 [^(]{0,60}\((\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})\)")
# Every connection that curl tries and loses, the one for the data too: which one it was, its port tells.
_CURL = re.compile(
    r"\* {1,3}connect to (?P<host>[\w.:-]{1,120}) port (?P<port>\d{1,5})(?: from \S{1,120} port \d{1,5})? failed: "
    r"(?P<why>Connection refused|Connection timed out|Operation timed out|No route to host|Host is unreachable)"
)
_REFUSED = "Connection refused"
_MARKS = (
    "227 ",
    "connect to ",
    "ftp",
    "data connection",
    "passive",
    "421 ",
    "425 ",
    "426 ",
    "530 ",
    "directory listing",
)
_BY_REPLY = {"425": Symptom.DATA_CHANNEL, "426": Symptom.TRUNCATED, "530": Symptom.LOGIN_DECLINED}
_TEXTS: Texts = (
    (("421", "too many"), Symptom.SERVER_FULL),
    (("421", "maximum"), Symptom.SERVER_FULL),
    (("421", "timeout"), Symptom.STALE),
    (("421", "idle"), Symptom.STALE),
    (("421", "no transfer"), Symptom.STALE),
    (("passive reply with unroutable address",), Symptom.DATA_CHANNEL),
    (("host attempting data connection",), Symptom.DATA_CHANNEL),
    (("failed to retrieve directory listing",), Symptom.DATA_CHANNEL),
    (("data connection", "timed out"), Symptom.DATA_CHANNEL),
    (("data connection", "refused"), Symptom.DATA_CHANNEL),
    (("can't open data connection",), Symptom.DATA_CHANNEL),
    (("227 ", "timed out"), Symptom.DATA_CHANNEL),
    (("connection closed without indication",), Symptom.CLOSED_BEFORE_REPLY),
    (("ftplib", "eoferror"), Symptom.CLOSED_BEFORE_REPLY),
    (("ftp", "response timeout"), Symptom.SILENT_BEFORE_REPLY),
)


class _Ftp:
    name = "ftp"
    needles = _MARKS
    texts: Texts = (*_TEXTS, *(((f"{number} ",), symptom) for number, symptom in _BY_REPLY.items()))

    def read(self, record: Record) -> Iterator[Fact]:
        reply = _REPLY.search(record.text)
        number = "" if reply is None else reply[1]
        # A 421 announces the end of the control connection, whatever else it says.
        ended = Symptom.DIED_ESTABLISHED if number == "421" else None
        passive, lost = _PASSIVE.search(record.text), _CURL.search(record.text)
        if passive is not None:
            host, _, port = _address(passive).rpartition(":")
            yield PassiveNamed(evidence=record.evidence(), address=host, port=int(port))
        if lost is not None:
            yield _not_reached(record, lost)
            return
        symptom = _BY_REPLY.get(number) or symptom_in(record.text.lower(), _TEXTS) or ended
        if symptom is None:
            return
        yield DriverFailed(
            evidence=record.evidence(),
            driver=self.name,
            symptom=symptom,
            number=number,
            redirect="" if passive is None else _address(passive),
        )


def _not_reached(record: Record, lost: re.Match[str]) -> DriverFailed:
    return DriverFailed(
        evidence=record.evidence(),
        driver="curl",
        symptom=Symptom.NOT_REACHED_REFUSED if lost["why"] == _REFUSED else Symptom.NOT_REACHED_SILENT,
        address=f"{lost['host']}:{lost['port']}",
    )


def _address(passive: re.Match[str]) -> str:
    port = int(passive[5]) * 256 + int(passive[6])
    return f"{passive[1]}.{passive[2]}.{passive[3]}.{passive[4]}:{port}"


DIALECT = _Ftp()
