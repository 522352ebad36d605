"""What a probe saw: which layers it passed, what each took, and why it went no further."""

from dataclasses import dataclass
from enum import StrEnum

from farshore.core.outcome import Phase


class Layer(StrEnum):
    """A layer of a path, by the name of the phase in which it is passed; in this order."""

    LOCAL = Phase.CONNECT.value
    EGRESS = Phase.HANDSHAKE.value
    TCP = Phase.DIAL.value
    PROTOCOL = Phase.FIRST_BYTE.value
    LOGIN = Phase.LOGIN.value
    QUERY = Phase.QUERY.value


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerTime:
    """What a layer took, in milliseconds, whether it was passed or not."""

    layer: Layer
    took_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """One probe of one path.

    `layers` are those that were reached, in their order, the last one being the one that failed where one did. A
    direct dial has neither `LOCAL` nor `EGRESS`, a LocalAPI or CONNECT dial no `EGRESS` of its own. `TCP` holds what a
    client waits, with the question for the owner and a second dial.

    `code` is the outcome's (`core.outcome.Code`) of the layer that failed, None where none did; `detail` says more of
    it in one line. `server` is what the target told of itself, empty where it told nothing.
    """

    kind: str
    path: str
    layers: tuple[LayerTime, ...]
    ok: bool
    code: str | None
    detail: str
    server: str

    @property
    def took_ms(self) -> float:
        """What the whole took, in milliseconds."""
        return round(sum(layer.took_ms for layer in self.layers), 3)
