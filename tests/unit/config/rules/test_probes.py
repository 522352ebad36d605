"""Where looking at a target costs it something."""

import pytest
from tests.unit.config.lines import only_problem, only_warning, warnings


def written(protocol: str, probe: str) -> str:
    return f"routes:\n- {{listen: 8082, target: '172.16.20.88:1', protocol: {protocol}, probe: {probe}}}\n"


def test_connections_that_hang_up_may_block_the_router_at_a_mysql_server() -> None:
    line = only_warning(written("mysql", "tcp"))
    assert "routes[0].probe: expected greeting or none for mysql, unless the server never blocks a host" in line
    assert "max_connect_errors" in line


@pytest.mark.parametrize(
    ("protocol", "probe"),
    [
        ("mysql", "none"),
        ("mysql", "null"),
        ("mysql", "greeting"),
        ("oracle", "greeting"),
        ("oracle", "tcp"),
        ("postgres", "greeting"),
        ("tcp", "greeting"),
    ],
)
def test_the_rest_is_free(protocol: str, probe: str) -> None:
    assert warnings(written(protocol, probe)) == []


KEY = "SHA256:" + "a" * 43


def with_login(protocol: str, login: str) -> str:
    return f"routes:\n- {{listen: 8082, target: '172.16.20.88:1', protocol: {protocol}, probe_login: {{{login}}}}}\n"


@pytest.mark.parametrize(
    ("protocol", "login", "words"),
    [
        ("tcp", "user: a", "expected probe_login: beside the protocol of a database, ftp or sftp, found protocol: tcp"),
        ("postgres", "user: a, password: {}", "probe_login.password: expected file: or env:, found neither"),
        ("postgres", "user: a, password: {file: /a, env: B}", "expected file: or env:, found both"),
        ("oracle", "user: a", "expected database: the service, found no such field"),
        ("ftp", "user: a, database: b", "expected no database for ftp and sftp"),
        ("sftp", "user: a, ca_file: /a, host_key: '" + KEY + "'", "expected no ca_file for ftp and sftp"),
        ("ftp", "user: a, key_file: /a", "expected for sftp only"),
        ("sftp", "user: a", "expected host_key:, found no such field"),
        ("sftp", "user: a, host_key: MD5", "expected for sftp only, SHA256: and 43 characters"),
        ("mysql", "user: a, host_key: '" + KEY + "'", "expected for sftp only"),
    ],
)
def test_a_login_is_whole_and_fits_its_protocol(protocol: str, login: str, words: str) -> None:
    assert words in only_problem(with_login(protocol, login))


def test_a_password_in_the_place_of_a_variable_is_not_quoted() -> None:
    line = only_problem(with_login("postgres", "user: a, password: {env: 'Secret-123!'}"))
    assert "expected the name of a variable, such as DB_PROBE_PASSWORD" in line
    assert "Secret" not in line


@pytest.mark.parametrize(
    ("protocol", "login"),
    [
        ("postgres", "user: a, password: {env: B}, query: SELECT now()"),
        ("sqlserver", "user: a, password: {file: /run/secrets/b}, ca_file: /etc/ca.pem"),
        ("oracle", "user: a, database: FREEPDB1"),
        ("ftp", "user: anonymous"),
        ("sftp", "user: a, host_key: '" + KEY + "'"),
        ("sftp", "user: a, key_file: /a, password: {env: B}, host_key: '" + KEY + "'"),
    ],
)
def test_a_login_that_is_whole_is_free(protocol: str, login: str) -> None:
    assert warnings(with_login(protocol, login)) == []


@pytest.mark.parametrize("password", ["Secret-123!", "{plain: Secret-123!}", "{file: Secret-123!}"])
def test_a_password_that_stands_in_the_file_is_not_quoted(password: str) -> None:
    assert "Secret" not in only_problem(with_login("postgres", f"user: a, password: {password}"))
