import pytest
from tests.unit.config.lines import ROUTE, loaded, only_problem

from farshore.config.notify import CHANNEL_KINDS, Channel, may_show, model_within
from farshore.core.alerts import Severity

SECRET = "https://hooks.example/k3y"


def channels(text: str) -> tuple[Channel, ...]:
    outcome = loaded(f"routes: [{ROUTE}]\nnotify: {text}\n")
    assert outcome.config is not None, [str(each) for each in outcome.problems]
    return outcome.config.notify


def test_nobody_is_told_unless_it_is_written() -> None:
    assert channels("[]") == ()


def test_a_channel_is_told_everything_unless_it_is_written_otherwise() -> None:
    [channel] = channels("[{slack: {url: {env: SLACK_URL}}}]")
    assert (channel.label, channel.kinds) == ("slack", ("slack",))
    assert channel.severities == (Severity.PAGE, Severity.WARNING)
    assert (channel.routes, channel.send_resolved) == ((), True)


def test_all_that_can_be_written_is_taken() -> None:
    [channel] = channels(
        "[{name: ops, alertmanager: {url: {plain: http://am:9093}, headers: {A: {env: B}}, labels: {cluster: x}}, "
        "severities: [page], send_resolved: false}]"
    )
    assert channel.label == "ops"
    assert channel.alertmanager is not None
    assert channel.alertmanager.url.plain is not None
    assert channel.alertmanager.url.plain.get_secret_value() == "http://am:9093"
    assert channel.alertmanager.headers["A"].env == "B"
    assert channel.alertmanager.labels == {"cluster": "x"}


def test_nobody_prints_a_url_by_accident() -> None:
    [channel] = channels(f"[{{webhook: {{url: {{plain: '{SECRET}'}}}}}}]")
    assert "k3y" not in repr(channel)
    assert "k3y" not in channel.model_dump_json()


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f"[{SECRET}]",
        f"[{{slack: {SECRET}}}]",
        f"[{{slack: {{url: {SECRET}}}}}]",
        f"[{{slack: {{url: {{file: {SECRET}}}}}}}]",
        f"[{{slack: {{url: {{env: '{SECRET}'}}}}}}]",
        f"[{{slack: {{url: {{plain: ['{SECRET}']}}}}}}]",
        f"[{{slack: {{url: {{plian: {SECRET}}}}}}}]",
        f"[{{webhook: {{url: {{env: A}}, headers: {{B: {SECRET}}}}}}}]",
        f"[{{webhook: {{url: {{env: A}}, headers: {{B: {{plain: {{c: {SECRET}}}}}}}}}}}]",
    ],
)
def test_a_mistake_never_quotes_what_may_be_a_password(text: str) -> None:
    line = only_problem(f"routes: [{ROUTE}]\nnotify: {text}\n")
    assert line.startswith("f:2:")
    assert "k3y" not in line


def test_what_is_no_password_is_quoted() -> None:
    line = only_problem(f"routes: [{ROUTE}]\nnotify: [{{slack: {{url: {{env: A}}}}, severities: [pgae]}}]\n")
    assert "found pgae (did you mean page?)" in line
    assert [may_show(loc) for loc in (("routes",), ("notify", 0, "name"), ("notify", 0, "slack"))] == [
        True,
        True,
        False,
    ]


def test_a_misspelt_field_is_known_by_those_beside_it() -> None:
    line = only_problem(f"routes: [{ROUTE}]\nnotify: [{{slack: {{urll: {{env: A}}}}}}]\n")
    assert "found urll (did you mean url?)" in line
    assert model_within(["webhook", "headers", "A"]) is model_within(["slack", "url"])
    assert model_within(["webhook"]) is CHANNEL_KINDS["webhook"]
    assert model_within(["webhook", "labels"]) is None
