"""Every text of the dictionary is on the page, under what the diagnosis itself makes of it."""

import re

import pytest

from farshore.diagnosis.causes import CATALOGUE
from farshore.diagnosis.facts.clients import Symptom
from farshore.diagnosis.readers.log import dialects
from farshore.report import when_it_breaks
from farshore.report.when_it_breaks import PROVES, SAMPLES, tables, understood, when_it_breaks_markdown

PAGE = when_it_breaks_markdown()
# What they say is Farshore's own: outcomes, causes, events.
OWN = {"Farshore", "Farshore (events)"}
# Told of relays alone, it is no error that anybody sees.
UNSEEN = {"tailscaled (relays)"}
TEXTS = [(table.name, words, symptom) for table in tables() for words, symptom in table.texts]


def test_every_speaker_of_the_dictionary_is_on_the_page() -> None:
    shown = {table.name for table in tables()} | {understood(sample)[0] for sample in SAMPLES}
    assert {dialect.name for dialect in dialects()} - shown == OWN | UNSEEN
    assert len(TEXTS) > 200


@pytest.mark.parametrize(("speaker", "words", "symptom"), TEXTS)
def test_every_text_has_a_row_with_what_it_proves(speaker: str, words: tuple[str, ...], symptom: Symptom) -> None:
    row = " … ".join(f"`{word.strip()}`" for word in words if word.strip())
    assert f"\n| {row} | {symptom} | " in PAGE, speaker


@pytest.mark.parametrize("line", SAMPLES)
def test_every_line_is_one_that_the_diagnosis_understands(line: str) -> None:
    assert understood(line)[0]
    assert f"\n| `{line}` | " in PAGE


def test_a_line_of_nobody_is_understood_by_none() -> None:
    assert understood("the weather is fine") == ("", [])


def test_what_is_proven_leads_to_the_causes_that_the_engine_finds() -> None:
    assert set(PROVES) == set(Symptom)
    rows = dict(re.findall(r"(?m)^\| ([a-z-]+) \| [^|]+ \| (.*) \|$", PAGE))
    assert re.findall(r"\[(M\d+)\]", rows[Symptom.RESET_BEFORE_REPLY]) == ["M05", "M06", "M07"]
    assert re.findall(r"\[(M\d+)\]", rows[Symptom.REDIRECTED]) == ["M40"]
    assert [symptom for symptom in Symptom if "[M" not in rows[symptom]] == [Symptom.POOL_EXHAUSTED, Symptom.OTHER]


def test_a_line_that_harms_nobody_alone_is_read_beside_a_failure() -> None:
    dropped = next(line for line in PAGE.splitlines() if line.startswith("| `Drop: TCP{"))
    assert "[M09](causes/M09.md)" in dropped


def test_most_of_the_catalogue_can_be_reached_from_a_text() -> None:
    reached = set(re.findall(r"\(causes/(M\d+)\.md\)", PAGE))
    assert reached <= {cause.code for cause in CATALOGUE}
    assert len(reached) > 24
    assert when_it_breaks.TITLES.keys() == {table.name for table in tables()}
