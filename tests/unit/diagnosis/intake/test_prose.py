from farshore.diagnosis.intake.prose import plain, sentences


def test_marks_go_and_words_stay() -> None:
    assert plain("  - **Sent**: `4` bytes, see [the log](x.log) ✗") == "Sent: 4 bytes, see the log not ok"


def test_what_was_struck_out_was_taken_back() -> None:
    assert plain("~~It crashed~~ (wrong) it ran") == "(wrong) it ran"
    assert plain("a ~~ b") == "a ~~ b"


def test_sentences_end_where_a_sentence_ends() -> None:
    assert list(sentences("It is 1.5 s. Then 10.9.8.7 fails! Nobody knows e.g. why. ")) == [
        "It is 1.5 s",
        "Then 10.9.8.7 fails",
        "Nobody knows e.g. why.",
    ]
