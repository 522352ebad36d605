import pytest

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.peers import PrefsSeen
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading
from farshore.diagnosis.readers.localapi_prefs import READER

TEXT = """{"ControlURL": "https://c.example", "RouteAll": false, "WantRunning": true, "LoggedOut": false,
 "ShieldsUp": true, "Hostname": "gw", "AdvertiseRoutes": ["10.9.8.0/24", "nonsense"]}"""


def read(text: str) -> Reading:
    document = Document(text.encode())
    assert READER.recognise(document) is Fit.CERTAIN
    return READER.read(document, Origin(source="prefs.json"), lambda _, __: Reading())


def test_settings_and_who_has_them() -> None:
    (seen,) = read(TEXT).facts
    assert isinstance(seen, PrefsSeen)
    assert (seen.accept_routes, seen.shields_up, seen.want_running, seen.logged_out) == (False, True, True, False)
    assert ([str(network) for network in seen.advertised], seen.observer) == (["10.9.8.0/24"], "gw")


def test_what_is_cut_off_says_what_it_had() -> None:
    reading = read(TEXT[:60])
    (seen,) = reading.facts
    assert isinstance(seen, PrefsSeen)
    assert (seen.accept_routes, seen.shields_up, len(reading.unread)) == (False, None, 1)


@pytest.mark.parametrize("text", ['{"BackendState": "Running", "RouteAll": 1, "WantRunning": 1}', "RouteAll", "[]"])
def test_what_is_something_else(text: str) -> None:
    assert READER.recognise(Document(text.encode())) is Fit.NO
