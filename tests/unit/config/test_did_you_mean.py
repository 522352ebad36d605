import pytest

from farshore.config.did_you_mean import did_you_mean, nearest

PROTOCOLS = ("tcp", "sqlserver", "postgres", "mysql", "oracle", "ftp", "sftp")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlsever", "sqlserver"),
        ("SqlServer", "sqlserver"),
        ("sql-server", "sqlserver"),
        ("mssql", "sqlserver"),
        ("postgresql", "postgres"),
        ("mariadb", "mysql"),
        ("xyzzy", None),
        ("", None),
    ],
)
def test_the_nearest_word_is_found_by_spelling_or_by_another_name(written: str, meant: str | None) -> None:
    assert nearest(written, PROTOCOLS) == meant


def test_case_and_punctuation_do_not_matter() -> None:
    assert did_you_mean("listenHost", ["listen_host", "routes"]) == "did you mean listen_host?"


def test_another_name_is_only_offered_where_it_is_known() -> None:
    assert nearest("mssql", ["tcp", "ftp"]) is None


def test_a_word_that_is_merely_somewhat_alike_is_not_offered() -> None:
    assert did_you_mean("retires", ["egress", "resolve", "target"]) is None
