import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import SUBNET

from farshore.diagnosis.misreadings.f16 import MISREADING

COMMAND = f"tailscale up --advertise-routes={SUBNET}"


# The command that is claimed to help is itself what shows what it does.
ROWS = [Claim(f"{COMMAND} --reset", (), ("1.txt:7",), COMMAND, ())]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_command_itself_shows_what_it_resets(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()


def test_without_the_flag_or_without_the_command_nothing_is_claimed_or_refuted() -> None:
    assert refuted(MISREADING, COMMAND, ()) == ()
    assert refuted(MISREADING, "It is mended by --reset", ()) == ()
