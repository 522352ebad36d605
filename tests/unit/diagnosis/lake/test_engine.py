from importlib.resources import files

from farshore.diagnosis.lake.engine import FLOWS, materialise, sql
from farshore.diagnosis.lake.sqlite import SqliteEngine


def test_every_statement_is_a_single_query_that_says_what_it_is_for() -> None:
    names = [file.name.removesuffix(".sql") for file in files("farshore.diagnosis").joinpath("sql").iterdir()]
    assert "connections" in names
    for name in names:
        assert sql(name).startswith("-- "), name
        assert ";" not in sql(name), name


def test_a_table_is_defined_by_its_columns() -> None:
    engine = SqliteEngine()
    engine.run(FLOWS.create)
    assert engine.run("SELECT COUNT(*) AS rows_ FROM flows") == [{"rows_": 0}]


def test_what_is_materialised_stays() -> None:
    engine = SqliteEngine()
    engine.run("CREATE TABLE connections (attempted BIGINT)")
    engine.run("CREATE TABLE denied_packets (source VARCHAR, destination VARCHAR, port BIGINT, protocol VARCHAR, "
               "direction VARCHAR, reason VARCHAR, seq BIGINT, at_us BIGINT)")  # fmt: skip
    materialise(engine, "denials")
    engine.run("INSERT INTO denied_packets VALUES ('a', 'b', 1, 'TCP', '', '', 0, 0)")
    assert engine.run("SELECT * FROM denials") == []
