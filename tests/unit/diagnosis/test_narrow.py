from tests.unit.diagnosis.making import TARGET, failed, moment, pong

from farshore.diagnosis.narrow import Narrow


def test_it_keeps_the_moment_and_what_bears_no_time() -> None:
    then, later, undated = failed(time=moment("05:00")), failed(time=moment("06:00")), failed()
    assert Narrow(at=moment("05:05").at).keep([then, later, undated]) == [then, undated]
    assert Narrow(since=moment("05:30").at).keep([then, later, undated]) == [later, undated]


def test_it_keeps_the_target_and_what_names_none() -> None:
    mine, other, ping = failed(), failed(target="10.9.8.9:5432"), pong("100.64.0.2")
    assert Narrow(target=TARGET).keep([mine, other, ping]) == [mine, ping]
    assert Narrow().keep([mine, other, ping]) == [mine, other, ping]
