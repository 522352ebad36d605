"""Both founding outages, from the first failed client to the reports; docs/examples has what one run wrote."""

import json
from pathlib import Path

import pytest
from tests.tailnet.founding import EXAMPLES, NAMES, facts, magnitudes, play
from tests.tailnet.harness.tailnet import Tailnet


def test_both_outages_tell_of_themselves_as_the_examples_do(tailnet: Tailnet, tmp_path: Path) -> None:
    played = play(tailnet, tmp_path)
    for name, incident in zip(NAMES, played.incidents, strict=True):
        report = played.report(name)
        shown = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
        assert report["incidents"] == [incident]
        assert facts(report) == facts(shown)
        assert magnitudes(report) == pytest.approx(magnitudes(shown), abs=1.0)
    first, second = (played.report(name) for name in NAMES)
    assert (first["roots"][0]["code"], bool(first["roots"][0]["target"])) == ("M36", True)
    assert (second["roots"][0]["code"], second["roots"][0]["router"]) == ("M01", "r1")
    assert second["comparison"]["other"] == played.incidents[0]
    assert set(first["routes"]) < set(second["routes"])
    assert not [name for name, report in played.reports.items() if str(tmp_path) in "".join(report.values())]
