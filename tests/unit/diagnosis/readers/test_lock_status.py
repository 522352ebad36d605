from tests.unit.diagnosis.reading import read_by

from farshore.diagnosis.facts.peers import LockSeen
from farshore.diagnosis.facts.statements import LinesGrouped

NAME = "tailscale lock status"
LOCKED = """$ tailscale lock status
Tailnet Lock is ENABLED.

This node is LOCKED OUT by Tailnet Lock, and action is required to establish connectivity.
Run the following command on a node with a trusted key:
\ttailscale lock sign nodekey:aa tlpub:bb

The following nodes are locked out by tailnet lock and cannot connect to other nodes:
\tferry-a.t.\t100.64.0.2\tnF\tnodekey:cc
"""


def test_a_node_that_is_locked_out_and_another() -> None:
    (seen,) = read_by(NAME, LOCKED).facts
    assert isinstance(seen, LockSeen)
    assert (seen.enabled, seen.accessible, seen.kept_out, seen.evidence.line) == (True, False, ("ferry-a.t.",), 2)


def test_no_lock_and_a_line_that_is_not_of_it() -> None:
    seen, other = read_by(NAME, "Tailnet lock is NOT enabled.\n\nsomething else\n").facts
    assert isinstance(seen, LockSeen)
    assert (seen.enabled, seen.accessible) == (False, None)
    assert isinstance(other, LinesGrouped)
