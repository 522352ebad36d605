"""Whether a series of figures stays flat. Pure, so that it can be tested."""

from collections.abc import Sequence
from dataclasses import dataclass

WARM_UP_SHARE = 0.5
MIN_SAMPLES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What was counted at rest, again and again, and how much it may have grown from the first to the last time."""

    name: str
    unit: str
    allowed_growth: float


def growth(samples: Sequence[float]) -> float:
    """How much a straight line through the samples (least squares) rises over their whole length.

    The first half is left out: caches, pools and the heap fill for some minutes. Fewer than eight samples tell nothing.

    Raises:
        ValueError: too few samples.
    """
    if len(samples) < MIN_SAMPLES:
        msg = f"{len(samples)} samples are too few for a slope; {MIN_SAMPLES} are needed"
        raise ValueError(msg)
    settled = samples[int(len(samples) * WARM_UP_SHARE) :]
    count = len(settled)
    mean_x, mean_y = (count - 1) / 2, sum(settled) / count
    slope = sum((x - mean_x) * (y - mean_y) for x, y in enumerate(settled)) / sum(
        (x - mean_x) ** 2 for x in range(count)
    )
    return slope * (count - 1)


def is_flat(series: Series, samples: Sequence[float]) -> bool:
    """Whether the growth stays within what is allowed; shrinking is flat."""
    return growth(samples) <= series.allowed_growth
