import pytest

from farshore.watch.probes.login import Login
from farshore.watch.probes.session import AnsweredError
from farshore.watch.probes.sessions.sftp import _know

# printf key | sha256sum | xxd -r -p | base64
FINGERPRINT = "SHA256:LHDhK3oGRvkiefQnx7OOczTY5Tic/xZ6HcMOc/gmtoM"


def test_a_key_that_is_known_by_its_fingerprint() -> None:
    with pytest.raises(AnsweredError, match="no password was sent") as told:
        _know(b"key", Login(user="a", host_key="SHA256:other"))
    seen = str(told.value).split()[4].rstrip(",")
    assert seen == FINGERPRINT
    _know(b"key", Login(user="a", host_key=FINGERPRINT))
