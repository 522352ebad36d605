from farshore.watch.probes.sessions.oracle import REDIRECTS, OracleSession


def test_a_redirect_is_followed_by_nobody() -> None:
    assert OracleSession().guard(bytes.fromhex("0020 0000 05 00 0000")) == REDIRECTS


def test_all_else_is_passed_on() -> None:
    for kind in (2, 4, 11):
        assert OracleSession().guard(bytes([0, 32, 0, 0, kind, 0, 0, 0])) is None
    assert OracleSession().guard(b"") is None
