"""The catalogue as documentation: one cause as text for a terminal or as Markdown, and the list of all."""

from collections.abc import Iterator
from textwrap import fill

from farshore.diagnosis.cause import Cause, words_of
from farshore.diagnosis.misread import Misreading
from farshore.diagnosis.verdict import Subject
from farshore.report.selection import is_typed

WIDTH = 80


def list_text(causes: tuple[Cause, ...]) -> str:
    """Each cause with its hop and title; what is longer than a line goes on below its title."""
    return "\n".join(line for cause in causes for line in _wrapped(cause.title, f"{cause.code}  {cause.hop:<10}  "))


def cause_text(cause: Cause) -> str:
    """One cause for an 80-column terminal."""
    lines = [*_wrapped(f"{cause.code} {cause.title}", ""), "", *_wrapped(cause.summary, ""), ""]
    lines.append(f"Broken hop: {cause.hop}. One finding for each {cause.about}.")
    for title, items in _sections(cause):
        lines += ["", title, *(line for item in items for line in _wrapped(item, "  - "))]
    for missing in cause.missing:
        lines += [
            "",
            *_wrapped(f"To ask: {_open(missing.question.what)}", ""),
            *_doing(_open(missing.question.command)),
        ]
        lines += _wrapped(_open(missing.would_decide), "  ")
    for remedy in cause.remedies:
        lines += ["", f"To mend ({remedy.owner}, risk {remedy.risk}):", *_doing(_open(remedy.command))]
        lines += _wrapped(f"then: {_open(remedy.verify)}", "  ")
    return "\n".join(lines)


def cause_markdown(cause: Cause) -> str:
    """One cause as the body of a page."""
    lines = [f"# {cause.code} {cause.title}", "", cause.summary, ""]
    lines.append(f"Broken hop: **{cause.hop}**. One finding for each {cause.about}.")
    for title, items in _sections(cause):
        lines += ["", f"## {title}", "", *(f"- {item}" for item in items)]
    if cause.missing:
        lines += ["", "## What to ask for", ""]
        for missing in cause.missing:
            lines += [f"- {_capital(_open(missing.question.what))}: {_open(missing.would_decide)}.", ""]
            lines += ["  ```text", f"  {_open(missing.question.command)}", "  ```", ""]
        lines.pop()
    lines += ["", "## What mends it", "", "| who | how | risk | then check |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {remedy.owner} | {_cell(remedy.command)} | {remedy.risk} | {_cell(remedy.verify)} |"
        for remedy in cause.remedies
    ]
    return "\n".join([*lines, ""])


def misreading_list_text(misreadings: tuple[Misreading, ...]) -> str:
    """Each claim that evidence is often read to make, and does not."""
    return "\n".join(line for each in misreadings for line in _wrapped(each.claim, f"{each.id:<3}  misreading  "))


def misreading_text(misreading: Misreading) -> str:
    """One misreading for an 80-column terminal."""
    claimed = _wrapped(f"{misreading.id} is claimed: {misreading.claim}.", "")
    return "\n".join([*claimed, "", *_wrapped(f"What holds: {misreading.truth}", "")])


def misreadings_markdown(misreadings: tuple[Misreading, ...]) -> str:
    """All misreadings as a page."""
    rows = [f"| {each.id} | {_cell(each.claim)} | {_cell(each.truth)} |" for each in misreadings]
    head = ["# What evidence is often read to say, and does not", "", MISREADINGS_INTRODUCTION, ""]
    return "\n".join([*head, "| | claimed | what holds |", "| --- | --- | --- |", *rows, ""])


MISREADINGS_INTRODUCTION = """\
`farshore diagnose` recognises these claims in what somebody wrote, and names the evidence in the same input that
refutes them. Where nothing refutes a claim it is not listed: it may be right. `farshore explain F9` prints one."""


def _sections(cause: Cause) -> Iterator[tuple[str, list[str]]]:
    for title, rules in (
        ("Proven by any of these", cause.decides),
        ("Likely with any of these", cause.points),
        ("Possible with any of these", cause.allows),
        ("Ruled out by", cause.rules_out),
        ("Spoken against by", cause.speaks_against),
    ):
        if rules:
            yield title, [words_of(rule) for rule in rules]
    if cause.depends_on:
        yield "A symptom, and hushed, under", list(cause.depends_on)
    if cause.mistaken_for:
        yield "Not to be mistaken for", [f"{other}: {how}." for other, how in cause.mistaken_for]


def _wrapped(text: str, lead: str) -> list[str]:
    return fill(text, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead), break_on_hyphens=False).split("\n")


def _doing(command: str) -> list[str]:
    return [f"  {command}"] if is_typed(command) else _wrapped(command, "  ")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _cell(text: str) -> str:
    return _open(text).replace("|", "\\|")


def _open(text: str) -> str:
    """Placeholders as words in capitals."""
    return Subject().fill(text)
