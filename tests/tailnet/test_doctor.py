"""`farshore doctor` on a real tailnet, and `farshore diagnose` on what it wrote: for each fault the exact answer.

Each scenario declares who saw it: the gateway alone, or also a log that somebody brought from elsewhere. Where nothing
at hand can tell, the answer is undecided, and between which causes.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.tailnet.harness.diagnosing import Ledger, Scenario, Scene
from tests.tailnet.harness.tailnet import Tailnet
from tests.tailnet.truth import SCENARIOS
from tests.tailnet.truth_clients import CLIENT_SCENARIOS

from farshore.app.cli import run


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    """What was answered, for the table at the end."""
    kept = Ledger()
    yield kept
    kept.tell()


@pytest.mark.parametrize("scenario", [*SCENARIOS, *CLIENT_SCENARIOS], ids=lambda scenario: scenario.name)
def test_the_answer(
    scenario: Scenario, tailnet: Tailnet, ledger: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = Scene(tailnet=tailnet, folder=tmp_path)
    with scenario.strike(scene):
        said = scene.doctor()
        brought = scene.bring(scenario.brings)
    run(["diagnose", str(scene.bundle), "--format", "json"])
    again = json.loads(capsys.readouterr().out)
    rows = [
        ledger.note(scenario.name, "gateway", scenario.answer, "doctor", said),
        ledger.note(scenario.name, "gateway", scenario.answer, "diagnose", again),
    ]
    if scenario.with_what_was_brought is not None:
        run(["diagnose", str(scene.bundle), *map(str, brought), "--target", scene.target, "--format", "json"])
        more = json.loads(capsys.readouterr().out)
        observers = f"gateway, {', '.join(scenario.brings)}"
        rows.append(ledger.note(scenario.name, observers, scenario.with_what_was_brought, "diagnose", more))
    scene.check_archive()
    wrong = [row for row in rows if not row.is_right]
    if wrong:
        run(["diagnose", str(scene.bundle), "--why"])
        told = "\n".join((capsys.readouterr().out, *scene.said.values()))
        pytest.fail(f"{[(row.by, row.observers, row.expected, row.given) for row in wrong]}\n{told}")
