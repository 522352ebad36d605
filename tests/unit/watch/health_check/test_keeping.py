from pathlib import Path

from tests.unit.watch.health_check.checks import done, plan
from tests.unit.watch.health_check.test_figures import kept

from farshore.store.database import NotOpened
from farshore.watch.health_check.keeping import kept_of, latest


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    probes = [done(0), done(1, "target.dial.refused", late_us=7)]
    read = kept(tmp_path / "journal.db", plan(), probes)
    assert (read.plan, read.probes) == (plan(), tuple(probes))


def test_a_check_goes_on_after_the_last_number_that_was_written(tmp_path: Path) -> None:
    read = kept(tmp_path / "journal.db", plan(planned=3), [done(1)])
    assert (read.next, read.is_finished) == (2, False)
    assert kept(tmp_path / "other.db", plan(planned=2), [done(1)]).is_finished
    assert kept(tmp_path / "third.db", plan(), []).next == 0


def test_another_subject_has_no_check_there(tmp_path: Path) -> None:
    kept(tmp_path / "journal.db", plan(), [done(0)])
    assert latest(tmp_path / "journal.db", "hr") is None
    assert kept_of(tmp_path / "journal.db", 7) is None
    assert isinstance(latest(tmp_path / "none.db", "erp"), NotOpened)


def test_a_check_is_read_by_its_number_whatever_began_after_it(tmp_path: Path) -> None:
    read = kept(tmp_path / "journal.db", plan(), [done(0)])
    assert kept_of(tmp_path / "journal.db", read.plan.check) == read
