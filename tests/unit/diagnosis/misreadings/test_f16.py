from tests.unit.diagnosis.claiming import refuted
from tests.unit.diagnosis.texts import SUBNET

from farshore.diagnosis.misreadings.f16 import MISREADING

COMMAND = f"tailscale up --advertise-routes={SUBNET}"


def test_the_command_itself_shows_what_it_resets() -> None:
    assert refuted(MISREADING, f"{COMMAND} --reset", ()) == ("1.txt:7",)


def test_without_the_flag_or_without_the_command_nothing_is_claimed_or_refuted() -> None:
    assert refuted(MISREADING, COMMAND, ()) == ()
    assert refuted(MISREADING, "It is mended by --reset", ()) == ()
