from tests.unit.diagnosis.reading import read_by

from farshore.diagnosis.facts.peers import DeviceListed
from farshore.diagnosis.facts.statements import LinesGrouped

NAME = "headscale table"
NODES = """$ headscale nodes list
ID | Hostname | Name  | IP addresses      | Last seen           | Expiration          | Connected | Expired
1  | Ferry    | ferry | 100.64.0.2        | 2026-03-04 05:50:34 | 2026-03-05 00:00:00 | OFF | YES
   |          |       | fd7a:115c:a1e0::2 |                     |                     |           |
2  | gw       | gw    | 100.64.0.1        | 2026-03-04 05:50:34 | N/A                 | online    | no
"""
ROUTES = """ID | Hostname | Approved    | Available   | Serving (Primary)
1  | ferry    | 10.9.8.0/24 | 10.9.8.0/24 | 10.9.8.0/24
   |          |             | 10.9.9.0/24 |
"""
OLD = """ID | Node  | Prefix      | Advertised | Enabled | Primary
1  | ferry | 10.9.8.0/24 | true       | false   | false
2  | ferry | 10.9.9.0/24 | true       | true    | true
"""


RED = "\x1b[91m{}\x1b[0m"


def listed(text: str) -> list[DeviceListed]:
    return [fact for fact in read_by(NAME, text).facts if isinstance(fact, DeviceListed)]


def test_nodes_in_colour_with_a_cell_of_two_lines() -> None:
    ferry, gateway = listed(NODES.replace("OFF", RED.format("offline")).replace("YES", RED.format("yes")))
    assert (ferry.node, ferry.addresses) == ("Ferry", ("100.64.0.2", "fd7a:115c:a1e0::2"))
    assert (ferry.online, ferry.expired, str(ferry.expires)) == (False, True, "2026-03-05 00:00:00+00:00")
    assert (gateway.online, gateway.expired, gateway.expires, gateway.advertised) == (True, False, None, None)
    assert (ferry.evidence.line, gateway.evidence.line) == (3, 5)


def test_routes_that_are_advertised_and_not_approved() -> None:
    (ferry,) = listed(ROUTES)
    assert (len(ferry.advertised or ()), len(ferry.enabled or ()), len(ferry.primary or ())) == (2, 1, 1)


def test_routes_of_older_headscale() -> None:
    (ferry,) = listed(OLD)
    assert [str(route) for route in ferry.enabled or ()] == ["10.9.9.0/24"]
    assert len(ferry.advertised or ()) == 2


def test_other_lines_and_other_prefixes_are_not_lost() -> None:
    reading = read_by(NAME, f"Warning: something\n{ROUTES.replace('10.9.9.0/24', 'nonsense')}")
    assert any(isinstance(fact, LinesGrouped) for fact in reading.facts)
    assert [unread.position for unread in reading.unread] == ["line 3"]
