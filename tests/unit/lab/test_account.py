"""Counters of one peer."""

from farshore.lab.account import Account


def test_every_dial_without_a_session_costs_a_handshake_initiation() -> None:
    account = Account()
    for number in range(65):
        account.attempted(1000.0 + number)
    assert (account.tx_bytes, account.rx_bytes, account.last_handshake_s) == (10140, 0, 0.0)
    assert not account.has_session(1065.0)


def test_a_session_lasts_180_seconds_and_activity_45() -> None:
    account = Account()
    account.attempted(1000.0)
    account.reached(1000.0)
    account.attempted(1010.0)
    account.reached(1010.0)
    assert (account.tx_bytes, account.last_handshake_s) == (156, 1000.0)
    assert [account.has_session(second) for second in (1000.0, 1179.0, 1180.0)] == [True, True, False]
    assert [account.is_active(second) for second in (1010.0, 1054.0, 1055.0)] == [True, True, False]
    assert not Account().is_active(1.0)
