from farshore.diagnosis.intake.lookalikes import latin


def test_letters_of_another_alphabet_are_mended_inside_latin_words() -> None:
    assert latin("Err\u043er reading pr\u0435l\u043egin r\u0435sp\u043ens\u0435") == "Error reading prelogin response"
    assert latin("\u0421onnection r\u0435s\u0435t") == "Connection reset"


def test_another_language_stays_as_it_is() -> None:
    words = "\u043e\u0448\u0438\u0431\u043a\u0430 \u0441\u043e\u0435\u0434\u0438\u043d\u0435\u043d\u0438\u044f"
    assert latin(words) == words


def test_every_lookalike_has_one_letter() -> None:
    assert latin("x\u0430\u0440\u0441\u0443\u0445x") == "xapcyxx"
