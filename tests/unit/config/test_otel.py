import pytest
from tests.unit.config.lines import ROUTE, loaded, only_problem

from farshore.config.otel import Otel


def test_nothing_is_sent_anywhere_unless_it_is_asked_for() -> None:
    config = loaded(f"routes: [{ROUTE}]").config
    assert config is not None
    assert config.otel is None


def test_a_collector_may_have_a_path() -> None:
    config = loaded(f"routes: [{ROUTE}]\notel: {{endpoint: 'https://collector.example/otlp/'}}").config
    assert config is not None
    assert config.otel == Otel(endpoint="https://collector.example/otlp")
    assert (config.otel.traces, config.otel.metrics) == (True, True)


@pytest.mark.parametrize(
    "endpoint", ["collector:4318", "ftp://c", "http://", "http://c:99999", "http://c/?k=1", "http://[c", "7"]
)
def test_what_is_no_collector_is_refused_with_an_example(endpoint: str) -> None:
    assert "otel.endpoint: expected the URL of a collector, such as http://collector:4318" in only_problem(
        f"routes: [{ROUTE}]\notel: {{endpoint: '{endpoint}'}}"
    )


def test_a_password_in_the_url_is_refused_and_not_repeated() -> None:
    problem = only_problem(f"routes: [{ROUTE}]\notel: {{endpoint: 'http://me:k3ys3cret@c:4318'}}")
    assert "a password belongs into `headers:`" in problem
    assert "k3ys3cret" not in problem
