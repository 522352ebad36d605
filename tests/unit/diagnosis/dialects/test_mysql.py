import pytest

from farshore.diagnosis.dialects.mysql import DIALECT
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
        (
            (
                "ERROR 2013 (HY000): Lost connection to MySQL server at 'reading initial communication "
                "packet', system error: 0"
            ),
            "closed-before-reply",
        ),
        (
            (
                "ERROR 2013 (HY000): Lost connection to MySQL server at 'reading initial communication "
                "packet', system error: 104"
            ),
            "reset-before-reply",
        ),
        (
            (
                "ERROR 2013 (HY000): Lost connection to MySQL server at 'reading initial communication "
                "packet', system error: 110"
            ),
            "silent-before-reply",
        ),
        (
            (
                "ERROR 2013 (HY000): Lost connection to server at 'handshake: reading initial "
                "communication packet', system error: 11"
            ),
            "silent-before-reply",
        ),
        ("ERROR 2003 (HY000): Can't connect to MySQL server on 'gw:3306' (111)", "not-reached-refused"),
        ("ERROR 2003 (HY000): Can't connect to MySQL server on 'gw:3306' (110)", "not-reached-silent"),
        ("(2003, \"Can't connect to MySQL server on 'gw' (timed out)\")", "not-reached-silent"),
        ("(2006, 'MySQL server has gone away')", "stale"),
        ("(2013, 'Lost connection to MySQL server during query')", "died-established"),
        (
            (
                "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure The "
                "driver has not received any packets from the server."
            ),
            "closed-before-reply",
        ),
        (
            (
                "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure The "
                "driver has not received any packets from the server. Caused by: "
                "java.net.ConnectException: Connection refused"
            ),
            "not-reached-refused",
        ),
        (
            (
                "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure The "
                "driver has not received any packets from the server. Caused by: Read timed out"
            ),
            "silent-before-reply",
        ),
        (
            (
                "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure The "
                "last packet successfully received from the server was 9,004 milliseconds ago."
            ),
            "died-established",
        ),
        ("com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure ", "other"),
        ("ERROR 1045 (28000): Access denied for user 'ledger'@'192.0.2.5'", "login-declined"),
        ("MySQL: ERROR 1040 (08004): Too many connections", "server-full"),
        (
            ("Host '192.0.2.5' is blocked because of many connection errors; unblock with 'mysqladmin flush-hosts'"),
            "server-full",
        ),
        (
            "Could not connect to address=(host=gw)(port=3306)(type=master) : Connection refused",
            "not-reached-refused",
        ),
    ],
)
def test_what_each_text_proves(text: str, symptom: str) -> None:
    (failed,) = read(text)
    assert failed.symptom == symptom
    assert any(needle in text.lower() for needle in DIALECT.needles)


def test_it_keeps_the_number_and_the_address() -> None:
    (failed,) = read("ERROR 2003 (HY000): Can't connect to MySQL server on 'gw:3306' (111)")
    assert (failed.number, failed.address) == ("2003", "gw:3306")


def test_its_name_alone_tells_no_failure() -> None:
    assert read("Added connection com.mysql.jdbc.JDBC4Connection@13dfcf58") == []
