"""Oracle's clients: OCI and sqlplus, JDBC thin, python-oracledb thin. Its numbers say what happened.

Source: Oracle Database Error Messages (ORA-00000 to ORA-65535), python-oracledb src/oracledb/errors.py.
"""

import re
from collections.abc import Iterator

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.intake.driver_texts import Texts, address_in, symptom_in
from farshore.diagnosis.intake.records import Record

_NUMBER = re.compile(r"\b(?:(?:ORA|TNS)-(\d{4,5})|(DPY-\d{4}))\b")
_BY_NUMBER: dict[Symptom, tuple[str, ...]] = {
    Symptom.NOT_REACHED_REFUSED: ("12541",),
    Symptom.SILENT_BEFORE_REPLY: ("12170", "12535", "12606", "12609"),
    Symptom.CLOSED_BEFORE_REPLY: ("12537", "12547", "12536", "DPY-4011"),
    # The listener answered: the way to it is healthy.
    Symptom.LOGIN_DECLINED: (
        *("12514", "12505", "12521", "12504", "12502", "12564", "DPY-6001", "DPY-6003"),
        *("01017", "1017", "28000", "28001", "01005", "01045"),
    ),
    Symptom.SERVER_FULL: ("12516", "12518", "12519", "12520", "12526", "12527", "12528", "00018", "00020"),
    Symptom.DIED_ESTABLISHED: ("03113", "03114", "03135", "12571", "12152", "17410", "DPY-4024"),
    Symptom.STALE: ("02396", "01012", "DPY-1001"),
    Symptom.WRONG_PROTOCOL: ("12569", "12592", "12585", "DPY-4004"),
    Symptom.TLS_FAILED: ("28860", "28864", "28865", "29024", "28759", "28862"),
    Symptom.OTHER: ("12543", "12545", "12154", "12560"),
}
_SYMPTOMS = {number: symptom for symptom, numbers in _BY_NUMBER.items() for number in numbers}
_TEXTS: Texts = (
    (("dpy-6005", "refused"), Symptom.NOT_REACHED_REFUSED),
    (("dpy-6005", "timed out"), Symptom.SILENT_BEFORE_REPLY),
    (("got minus one from a read call",), Symptom.CLOSED_BEFORE_REPLY),
    (("could not establish the connection", "refused"), Symptom.NOT_REACHED_REFUSED),
    (("could not establish the connection", "timed out"), Symptom.NOT_REACHED_SILENT),
    (("could not establish the connection",), Symptom.OTHER),
    (("io error: connection reset",), Symptom.DIED_ESTABLISHED),
    (("no more data to read from socket",), Symptom.DIED_ESTABLISHED),
    (("io error: socket read timed out",), Symptom.SLOW),
    (("closed connection",), Symptom.STALE),
)
_ADDRESSES = (
    re.compile(r"\(HOST ?= ?(?P<host>[\w.-]{1,120})\) ?\(PORT ?= ?(?P<port>\d{1,5})\)", re.IGNORECASE),
    re.compile(r"jdbc:oracle:thin:@(?://)?(?P<host>[\w.-]{1,120}):(?P<port>\d{1,5})"),
    re.compile(r"[Cc]annot connect to \w{1,10} at host \"?(?P<host>[\w.-]{1,120})\"? port (?P<port>\d{1,5})"),
)


def _written(number: str) -> str:
    return f"ORA-{number:0>5}" if number.isdecimal() else number


class _Oracle:
    name = "oracle"
    needles = ("ora-", "tns-", "dpy-", "got minus one from a read call", "network adapter could not", "oracle")
    texts: Texts = (*_TEXTS, *(((_written(number).lower(),), symptom) for number, symptom in _SYMPTOMS.items()))

    def read(self, record: Record) -> Iterator[Fact]:
        found = [name or number for number, name in _NUMBER.findall(record.text[:4000])]
        lowered = record.text.lower()
        known = next((number for number in found if number in _SYMPTOMS), "")
        symptom = _SYMPTOMS.get(known)
        if symptom in {None, Symptom.OTHER} and (
            found or "oracle" in lowered or any(n in lowered for n in self.needles)
        ):
            symptom = symptom_in(lowered, _TEXTS) or symptom
        if symptom is not None:
            yield DriverFailed(
                evidence=record.evidence(),
                driver=self.name,
                symptom=symptom,
                address=address_in(record.text, _ADDRESSES),
                number=_written(known or next(iter(found), "")),
            )


DIALECT = _Oracle()
