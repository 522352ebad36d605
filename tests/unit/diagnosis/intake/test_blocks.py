from farshore.diagnosis.intake.blocks import Block, Kind, blocks_of, unquoted

NOTE = """\
A bad night
===========

It broke. The gateway
said:

    2026/03/04 05:50:34 dial failed

    2026/03/04 05:50:35 dial failed

Then
----

* an item
  that goes on
* another:

      tailscale up --reset

| a | b |
| - | - |
```go
x := 1
```
### Deeper
the end
"""


def told() -> list[Block]:
    return [block for block in blocks_of(NOTE.split("\n")) if any(line.text.strip() for line in block.lines)]


def test_every_line_but_headings_is_in_one_block_under_its_headings() -> None:
    kinds = [(block.kind.value, block.heading, block.lines[0].number) for block in told()]
    assert kinds == [
        ("text", "A bad night", 4),
        ("indented", "A bad night", 7),
        ("text", "A bad night > Then", 14),
        ("indented", "A bad night > Then", 18),
        ("table", "A bad night > Then", 20),
        ("fence", "A bad night > Then", 23),
        ("text", "A bad night > Then > Deeper", 26),
    ]


def test_what_a_program_printed_is_evidence_and_what_somebody_would_run_is_none() -> None:
    assert [block.lines[0].number for block in told() if block.is_evidence] == [7]
    assert told()[1].caption == "said:"
    assert not any(block.is_evidence for block in blocks_of(["```", "$ tailscale down", "```"]))
    assert any(block.is_evidence for block in blocks_of(["```", "$ tailscale down", "it is down", "```"]))


QUOTED = """\
> **dev**: all pods:
> ```
> Connection reset by peer
> ```
> > and before that:
and I said
```
> printed as it stands
```"""


def test_somebodys_words_are_read_without_the_marks_of_their_quotation() -> None:
    told = [(block.kind.value, [line.text for line in block.lines]) for block in blocks_of(QUOTED.split("\n"))]
    assert [each for each in told if each[1]] == [
        ("text", ["**dev**: all pods:"]),
        ("fence", ["Connection reset by peer"]),
        ("text", ["and before that:", "and I said"]),
        ("fence", ["> printed as it stands"]),
    ]
    never_ended = ["> ```", "> a", "it is mine again", "```", "> b", "```"]
    assert list(unquoted(never_ended)) == ["```", "a", "it is mine again", "```", "> b", "```"]


def test_items_and_wrapped_lines_are_one_each() -> None:
    assert [(line.number, line.text) for line in told()[2].joined] == [
        (14, "* an item that goes on"),
        (16, "* another:"),
    ]
    assert [line.text for line in told()[0].joined] == ["It broke. The gateway said:"]


def test_a_rule_below_a_programs_word_is_no_heading() -> None:
    (only,) = (block for block in blocks_of(["egress", "------", "ok"]) if block.lines)
    assert (only.kind, only.heading, len(only.lines)) == (Kind.TEXT, "", 3)
