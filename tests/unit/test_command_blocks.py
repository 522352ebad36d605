"""Every block of commands in the documents is executed by a test, or says with an allowed reason why it is not."""

import pytest
from tests.commands import ELSEWHERE, REASONS, ROOT, Command, blocks, commands, prompted

COMMANDS = commands()


def test_every_block_of_commands_has_a_prompt() -> None:
    assert [(page, body) for page, _, body in blocks() if not prompted(body)] == []


def test_what_is_not_executed_says_one_of_the_allowed_reasons() -> None:
    reasons = {command.reason for command in COMMANDS} - {None}
    assert reasons
    assert reasons <= REASONS


@pytest.mark.parametrize(("pattern", "test", "words"), ELSEWHERE)
def test_what_is_executed_elsewhere_is_there_and_still_printed(pattern: str, test: str, words: str) -> None:
    assert words in (ROOT / test).read_text(encoding="utf-8")
    assert any(command.elsewhere == (test, words) for command in COMMANDS), pattern


def test_a_target_of_make_that_is_printed_is_one() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {command.text.split()[1] for command in COMMANDS if command.text.startswith("make ")}
    assert len(targets) > 5
    assert [target for target in targets if f"\n{target}: " not in makefile] == []


def test_most_of_what_is_printed_of_farshore_is_executed() -> None:
    ours = [command for command in COMMANDS if command.text.startswith("farshore ")]
    here = [command for command in ours if command.reason is None and command.elsewhere is None]
    assert len(here) > len(ours) / 2


def test_a_reason_that_is_none_of_these_is_not_taken() -> None:
    assert Command(page="a.md", text="rm -rf /", reason="boring").reason not in REASONS
