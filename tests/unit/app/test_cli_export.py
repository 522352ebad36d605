import json

import pytest
import yaml

from farshore.app.cli import run
from farshore.app.exits import Exit


def test_each_is_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "prometheus-rules", "--job", "gateways"]) == Exit.OK
    rules = yaml.safe_load(capsys.readouterr().out)
    assert 'job="gateways"' in str(rules)
    assert run(["export", "grafana"]) == Exit.OK
    assert json.loads(capsys.readouterr().out)["title"] == "Farshore"
    assert run(["export", "alertmanager"]) == Exit.OK
    assert yaml.safe_load(capsys.readouterr().out)["receivers"] == [{"name": "farshore"}]
