from farshore.core.outcome import Code
from farshore.watch.probes.result import Layer, LayerTime, ProbeResult


def test_the_layers_are_named_as_the_phases_of_a_client() -> None:
    assert [layer.value for layer in Layer] == ["connect", "handshake", "dial", "first-byte", "login", "query"]
    assert Layer(Code.TARGET_REFUSED.phase.value) is Layer.TCP


def test_the_whole_is_the_sum_of_its_layers() -> None:
    layers = (LayerTime(layer=Layer.LOCAL, took_ms=0.25), LayerTime(layer=Layer.TCP, took_ms=12.5))
    result = ProbeResult(kind="tcp", path="a", layers=layers, ok=True, code=None, detail="", server="")
    assert result.took_ms == 12.75
