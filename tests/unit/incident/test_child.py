"""A program beside the gateway that answers, dies or hangs."""

import os
import sys

import pytest

from farshore.incident.child import NICER, ChildFailedError, Given, Surroundings, output

pytestmark = pytest.mark.anyio
GIVEN = Surroundings(environment=os.environ, hidden=tuple).given()


def python(program: str) -> tuple[str, ...]:
    return (sys.executable, "-c", program)


async def test_what_it_printed_is_told_and_it_is_nicer_than_others() -> None:
    said = await output(python("import os; print(os.nice(0))"), "it", well={0}, within_s=30, given=GIVEN)
    assert int(said) == os.nice(0) + NICER


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (python("import sys; print('no luck', file=sys.stderr); sys.exit(7)"), "it ended with 7: no luck"),
        (("/nowhere/at/all",), "it cannot be started"),
        (python("import time; time.sleep(60)"), "it did not end within 0.3 s"),
    ],
)
async def test_why_it_did_not_is_said(command: tuple[str, ...], said: str) -> None:
    with pytest.raises(ChildFailedError, match=said):
        await output(command, "it", well={0, 3}, within_s=0.3 if "sleep" in command[-1] else 30, given=GIVEN)


async def test_another_exit_code_may_mean_well() -> None:
    said = await output(python("import sys; print(1); sys.exit(3)"), "it", well={0, 3}, within_s=30, given=GIVEN)
    assert said == b"1\n"


async def test_of_the_environment_it_gets_what_it_needs_and_secrets_on_its_standard_input() -> None:
    """Read from `/proc`, as others could; a key that it asks the control plane with is named by the configuration."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    secrets = dict.fromkeys(("TS_AUTHKEY", "DB_PASSWORD", "HOOK", "UNRELATED_TOKEN", "XPATH", "PATH_KEY"), "canary")
    around = Surroundings(environment={**kept, **secrets, "API_KEY": "needed"}, hidden=lambda: ["one", "two words"])
    given = around.given([None, "API_KEY", "not-there"])
    assert given.environment == {**kept, "API_KEY": "needed"}
    told = "import sys; print(open('/proc/self/environ').read().count('canary'), sys.stdin.read().splitlines())"
    assert await output(python(told), "it", well={0}, within_s=30, given=given) == b"0 ['one', 'two words']\n"
    assert "needed" not in repr(given)
    assert "two words" not in repr(given)
    assert "canary" not in repr(around)


async def test_what_it_does_not_read_holds_nobody_up() -> None:
    given = Given(environment=GIVEN.environment, told=b"x" * (1 << 20))
    assert await output(python("print(1)"), "it", well={0}, within_s=30, given=given) == b"1\n"
