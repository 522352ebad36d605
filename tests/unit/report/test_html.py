from tests.unit.diagnosis.making import failed

from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.evidence import Unread
from farshore.diagnosis.facts.dials import Wording
from farshore.report.html import render_html


def test_a_page_with_the_verdict_the_broken_hop_and_the_remedies() -> None:
    page = render_html(diagnose([failed(Wording.DIAL_SELF)]))
    assert "<title>M07 Route missing" in page
    assert '<li class="broken" aria-current="true">tailnet</li>' in page
    assert "tailscale set --accept-routes" in page


def test_nothing_is_loaded_or_run_and_the_input_is_escaped() -> None:
    page = render_html(diagnose([failed()], [Unread(source="x", reason="<script>alert(1)</script>")]))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "src=" not in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
