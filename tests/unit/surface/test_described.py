from farshore.surface import described
from farshore.surface.described import METRICS, Described, Kind


def test_every_metric_is_in_the_list_once() -> None:
    declared = {value.name for value in vars(described).values() if isinstance(value, Described)}
    assert sorted(metric.name for metric in METRICS) == sorted(declared)


def test_a_name_is_in_the_products_namespace_and_a_counter_is_a_total() -> None:
    for metric in METRICS:
        assert metric.name.startswith("farshore_")
        assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
