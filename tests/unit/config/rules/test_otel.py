import pytest
from tests.unit.config.lines import only_problem, warnings

OTEL = "routes: [{name: a, listen: 8082, target: 172.16.20.88:1433}]\notel: {endpoint: 'http://c:4318', "


def test_a_header_stands_in_a_file_or_in_the_environment() -> None:
    assert warnings(OTEL + "headers: {Authorization: {file: /run/secrets/otel}, X-Tenant: {env: TENANT}}}") == []


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("traces: false, metrics: false", "otel: expected traces, metrics or both, found neither of them"),
        ("headers: {'a b': {env: A}}", "otel.headers: expected the name of a header that is yours to set, found a b"),
        ("headers: {Host: {env: A}}", "otel.headers: expected the name of a header that is yours to set, found Host"),
        ("headers: {X: {}}", "otel.headers.X: expected one of file:, env: and plain:, found none of them"),
        ("headers: {X: {env: 'k3y s3cret'}}", "otel.headers.X: expected env: the name of a variable"),
    ],
)
def test_what_cannot_be_sent_is_refused(section: str, told: str) -> None:
    problem = only_problem(OTEL + section + "}")
    assert told in problem
    assert "k3y" not in problem
