import re
import sys
from pathlib import Path

import pytest

from farshore.app import reference
from farshore.app.exits import Exit
from farshore.config.load import parse
from farshore.core.outcome import Code, Who
from farshore.surface.described import METRICS

DOCS = Path(__file__).parents[3] / "docs"


def test_the_pages_say_what_the_code_says() -> None:
    assert reference.outdated(DOCS) == []


def test_every_code_metric_and_exit_has_its_row() -> None:
    outcomes, metrics, exits = reference.outcomes(), reference.metrics(), reference.exit_codes()
    assert [code for code in Code if f"| `{code.value}` |" not in outcomes] == []
    assert [metric.name for metric in METRICS if f"| `{metric.name}` |" not in metrics] == []
    assert [code for code in Exit if f"| {code.value} | " not in exits] == []
    assert set(reference.WHO) == set(Who)


def test_check_fails_on_an_outdated_page_and_writing_mends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "DOCS", tmp_path)
    monkeypatch.setattr(sys, "argv", ["reference", "--check"])
    assert reference.main() == Exit.FAILED
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(sys, "argv", ["reference"])
    assert reference.main() == Exit.OK
    monkeypatch.setattr(sys, "argv", ["reference", "--check"])
    assert reference.main() == Exit.OK


def test_the_readme_shows_a_configuration_that_runs_and_no_dead_link() -> None:
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)
    assert [parse(block.encode(), "README.md").problems for block in blocks] == [()]
    links = re.findall(r"\]\(([^)#:]+)\)", readme)
    assert links
    assert [link for link in links if not (DOCS.parent / link).exists()] == []
