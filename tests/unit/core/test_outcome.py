import re

import pytest

from farshore.core.outcome import MEANINGS, ClientEnd, Code, Phase, Who

CLOSED_VOCABULARY = re.compile(r"[a-z]+\.[a-z-]+\.[a-z-]+")


@pytest.mark.parametrize("code", Code)
def test_a_code_reads_who_when_why(code: Code) -> None:
    assert CLOSED_VOCABULARY.fullmatch(code.value)
    assert f"{code.who}.{code.phase}.{code.why}" == code.value
    assert code.who in Who
    assert code.phase in Phase


def test_the_three_parts_of_one_code() -> None:
    assert Code.LEAK.who is Who.TAILNET
    assert Code.LEAK.phase is Phase.DIAL
    assert Code.LEAK.why == "leak"


def test_every_code_has_a_meaning_and_nothing_else_has() -> None:
    assert set(MEANINGS) == set(Code)


@pytest.mark.parametrize("code", Code)
def test_a_meaning_tells_a_person_what_it_is_and_what_to_do(code: Code) -> None:
    meaning = MEANINGS[code]

    assert meaning.summary.endswith(".")
    assert meaning.remedy.endswith((".", "`."))
    assert meaning.summary != meaning.remedy


def test_no_two_codes_say_the_same() -> None:
    summaries = [meaning.summary for meaning in MEANINGS.values()]

    assert len(set(summaries)) == len(summaries)


@pytest.mark.parametrize("code", [code for code in Code if code.phase in {Phase.ACCEPT, Phase.CONNECT, Phase.DIAL}])
def test_a_client_that_never_reached_its_target_is_never_shown_an_orderly_end(code: Code) -> None:
    assert MEANINGS[code].client_end is not ClientEnd.FIN


@pytest.mark.parametrize("code", [code for code in Code if not MEANINGS[code].is_failure])
def test_what_is_no_failure_is_the_clients_doing_or_an_orderly_end(code: Code) -> None:
    assert code.who is Who.CLIENT or MEANINGS[code].client_end is ClientEnd.FIN
