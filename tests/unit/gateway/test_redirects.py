import pytest

from farshore.gateway.redirects import remedy


@pytest.mark.parametrize(("protocol", "word"), [("oracle", "SERVER=DEDICATED"), ("sqlserver", "ApplicationIntent")])
def test_it_names_the_route_that_is_needed_and_what_makes_do_without(protocol: str, word: str) -> None:
    said = remedy(protocol, "10.2.0.7:1526")
    assert said.startswith("Add a route with `listen: 1526` and `target: 10.2.0.7:1526`, and let 10.2.0.7 stand")
    assert word in said
