import msgspec
from tests.unit.diagnosis.making import failed

from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.evidence import Origin, Unread
from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.facts.flows import PolicyDenied
from farshore.report.html import code, render_html


def test_a_page_with_the_verdict_the_broken_hop_and_the_remedies() -> None:
    page = render_html(diagnose([failed(Wording.DIAL_SELF)]))
    assert "<title>M07 Route missing" in page
    assert '<li class="broken" aria-current="true">tailnet</li>' in page
    assert "tailscale set --accept-routes" in page


def test_an_undecided_page_names_its_candidates() -> None:
    page = render_html(diagnose([failed(Wording.DEADLINE)]))
    assert "<title>Undecided between M01" in page
    assert page.count("<li>M01 Zombie router") == 1


def test_words_between_backticks_are_code() -> None:
    page = render_html(diagnose([failed()]))
    assert "<code>" in page
    assert "`" not in page


def test_several_problems_are_counted_at_the_top_and_each_has_its_heading() -> None:
    denied = PolicyDenied(evidence=Origin(source="hubble.jsonl").evidence("denied", line=1), count=3)
    page = render_html(diagnose([failed(Wording.TAILNET_REFUSED), denied]))
    assert "<h1>2 independent problems, the gravest first</h1>" in page
    assert page.count("<h2>") == 2


def test_hostile_names_are_text_wherever_they_stand() -> None:
    hostile = '<img src=x onerror=alert(1)>`<b>`"&'
    assert code(hostile) == "&lt;img src=x onerror=alert(1)&gt;<code>&lt;b&gt;</code>&#34;&amp;"
    facts = [msgspec.structs.replace(failed(Wording.DIAL_SELF), evidence=Origin(source=hostile).evidence(hostile))]
    facts += [msgspec.structs.replace(failed(Wording.DEADLINE), evidence=Origin(source=hostile).evidence(hostile))]
    page = render_html(diagnose(facts, [Unread(source=hostile, reason=hostile, position=hostile)]))
    assert "&lt;img" in page
    assert "<img" not in page
    assert "<b>" not in page


def test_nothing_is_loaded_or_run_and_the_input_is_escaped() -> None:
    page = render_html(diagnose([failed()], [Unread(source="x", reason="<script>alert(1)</script>")]))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "src=" not in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
