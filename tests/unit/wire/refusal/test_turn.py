from farshore.wire.refusal.turn import Monologue, Turn


def test_a_monologue_needs_nobody_to_speak_to() -> None:
    assert Monologue(b"sorry").receive(b"") == Turn(send=b"sorry", is_over=True)
    assert Monologue(b"sorry").receive(b"GET /") == Turn(send=b"sorry", is_over=True)
