from tests.unit.diagnosis.reading import read_by

from farshore.diagnosis.facts.dials import DialFailed, DialSucceeded, Wording

NAME = "tailscale debug dial-types"


def test_only_the_dialer_of_the_proxies_counts_as_a_dial() -> None:
    facts = read_by(
        NAME,
        "$ tailscale debug dial-types 10.9.8.7 1433\n[UserDial] connected=true err=<nil>\n"
        "[SystemDial] connected=false err=dial tcp 10.9.8.7:1433: i/o timeout\n",
    ).facts
    (made,) = facts
    assert isinstance(made, DialSucceeded)
    assert str(made.target) == "10.9.8.7:1433"


def test_a_refusal_names_its_target_without_the_command() -> None:
    (failed,) = read_by(
        NAME, "[UserDial] connected=false err=connect tcp 10.9.8.7:1433: connection was refused\n"
    ).facts
    assert isinstance(failed, DialFailed)
    assert (str(failed.target), failed.wording) == ("10.9.8.7:1433", Wording.TAILNET_REFUSED)
