from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from farshore.config.egresses import ConnectEgress, DirectEgress, Egress, Socks5Egress, TailscaledEgress, socket_of

EGRESS: TypeAdapter[Egress] = TypeAdapter(Egress)


@pytest.mark.parametrize(
    ("written", "egress"),
    [
        ({"kind": "tailscaled"}, TailscaledEgress),
        ({"kind": "socks5", "address": "127.0.0.1:1055"}, Socks5Egress),
        ({"kind": "connect", "address": "127.0.0.1:1056"}, ConnectEgress),
        ({"kind": "direct"}, DirectEgress),
    ],
)
def test_the_kind_says_which_fields_there_are(written: dict[str, object], egress: type) -> None:
    assert type(EGRESS.validate_python(written)) is egress


@pytest.mark.parametrize("written", [{}, {"kind": "socks4"}, {"kind": "direct", "address": "127.0.0.1:1055"}])
def test_another_kind_or_the_fields_of_another_are_refused(written: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        EGRESS.validate_python(written)


@pytest.mark.parametrize(
    ("written", "socket"),
    [
        ({"kind": "tailscaled", "socket": "/s"}, Path("/s")),
        ({"kind": "socks5", "address": "127.0.0.1:1055", "localapi": "/s"}, Path("/s")),
        ({"kind": "direct"}, None),
    ],
)
def test_its_socket_is_known_where_it_is_named(written: dict[str, object], socket: Path | None) -> None:
    assert socket_of(EGRESS.validate_python(written)) == socket
