import time

from farshore.core.clock import SystemClock


def test_the_systems_clock_reads_the_machine_in_seconds() -> None:
    clock = SystemClock()
    before_s, wall_before_s = time.monotonic(), time.time()

    monotonic_s, wall_s = clock.monotonic_s(), clock.wall_s()

    assert before_s <= monotonic_s <= time.monotonic()
    assert wall_before_s <= wall_s <= time.time()
