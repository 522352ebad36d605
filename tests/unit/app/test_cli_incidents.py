import pytest

from farshore.app.cli import run
from farshore.app.exits import Exit


@pytest.mark.parametrize(("command", "says"), [((), "Outages that a gateway has noticed"), (("show",), "who mends it")])
def test_what_may_be_asked_is_explained(
    command: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["incidents", *command, "--help"]) is Exit.OK
    told = capsys.readouterr().out
    assert says in told
    assert {word for word in told.split() if word.startswith("--")} >= {"--url", "--format"}
