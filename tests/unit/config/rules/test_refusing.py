import pytest
from tests.unit.config.lines import ROUTE, only_problem, warnings


def test_a_certificate_stands_with_its_key() -> None:
    assert warnings(f"routes: [{ROUTE}]\nrefuse_tls: {{certificate: /c, key: /k}}") == []


@pytest.mark.parametrize(("there", "missing"), [("certificate", "key"), ("key", "certificate")])
def test_neither_stands_alone(there: str, missing: str) -> None:
    told = only_problem(f"routes: [{ROUTE}]\nrefuse_tls: {{{there}: /c}}")
    assert f"refuse_tls.{missing}: expected {missing}: beside {there}:, found no such field" in told
