"""Which samples of a tailscaled are worth a row: what has changed, and one now and then. No I/O."""

from msgspec.structs import replace

from farshore.core.sampled import TailscaledSampled

AT_LEAST_EVERY_S = 300.0


class Sampling:
    """Remembers what was kept last of each egress."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, TailscaledSampled]] = {}

    def wants(self, sample: TailscaledSampled, now_s: float) -> bool:
        """Whether to keep a sample that was taken now, in seconds of any clock that never goes back.

        A handshake that was repeated, as it is every two minutes, is no change.
        """
        plain = replace(sample, nodes=tuple(replace(node, last_handshake_s=None) for node in sample.nodes))
        known = self._kept.get(sample.egress)
        if known is not None and known[1] == plain and now_s - known[0] < AT_LEAST_EVERY_S:
            return False
        self._kept[sample.egress] = now_s, plain
        return True
