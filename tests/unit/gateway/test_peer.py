import pytest

from farshore.gateway.peer import label


@pytest.mark.parametrize(("host", "text"), [("10.0.0.1", "10.0.0.1:5"), ("::1", "[::1]:5")])
def test_a_client_is_written_as_people_do(host: str, text: str) -> None:
    assert label((host, 5)) == text
