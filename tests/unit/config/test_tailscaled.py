import pytest

from farshore.config.tailscaled import Tailscaled


@pytest.mark.parametrize(
    ("written", "logs_out"),
    [
        ({}, True),
        ({"state_dir": "/s"}, False),
        ({"state_dir": "/s", "logout": True}, True),
        ({"logout": False}, False),
    ],
)
def test_a_node_that_is_not_kept_is_logged_out(written: dict[str, object], logs_out: bool) -> None:  # noqa: FBT001 - a table's column
    assert Tailscaled.model_validate(written).logs_out is logs_out


def test_its_socks5_port_is_on_loopback_unless_there_is_to_be_none() -> None:
    assert str(Tailscaled().socks5) == "127.0.0.1:1055"
    assert Tailscaled.model_validate({"socks5": None}).socks5 is None
