"""Probes of a health check as they are written down, and a plan for them."""

from random import Random

from farshore.core.health_check import NOT_STARTED, Plan, ProbeDone

BEGUN_US = 1_761_000_000_123_457


def plan(planned: int = 3, every_us: int = 1_000_000, slo: float = 99.5) -> Plan:
    return Plan(
        check=BEGUN_US,
        subject="erp",
        target="172.16.20.88:1433",
        kind="sqlserver",
        every_us=every_us,
        planned=planned,
        concurrency=4,
        slo=slo,
    )


def done(
    number: int, code: str | None = None, *, took_us: int = 2_000, late_us: int = 0, stretch: int = 1
) -> ProbeDone:
    return ProbeDone(
        number=number,
        path="a",
        due_us=BEGUN_US + number * 1_000_000,
        late_us=late_us,
        took_us=took_us,
        code=code,
        detail="" if code is None else "no answer",
        layers={"connect": 0.25, "dial": took_us / 1000},
        stretch=stretch,
    )


def twenty_hours(random: Random) -> list[ProbeDone]:
    """One probe a second for twenty hours, with outages of all lengths and gaps of all sizes between them."""
    probes = []
    down = 0
    for number in range(72_000):
        if not down and random.random() < 0.001:
            down = random.choice((1, 5, 17, 30, 600))
        code = random.choice(("tailnet.dial.no-answer", "target.dial.refused", NOT_STARTED)) if down else None
        down = max(down - 1, 0)
        if random.random() < 0.0003:
            code = "tailnet.dial.no-answer"
        late_us = random.choice((0, 0, 0, 31_007))
        probes.append(done(number, code, took_us=random.randrange(800, 90_000), late_us=late_us))
    return probes
