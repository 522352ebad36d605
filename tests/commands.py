"""The command lines that the documents print, and who executes each of them.

A block of commands is executed by a test, or marked with why it is not: `<!-- not executed: REASON -->` before its
fence. What is neither marked nor executed elsewhere (`ELSEWHERE`) is executed by `test_documented_commands.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHELLS = {"console", "sh", "bash", "shell"}
REASONS = {"the hosted control plane", "Windows", "a real cluster"}

# What another test executes: a pattern of the whole command, the test, and words of that test which show it.
ELSEWHERE = (
    (r"make [a-z0-9-]+(?: .*)?", "Makefile", ".PHONY: demo test"),
    (r"pip install \.(?: .*)?", "Makefile", "--editable ."),
    (r"farshore serve 8082=172.16.20.88:1433", "tests/scenarios/test_serve.py", "the address is in use"),
    (r"echo \$\?", "tests/scenarios/test_serve.py", "the address is in use"),
    (r"TS_AUTHKEY=\S+ farshore serve --tailscaled .*", "tests/tailnet/test_supervisor.py", "TS_AUTHKEY"),
    (r"farshore doctor .*", "tests/tailnet/test_doctor.py", "doctor"),
    (r"farshore check .*--live", "tests/tailnet/test_poisoning.py", "--live"),
    (r"farshore probe 172\.16\..*", "tests/tailnet/test_health_check.py", "probe"),
    (r"farshore probe .*--query .*", "tests/interop/test_probe_runs.py", "--query"),
    (r"farshore report .*", "tests/tailnet/founding.py", '"report"'),
    (r"farshore flows --engine clickhouse:.*", "tests/unit/diagnosis/lake/test_clickhouse.py", "clickhouse"),
    (r"tailscale debug via .*", "tests/tailnet/test_suggest.py", "test_the_4via6_prefixes_of_the_documents"),
    (r"tailscale set --advertise-routes.*", "tests/tailnet/harness/tailnet.py", "--advertise-routes"),
    (r"headscale nodes approve-routes .*", "tests/tailnet/harness/headscale.py", "approve-routes"),
    (r"tailscale serve --bg .*", "tests/tailnet/test_paths.py", "--bg"),
    (r"farshore top(?: .*)?", "tests/scenarios/test_top.py", '"top"'),
    (r"curl -sN \S+/api/v1/watch .*", "tests/unit/surface/page/test_site.py", "/api/v1/watch"),
    (r"tailscale ip -4", "tests/tailnet/test_suggest.py", "test_the_address_of_a_router"),
    (r"docker build .*", "tests/deploy/test_image.py", "Dockerfile"),
)

FENCE = re.compile(
    r"(?ms)^(?:<!-- not executed: (?P<reason>[^\n]*) -->\n\n?)?(?P<indent> *)```(?P<kind>\w+)\n(?P<body>.*?)^ *```$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One line that a reader would type, and where."""

    page: str
    text: str
    reason: str | None

    @property
    def elsewhere(self) -> tuple[str, str] | None:
        """The test that executes it, and the words that show it there."""
        return next(((test, words) for pattern, test, words in ELSEWHERE if re.fullmatch(pattern, self.text)), None)


def documents() -> list[Path]:
    """What a user reads."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def blocks() -> Iterator[tuple[str, str | None, str]]:
    """Each block of commands: its page, the reason why it is not executed, its text."""
    for path in documents():
        for fence in FENCE.finditer(path.read_text(encoding="utf-8")):
            if fence["kind"] in SHELLS:
                yield str(path.relative_to(ROOT)), fence["reason"], fence["body"]


def commands() -> list[Command]:
    """Every command line, in the order of the pages."""
    return [Command(page=page, text=line, reason=reason) for page, reason, body in blocks() for line in prompted(body)]


def prompted(body: str) -> list[str]:
    """What stands behind a prompt, with its continuations and without comments."""
    joined = re.sub(r"\\\n *", "", body)
    return [re.sub(r" +# .*", "", line) for line in re.findall(r"(?m)^ *\$ (.*)$", joined)]
