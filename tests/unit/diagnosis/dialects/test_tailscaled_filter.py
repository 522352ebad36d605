from tests.unit.diagnosis.making import said

from farshore.diagnosis.dialects.tailscaled_filter import DIALECT
from farshore.diagnosis.facts.dials import RouterDropped, RouterRefusedWork


def test_a_drop_names_the_target_and_the_filters_reason() -> None:
    (dropped,) = said(DIALECT, "Drop: TCP{100.64.0.1:59749 > 10.9.8.7:1433} 60 no rules matched")
    assert isinstance(dropped, RouterDropped)
    assert (str(dropped.target), dropped.reason) == ("10.9.8.7:1433", "no rules matched")


def test_the_limit_of_dials_in_flight() -> None:
    text = (
        "netstack: ignoring a new TCP connection from 10.9.8.7 to 100.64.0.1 because the client already has 1365 "
        "in-flight connections"
    )
    (limit,) = said(DIALECT, text)
    assert isinstance(limit, RouterRefusedWork)
    assert limit.in_flight == 1365


def test_an_accepted_packet_is_no_drop() -> None:
    assert said(DIALECT, "Accept: TCP{100.64.0.1:26930 > 10.9.8.7:443} 40 tcp non-syn") == []
