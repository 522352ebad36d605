from farshore.surface.exemplars import TraceIds, exemplar


def test_a_connection_is_named_by_its_number_and_its_trace() -> None:
    traces = TraceIds()
    assert exemplar(traces)(8) == {"connection": "8", "trace_id": f"{traces.of(8):032x}"}
    assert exemplar(None)(8) == {"connection": "8"}


def test_a_trace_is_one_connection_s_of_one_process() -> None:
    traces = TraceIds()
    assert traces.of(8) == traces.of(8)
    assert len({traces.of(7), traces.of(8), TraceIds().of(8)}) == 3
    assert traces.of(8).bit_length() > 64
