import pytest

from farshore.diagnosis.lake.engine import INTEGER, TEXT, Table
from farshore.diagnosis.lake.sqlite import SqliteEngine

FISH = Table("fish", (("name", TEXT), ("count", INTEGER)))


def test_rows_come_back_as_they_went_in() -> None:
    engine = SqliteEngine()
    engine.run(FISH.create)
    engine.insert(FISH, iter([("cod", 3), ("hake", 2**62)]))
    assert engine.run("SELECT * FROM fish ORDER BY name") == [
        {"name": "cod", "count": 3},
        {"name": "hake", "count": 2**62},
    ]


def test_nothing_is_left_after_closing() -> None:
    engine = SqliteEngine()
    engine.close()
    with pytest.raises(Exception, match="closed"):
        engine.run("SELECT 1")
