import msgspec
from tests.unit.store.journals import sampled

from farshore.core.events import Event
from farshore.core.sampled import TailscaledSampled


def test_a_sample_is_an_event_and_comes_back_from_its_json() -> None:
    assert TailscaledSampled in Event.__args__
    assert msgspec.json.decode(msgspec.json.encode(sampled(online=None)), type=TailscaledSampled) == sampled(
        online=None
    )
