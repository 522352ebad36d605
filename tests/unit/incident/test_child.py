"""A program beside the gateway that answers, dies or hangs."""

import os
import sys

import pytest

from farshore.incident.child import NICER, ChildFailedError, output

pytestmark = pytest.mark.anyio


def python(program: str) -> tuple[str, ...]:
    return (sys.executable, "-c", program)


async def test_what_it_printed_is_told_and_it_is_nicer_than_others() -> None:
    said = await output(python("import os; print(os.nice(0))"), "it", well={0}, within_s=30)
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
        await output(command, "it", well={0, 3}, within_s=0.3 if "sleep" in command[-1] else 30)


async def test_another_exit_code_may_mean_well() -> None:
    assert await output(python("import sys; print(1); sys.exit(3)"), "it", well={0, 3}, within_s=30) == b"1\n"
