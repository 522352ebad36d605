import pytest

from farshore.watch.probes import session as module
from farshore.watch.probes.session import MissingExtraError, need
from farshore.watch.probes.sessions.sftp import SftpSession


def test_a_driver_that_is_not_here_is_named_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError) as told:
        need(SftpSession())
    assert str(told.value) == "paramiko is not installed: run pip install 'farshore[sftp]'"
