from farshore.core.visible import visible, visible_words


def test_words_of_any_language_stay_and_so_do_their_lines() -> None:
    text = "Größe 東京 🌊\u00a0ms\n\tnext"
    assert visible(text) == text


def test_what_a_terminal_acts_on_is_written_out() -> None:
    assert visible("a\x1b[2J\r\x9b\u202eb\u2028") == r"a\x1b[2J\r\x9b\u202eb\u2028"


def test_of_a_document_every_text_is_one_line() -> None:
    document = {
        "at": 1.5,
        "names": ["r1\nforged", None, True],
        "inner": {"detail": "\x1b]0;x\x07", "plain": "r2", "\r": 1},
    }
    assert visible_words(document) == {
        "at": 1.5,
        "names": [r"r1\nforged", None, True],
        "inner": {"detail": r"\x1b]0;x\x07", "plain": "r2", r"\r": 1},
    }
