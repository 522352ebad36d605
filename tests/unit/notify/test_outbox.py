from tests.unit.notify.alerts import an_alert, over

from farshore.notify.outbox import Letter, Outbox


def waiting(outbox: Outbox) -> list[tuple[str, str]]:
    return [(letter.alert.key, letter.alert.state.value) for letter in outbox.rest()]


def firing(key: str, *, reminder: bool = False) -> Letter:
    return Letter(alert=an_alert(key, reminder=reminder))


def test_who_came_first_goes_first() -> None:
    assert Outbox().first is None
    outbox, first = Outbox(), firing("a")
    outbox.put(first)
    outbox.put(firing("b"))
    assert outbox.first is first
    outbox.remove(first)
    assert waiting(outbox) == [("b", "firing")]


def test_a_newer_state_takes_the_place_of_an_older_one_and_its_turn() -> None:
    outbox = Outbox()
    for letter in (firing("a"), firing("b"), firing("a", reminder=True)):
        outbox.put(letter)
    assert waiting(outbox) == [("a", "firing"), ("b", "firing")]
    assert outbox.rest()[0].alert.reminder
    outbox.put(Letter(alert=over("a")))
    assert waiting(outbox) == [("a", "resolved"), ("b", "firing")]


def test_an_end_is_kept_when_it_begins_afresh() -> None:
    outbox = Outbox()
    for letter in (Letter(alert=over("a")), firing("a"), firing("a"), Letter(alert=over("a"))):
        outbox.put(letter)
    assert waiting(outbox) == [("a", "resolved"), ("a", "resolved")]


def test_one_that_was_replaced_on_its_way_takes_nothing_along() -> None:
    outbox = Outbox()
    older, newer = firing("a"), Letter(alert=over("a"))
    outbox.put(older)
    outbox.put(newer)
    outbox.remove(older)
    assert outbox.first is newer


def test_what_is_told_again_waits_behind_no_other_word_about_it() -> None:
    outbox = Outbox()
    outbox.put(Letter(alert=over("a")))
    outbox.put(Letter(alert=an_alert("a"), is_repeat=True))
    outbox.put(Letter(alert=an_alert("b"), is_repeat=True))
    assert waiting(outbox) == [("a", "resolved"), ("b", "firing")]


def test_where_there_is_no_room_the_oldest_goes_that_tells_of_no_end() -> None:
    outbox = Outbox(capacity=2)
    assert outbox.put(Letter(alert=over("a"))) is None
    b = firing("b")
    assert outbox.put(b) is None
    assert outbox.put(Letter(alert=over("c"))) is b
    gone = outbox.put(Letter(alert=over("d")))
    assert gone is not None
    assert gone.alert.key == "a"
    assert waiting(outbox) == [("c", "resolved"), ("d", "resolved")]
