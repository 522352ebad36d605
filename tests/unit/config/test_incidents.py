from pathlib import Path

import pytest

from farshore.config.incidents import Incidents
from farshore.config.load import parse
from farshore.config.problem import Loaded


def parsed(section: str) -> Loaded:
    return parse(f"routes: [{{listen: 8082, target: 10.0.0.1:1433}}]\n{section}".encode(), "f.yaml")


def test_there_are_none_unless_it_is_written() -> None:
    config = parsed("").config
    assert config is not None
    assert config.incidents is None


def test_every_setting_has_a_default() -> None:
    config = parsed("incidents: {}").config
    assert config is not None
    assert config.incidents == Incidents()
    assert (Incidents().folder, Incidents().keep, Incidents().close_after_s) == (None, 100, 120)


def test_a_folder_and_a_number_are_taken() -> None:
    config = parsed("incidents: {folder: /var/lib/farshore/incidents, keep: 3}").config
    assert config is not None
    assert config.incidents == Incidents(folder=Path("/var/lib/farshore/incidents"), keep=3)


@pytest.mark.parametrize(
    ("section", "field"),
    [("{folder: incidents}", "incidents.folder"), ("{keep: 0}", "incidents.keep"), ("{kept: 3}", "incidents.kept")],
)
def test_anything_else_is_refused_by_its_name(section: str, field: str) -> None:
    loaded = parsed(f"incidents: {section}")
    assert loaded.config is None
    assert [problem.field for problem in loaded.problems] == [field]
