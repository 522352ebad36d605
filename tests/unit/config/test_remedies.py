import pytest

from farshore.config.remedies import Mode, Remedies
from farshore.core.remedy import Remedy


@pytest.mark.parametrize("remedy", Remedy)
def test_each_remedy_has_the_mode_that_is_written_under_its_name(remedy: Remedy) -> None:
    written = Remedies.model_validate({each.value: "auto" if each is remedy else "off" for each in Remedy})
    assert {each: written.mode(each) for each in Remedy} == dict.fromkeys(Remedy, Mode.OFF) | {remedy: Mode.AUTO}


def test_what_others_would_feel_is_only_suggested_unless_somebody_allows_it() -> None:
    asked = {remedy for remedy in Remedy if Remedies().mode(remedy) is Mode.SUGGEST}
    assert asked == {Remedy.BREAK_DERP, Remedy.RESTART, Remedy.MOVE}
