import pytest

from farshore.wire.refusal.tds_packets import LOGIN7, PRELOGIN, first_packet, packets


def test_a_packet_is_whole_once_all_of_it_has_come() -> None:
    said = packets(PRELOGIN, b"abc")
    assert len(said) == 11
    for end in range(len(said) + 1):
        packet = first_packet(said[:end])
        assert (packet is None) == (end < 8)
        assert packet is None or packet.is_whole == (end == 11)
    packet = first_packet(said + packets(LOGIN7, b"next"))
    assert packet is not None
    assert (packet.kind, packet.size, packet.body) == (PRELOGIN, 11, b"abc")


@pytest.mark.parametrize("size", range(8))
def test_a_packet_that_is_shorter_than_its_header_makes_no_sense(size: int) -> None:
    packet = first_packet(bytes([PRELOGIN, 1, 0, size, 0, 0, 1, 0]))
    assert packet is not None
    assert (packet.kind, packet.is_whole) == (-1, False)


@pytest.mark.parametrize(("size", "count"), [(0, 0), (1, 1), (4088, 1), (4089, 2), (10000, 3)])
def test_a_message_takes_as_many_packets_as_it_needs(size: int, count: int) -> None:
    message, said = bytes(range(256)) * (size // 256) + bytes(size % 256), packets(PRELOGIN, b"")
    said, seen = packets(PRELOGIN, message), []
    inside = b""
    while (packet := first_packet(said)) is not None:
        assert packet.size <= 4096
        seen.append((said[1], said[6]))
        inside, said = inside + packet.body, said[packet.size :]
    assert inside == message
    assert seen == [(int(number == count), number) for number in range(1, count + 1)]
