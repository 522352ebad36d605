from farshore.config.marks import read_tree
from farshore.config.places import ArgumentPlaces, TreePlaces

TEXT = """\
routes:
  - listen: 8082
    name:
timeouts: {}
"""


def places() -> TreePlaces:
    root = read_tree(TEXT).root
    assert root is not None
    return TreePlaces(file="f", root=root)


def test_a_value_stands_where_it_is_written() -> None:
    place = places().value(("routes", 0, "listen"))
    assert (place.line, place.column, place.field, place.found) == (2, 13, "routes[0].listen", "8082")


def test_a_key_stands_before_its_value() -> None:
    place = places().key(("routes", 0, "listen"))
    assert (place.line, place.column, place.found) == (2, 5, "listen")


def test_an_empty_value_stands_at_its_key() -> None:
    place = places().value(("routes", 0, "name"))
    assert (place.line, place.column, place.found) == (3, 5, "nothing")


def test_what_is_not_written_stands_where_it_would_be() -> None:
    missing_section = places().value(("limits", "max_connections"))
    assert (missing_section.line, missing_section.column, missing_section.found) == (1, 1, "nothing")
    missing_field = places().value(("timeouts", "dial"))
    assert (missing_field.line, missing_field.column, missing_field.field) == (4, 11, "timeouts.dial")
    assert places().value(("routes", 1)).line == 2


def test_a_problem_shows_what_is_written_unless_told_otherwise() -> None:
    place = places().value(("routes", 0, "listen"))
    assert place.problem(expected="x").found == "8082"
    assert place.problem(expected="x", found="y", hint="z").found == "y"


def test_arguments_are_their_own_place() -> None:
    arguments = ArgumentPlaces(file="command line", arguments=("8082=10.0.0.1:1", "x"))
    assert arguments.value(("routes", 0, "listen")).found == "8082"
    assert arguments.value(("routes", 0, "target")).found == "10.0.0.1:1"
    assert arguments.value(("routes", 1, "target")).found == "nothing"
    assert arguments.key(("routes", 0, "target")).field == "8082=10.0.0.1:1"
    assert arguments.value(("timeouts", "dial")).field == "timeouts.dial"
    assert arguments.value(("routes", 0)).line is None
    assert arguments.value(("routes", 2)).field == "routes[2]"
