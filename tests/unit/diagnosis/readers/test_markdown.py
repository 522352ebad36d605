from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.statements import StatementMade
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading
from farshore.diagnosis.readers.markdown import READER

NOTE = """\
# Report of March 4, 2026

## Wire (Mar 4)

**The proxy** (always the same):
```
05:06:07 one
05:06:08 two
```

A sentence that goes
on. And another.

```go
// proposed = "127.0.0.1"
```
"""


def test_blocks_are_handed_on_with_place_caption_and_day() -> None:
    seen: list[tuple[str, Origin]] = []

    def inner(text: str, origin: Origin) -> Reading:
        seen.append((text, origin))
        return Reading()

    document = Document(NOTE.encode())
    assert READER.recognise(document) is Fit.CERTAIN
    reading = READER.read(document, Origin(source="n.md"), inner)
    ((text, origin),) = seen
    assert text == "05:06:07 one\n05:06:08 two"
    assert (origin.first_line, origin.observer, f"{origin.day:%Y-%m-%d}") == (7, "The proxy", "2026-03-04")
    statements = [fact for fact in reading.facts if isinstance(fact, StatementMade)]
    assert [(fact.ref, fact.text) for fact in statements if "entence" in fact.text or "nother" in fact.text] == [
        ("n.md:11", "A sentence that goes on"),
        ("n.md:11", "And another."),
    ]
    assert any("proposed" in fact.text for fact in statements)
    assert {fact.heading for fact in statements[-2:]} == {"Report of March 4, 2026 > Wire (Mar 4)"}


def test_a_log_is_no_markdown() -> None:
    assert READER.recognise(Document(b"2026/03/04 05:06:07 # a\nb | c\n")) is Fit.NO
