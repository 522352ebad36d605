import pytest

from farshore.diagnosis.dialects.oracle import DIALECT
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.clients import DriverFailed
from farshore.diagnosis.intake.records import Record


def read(text: str) -> list[DriverFailed]:
    facts = list(DIALECT.read(Record(origin=Origin(source="a.log"), line=1, text=text)))
    assert all(isinstance(fact, DriverFailed) for fact in facts)
    return facts  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("text", "symptom"),
    [
        ("ORA-12541: TNS:no listener", "not-reached-refused"),
        ("ORA-12170: TNS:Connect timeout occurred", "silent-before-reply"),
        ("ORA-12537: TNS:connection closed", "closed-before-reply"),
        ("ORA-12514: TNS:listener does not currently know of service requested", "login-declined"),
        ("ORA-01017: invalid username/password; logon denied", "login-declined"),
        ("ORA-12516: TNS:listener could not find available handler", "server-full"),
        ("ORA-03113: end-of-file on communication channel", "died-established"),
        ("ORA-02396: exceeded maximum idle time", "stale"),
        (
            ("DPY-6005: cannot connect to database. DPY-4011: the database or network closed the connection"),
            "closed-before-reply",
        ),
        ("DPY-6005: cannot connect to database. [Errno 111] Connection refused", "not-reached-refused"),
        ("java.sql.SQLRecoverableException: IO Error: Got minus one from a read call", "closed-before-reply"),
        (
            ("IO Error: The Network Adapter could not establish the connection Caused by: Connection refused"),
            "not-reached-refused",
        ),
        ("oracle: No more data to read from socket", "died-established"),
        ("ORA-12545: Connect failed because target host or object does not exist", "other"),
    ],
)
def test_what_each_text_proves(text: str, symptom: str) -> None:
    (failed,) = read(text)
    assert failed.symptom == symptom
    assert any(needle in text.lower() for needle in DIALECT.needles)


def test_it_keeps_the_number_and_the_address() -> None:
    (failed,) = read("ORA-12541: TNS:no listener (ADDRESS=(PROTOCOL=TCP)(HOST=192.0.2.5)(PORT=1521))")
    assert (failed.number, failed.address) == ("ORA-12541", "192.0.2.5:1521")


def test_an_unknown_number_is_nothing() -> None:
    assert read("ORA-00942: table or view does not exist") == []
