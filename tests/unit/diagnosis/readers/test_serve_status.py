from tests.unit.diagnosis.reading import read_by

from farshore.diagnosis.facts.peers import ServeListed

NAME = "tailscale serve status"


def listed(text: str) -> list[tuple[str, str]]:
    return [(fact.listener, fact.target) for fact in read_by(NAME, text).facts if isinstance(fact, ServeListed)]


def test_tcp_listeners_and_where_they_lead() -> None:
    text = (
        "|-- tcp://ferry.t.ts.net:11433 (tailnet only)\n|-- tcp://100.64.0.2:11433\n|--> tcp://10.9.8.7:1433\n\n"
        "|-- tcp://ferry.t.ts.net:5432 (Funnel on)\n|--> tcp://10.9.8.8:5432\n"
    )
    assert listed(text) == [
        ("tcp://ferry.t.ts.net:11433", "tcp://10.9.8.7:1433"),
        ("tcp://100.64.0.2:11433", "tcp://10.9.8.7:1433"),
        ("tcp://ferry.t.ts.net:5432", "tcp://10.9.8.8:5432"),
    ]


def test_a_web_listener() -> None:
    text = "https://ferry.t.ts.net (tailnet only)\n|-- /     proxy http://127.0.0.1:3000\n"
    assert listed(text) == [("https://ferry.t.ts.net/", "http://127.0.0.1:3000")]


def test_json() -> None:
    text = '{"TCP": {"11433": {"TCPForward": "10.9.8.7:1433"}, "443": {"HTTPS": true}, "5": 7}, "Web": {}}'
    assert listed(text) == [("tcp://:11433", "10.9.8.7:1433")]
    assert [unread.position for unread in read_by(NAME, text).unread] == ["/TCP/5"]


def test_nothing_is_served() -> None:
    assert read_by(NAME, "No serve config\n").facts == ()
