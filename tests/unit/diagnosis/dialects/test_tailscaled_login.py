import pytest
from tests.unit.diagnosis.making import said

from farshore.diagnosis.dialects.tailscaled_login import DIALECT
from farshore.diagnosis.facts.peers import LoginFailed, StateChanged


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("setClientStatus: netmap expiry timer triggered after 7h36m34.052244089s", "node-key-expired"),
        ("control: server reports new node key [o5klC] has expired", "node-key-expired"),
        ("control: RegisterReq: got response; nodeKeyExpired=true, machineAuthorized=true", "node-key-expired"),
        ("Received error: invalid key: API key does not exist", "auth-key"),
        ("Received error: authkey already used", "auth-key"),
        ("Tailnet lock is dropping peer 12(nAbc) due to missing signature", "lock-peer"),
        ("This node is LOCKED OUT by Tailnet Lock, and action is required to establish connectivity.", "lock"),
    ],
)
def test_what_declined_the_login(line: str, kind: str) -> None:
    (failed,) = said(DIALECT, line)
    assert isinstance(failed, LoginFailed)
    assert failed.kind == kind


def test_a_change_of_state() -> None:
    (changed,) = said(DIALECT, "Switching ipn state Running -> NeedsLogin (WantRunning=true, nm=true)")
    assert isinstance(changed, StateChanged)
    assert (changed.before, changed.after) == ("Running", "NeedsLogin")


def test_a_registration_that_went_well_says_nothing() -> None:
    line = "control: RegisterReq: got response; nodeKeyExpired=false, machineAuthorized=true; authURL=false"
    assert said(DIALECT, line) == []
