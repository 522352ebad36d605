from tests.unit.diagnosis.making import failed

from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.evidence import Unread
from farshore.diagnosis.facts.dials import Wording
from farshore.report.markdown import render_markdown


def test_a_verdict_a_table_of_remedies_and_pointers() -> None:
    text = render_markdown(diagnose([failed(Wording.DIAL_SELF)]))
    assert "## 1. M07 " in text
    assert "(`made.log:" in text
    assert "| tailnet administrator |" in text


def test_undecided_shows_the_command_and_the_whole_argument_on_demand() -> None:
    found = diagnose([failed()])
    assert "## 1. Undecided between M01, M05, M06, M07" in render_markdown(found)
    assert "```console\nkubectl logs" in render_markdown(found)
    assert "### M05" in render_markdown(found, why=True)


def test_the_input_cant_write_markdown_of_its_own() -> None:
    text = render_markdown(diagnose([failed()], [Unread(source="a`b", reason="<script> [x](y) *b*")]))
    assert "- `a'b` : \\<script> \\[x](y) \\*b\\*" in text


def test_code_stays_code_unless_its_backticks_could_be_read_another_way() -> None:
    reason = "says `dial [::1]` of *it*"
    assert "says `dial [::1]` of \\*it\\*" in render_markdown(diagnose([], [Unread(source="a", reason=reason)]))
    for hostile in ("odd ` [x](y)", "`` ` [x](y) ` ``", "``[x](y)``"):
        assert "\\[x](y)" in render_markdown(diagnose([], [Unread(source="a", reason=hostile)]))


def test_where_nothing_is_said_it_tells_what_gathers_more() -> None:
    assert "```console\nfarshore doctor HOST:PORT --bundle" in render_markdown(diagnose([]))
