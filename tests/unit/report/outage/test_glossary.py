"""The words of a report."""

from farshore.report.outage.glossary import terms


def test_the_codes_that_are_used_are_explained_and_no_others() -> None:
    used = [
        each.term for each in terms(("tailnet.dial.no-answer", "moon.dial.eclipse")) if each.group == "Outcome codes"
    ]
    assert used == ["tailnet.dial.no-answer"]


def test_socks_says_that_one_names_no_cause() -> None:
    (one,) = [each for each in terms(()) if each.group == "SOCKS5 replies" and each.term == "1"]
    assert "names no cause" in one.meaning
    assert {"FIN", "RST"} <= {each.term for each in terms(()) if each.group == "How TCP ends"}
