from farshore.diagnosis.cause import words_of
from farshore.diagnosis.causes import CATALOGUE
from farshore.diagnosis.misread import MISREADINGS
from farshore.report.causes import WIDTH, cause_markdown, cause_text, list_text, misreadings_markdown
from farshore.report.selection import is_typed


def test_every_rule_of_every_cause_is_on_its_page() -> None:
    for cause in CATALOGUE:
        page = cause_markdown(cause)
        for rule in (*cause.decides, *cause.points, *cause.allows, *cause.rules_out, *cause.speaks_against):
            assert words_of(rule) in page
        assert all(remedy.owner in page for remedy in cause.remedies)
        assert not any(placeholder in page for placeholder in ("{target}", "{host}", "{port}", "{router}", "{name}"))


def test_the_text_fits_a_terminal_but_for_commands() -> None:
    for cause in CATALOGUE:
        lines = [line for line in cause_text(cause).splitlines() if len(line) > WIDTH]
        assert all(line.startswith("  ") and is_typed(line.strip()) for line in lines)


def test_the_list_has_a_line_each() -> None:
    lines = list_text(CATALOGUE).splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == [cause.code for cause in CATALOGUE]
    assert max(map(len, lines)) <= WIDTH


def test_every_misreading_has_its_row() -> None:
    rows = [line for line in misreadings_markdown(MISREADINGS).splitlines() if line.startswith("| F")]
    assert [row.split(" | ")[0] for row in rows] == [f"| F{number}" for number in range(1, 24)]
