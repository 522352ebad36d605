import pytest
from tests.unit.config.lines import only_problem, only_warning, problems, warnings

ROUTES = "routes: [{name: billing, listen: 8082, target: 172.16.20.88:1433}]"


def notify(*channels: str) -> str:
    return f"{ROUTES}\nnotify:\n" + "".join(f"- {channel}\n" for channel in channels)


@pytest.mark.parametrize(
    "channel",
    [
        "webhook: {url: {plain: 'https://tickets.example/x'}, headers: {X-Team: {plain: db}}}",
        "{alertmanager: {url: {plain: 'http://[::1]:9093'}, labels: {cluster: eu}}, routes: [billing]}",
        "google_chat: {url: {file: /run/secrets/chat}}",
        "slack: {url: {env: SLACK_URL}}",
        "apprise: {url: {env: MAIL_URL}}",
    ],
)
def test_what_can_be_told_is_taken_without_a_word(channel: str) -> None:
    assert warnings(notify(channel)) == []


@pytest.mark.parametrize(
    ("channel", "told"),
    [
        (
            "name: x",
            "notify[0]: expected one of webhook, google_chat, slack, alertmanager, apprise, found none of them",
        ),
        ("{webhook: {url: {env: A}}, slack: {url: {env: A}}}", "found webhook, slack"),
        ("slack: {url: {}}", "notify[0].slack.url: expected one of file:, env: and plain:, found none of them"),
        ("webhook: {url: {env: A, plain: 'https://x'}}", "found env, plain"),
        ("webhook: {url: {env: A}, headers: {X: {}}}", "notify[0].webhook.headers.X: expected one of file:"),
        ("slack: {url: {env: 'https://h/k3y'}}", "expected env: the name of a variable, such as CHAT_URL, found some"),
        ("webhook: {url: {plain: 'ftp://h/k3y'}}", "expected a URL that begins with https:// or http://, found some"),
        ("webhook: {url: {plain: 'https:///k3y'}}", "expected a URL that begins with"),
        ("webhook: {url: {plain: 'https://[h/k3y'}}", "expected a URL that begins with"),
        ("webhook: {url: {plain: 'https://h:99999/k3y'}}", "expected a URL that begins with"),
        ("webhook: {url: {plain: 'https://h/k3y x'}}", "expected a URL that begins with"),
        ("apprise: {url: {plain: k3y}}", "expected a URL of Apprise, found some"),
        (
            "webhook: {url: {env: A}, headers: {Content-Length: {env: A}}}",
            "a header that is yours to set, found Content-L",
        ),
        (
            "webhook: {url: {env: A}, headers: {'a b': {env: A}}}",
            "the name of a header that is yours to set, found a b",
        ),
        ("alertmanager: {url: {env: A}, labels: {key: x}}", "the name of a label that is yours to set, found key"),
        ("alertmanager: {url: {env: A}, labels: {a-b: x}}", "the name of a label that is yours to set, found a-b"),
        (
            "{slack: {url: {env: A}}, severities: []}",
            "notify[0].severities: expected page, warning or both, found nothing",
        ),
        ("{slack: {url: {env: A}}, routes: [biling]}", "notify[0].routes[0]: expected a route's name, found biling"),
    ],
)
def test_what_cannot_be_told_is_refused(channel: str, told: str) -> None:
    lines = problems(notify(channel))
    assert any(told in line for line in lines), lines
    assert "k3y" not in "".join(lines)


def test_two_channels_have_two_names() -> None:
    line = only_problem(notify("slack: {url: {env: A}}", "slack: {url: {env: B}}"))
    assert line == (
        "f:4:3 notify[1]: expected a name that no other channel has, found slack (write name:; the other is on line 3)"
    )
    assert warnings(notify("slack: {url: {env: A}}", "{name: other, slack: {url: {env: B}}}")) == []


@pytest.mark.parametrize(
    ("kind", "url"), [("slack", "https://h/k3y"), ("google_chat", "https://h/k3y"), ("apprise", "mailto://k3y")]
)
def test_a_password_in_the_file_is_warned_of(kind: str, url: str) -> None:
    line = only_warning(notify(f"{kind}: {{url: {{plain: '{url}'}}}}"))
    assert "expected file: or env:, found plain:" in line
    assert "k3y" not in line


def test_a_silence_names_routes_that_are_there() -> None:
    silences = "[{until: 2026-11-24T06:00:00Z}, {routes: [biling], until: 2026-11-24T06:00:00Z}]"
    told = only_problem(f"{ROUTES}\nalerts: {{silences: {silences}}}\n")
    assert "alerts.silences[1].routes[0]: expected a route's name, found biling" in told
