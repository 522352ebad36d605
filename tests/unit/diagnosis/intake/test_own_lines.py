from farshore.diagnosis.intake.own_lines import own_event


def test_text_and_json_say_the_same() -> None:
    text = own_event('warning path-changed route=ledger reason="a \\"b\\" \\\\ c" left=')
    json = own_event('{"event":"path-changed","route":"ledger","reason":"a \\"b\\" \\\\ c","left":""}')
    assert text[0] == json[0] == "path-changed"
    assert text[1]["reason"] == json[1]["reason"] == 'a "b" \\ c'
    assert text[1]["left"] == json[1]["left"] == ""


def test_any_other_line_has_no_name() -> None:
    assert own_event("warning something happened")[0] == ""
    assert own_event('{"msg":"x"}')[0] == ""
    assert own_event('{"event":7}')[0] == ""
