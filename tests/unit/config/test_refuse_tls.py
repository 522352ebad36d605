import pytest
from tests.unit.config.lines import ROUTE, loaded, only_problem

from farshore.config.refuse_tls import RefuseTls


@pytest.mark.parametrize(
    ("section", "expected"),
    [("", RefuseTls()), ("refuse_tls: {}", RefuseTls()), ("refuse_tls: null", None)],
)
def test_a_certificate_need_not_be_named_and_tls_need_not_be_spoken(section: str, expected: RefuseTls | None) -> None:
    config = loaded(f"routes: [{ROUTE}]\n{section}").config
    assert config is not None
    assert config.refuse_tls == expected


def test_a_file_is_named_from_the_root() -> None:
    text = f"routes: [{ROUTE}]\nrefuse_tls: {{certificate: tls.crt, key: /k}}"
    assert "refuse_tls.certificate: expected an absolute path" in only_problem(text)
