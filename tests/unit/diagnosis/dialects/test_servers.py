import pytest

from farshore.diagnosis.dialects.servers import DIALECT
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.intake.records import Record


def read(text: str) -> DriverFailed | None:
    if not any(needle in text.lower() for needle in DIALECT.needles):
        return None
    found = list(DIALECT.read(Record(origin=Origin(source="a.log"), line=1, text=text)))
    assert len(found) <= 1
    return found[0] if found and isinstance(found[0], DriverFailed) else None


@pytest.mark.parametrize(
    ("text", "driver", "symptom", "number"),
    [
        ("Host '10.9.8.1' is blocked because of many connection errors", "mysql", Symptom.SERVER_FULL, "1129"),
        ("ORA-00054: resource busy and acquire with NOWAIT", "oracle", Symptom.SLOW, "ORA-00054"),
        ("SSLError: certificate verify failed: self-signed", "openssl", Symptom.CERTIFICATE_REFUSED, ""),
        ("curl: (18) transfer closed with 81920 bytes remaining to read", "curl", Symptom.TRUNCATED, ""),
    ],
)
def test_what_the_server_itself_says(text: str, driver: str, symptom: Symptom, number: str) -> None:
    said = read(text)
    assert said is not None
    assert (said.driver, said.symptom, said.number) == (driver, symptom, number)


@pytest.mark.parametrize(
    ("text", "symptom", "where"),
    [
        ("nsc2addr: (ADDRESS=(PROTOCOL=TCP)(HOST=10.9.8.21)(PORT=50123))", Symptom.REDIRECTED, "10.9.8.21:50123"),
        ("login acknowledged, routed to server: db-replica.azure.example port: 11003", Symptom.REDIRECTED,
         "db-replica.azure.example:11003"),
        ("The connection to the host ferry-gw, named instance LEDGER failed.", Symptom.NAMED_INSTANCE, ""),
    ],
)  # fmt: skip
def test_where_the_server_sends_the_client(text: str, symptom: Symptom, where: str) -> None:
    said = read(text)
    assert said is not None
    assert (said.symptom, said.redirect) == (symptom, where)


@pytest.mark.parametrize("text", ["routing table", "redirect"])
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert read(text) is None
