import pytest

from farshore.diagnosis.dialects.ftp import DIALECT
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.clients import DriverFailed, PassiveNamed
from farshore.diagnosis.intake.records import Record


def read(text: str) -> list[DriverFailed]:
    facts = list(DIALECT.read(Record(origin=Origin(source="a.log"), line=1, text=text)))
    return [fact for fact in facts if isinstance(fact, DriverFailed)]


@pytest.mark.parametrize(
    ("text", "symptom"),
    [
        ("425 Failed to establish connection.", "data-channel"),
        ("ftplib.error_temp: 425 Unable to build data connection: Connection timed out", "data-channel"),
        ("Response: 426 Connection closed; transfer aborted.", "truncated"),
        ("530 Login incorrect.", "login-declined"),
        ("421 Timeout.", "stale"),
        ("421 Too many users logged in.", "server-full"),
        ("421 Service not available, closing control connection.", "died-established"),
        ("ftplib EOFError", "closed-before-reply"),
        ("FTPConnectionClosedException: Connection closed without indication.", "closed-before-reply"),
        ("curl: (28) FTP response timeout", "silent-before-reply"),
        ("Server sent passive reply with unroutable address. Using server address instead.", "data-channel"),
    ],
)
def test_what_each_text_proves(text: str, symptom: str) -> None:
    (failed,) = read(text)
    assert failed.symptom == symptom
    assert any(needle in text.lower() for needle in DIALECT.needles)


def test_a_passive_reply_names_where_the_client_was_sent() -> None:
    (failed,) = read("227 Entering Passive Mode (10,9,8,7,195,80). then timed out")
    assert (failed.symptom, failed.redirect) == ("data-channel", "10.9.8.7:50000")


def test_a_passive_reply_alone_is_no_failure_and_names_a_port() -> None:
    text = "< 227 Entering Passive Mode (10,9,8,7,195,80)."
    (named,) = DIALECT.read(Record(origin=Origin(source="a.log"), line=1, text=text))
    assert isinstance(named, PassiveNamed)
    assert (named.address, named.port) == ("10.9.8.7", 50000)


@pytest.mark.parametrize(
    ("text", "symptom"),
    [
        ("* connect to 127.0.0.1 port 50000 failed: Connection refused", "not-reached-refused"),
        (
            "* connect to 10.4.0.9 port 50000 from 10.4.0.8 port 410 failed: Connection timed out",
            "not-reached-silent",
        ),
    ],
)
def test_a_connection_that_curl_lost_names_its_port(text: str, symptom: str) -> None:
    (failed,) = read(text)
    assert (failed.symptom, failed.address.rpartition(":")[2]) == (symptom, "50000")
    assert any(needle in text.lower() for needle in DIALECT.needles)


def test_a_number_that_is_no_reply_is_nothing() -> None:
    assert read("wrote 425 Bytes over ftp") == []
    assert read("227 Entering Passive Mode (10,9,8,7,195,80).") == []
