from farshore.config.problem import Finding, Loc, Problem, excerpt, field_name, starts_within


def test_a_problem_reads_as_file_line_column_field_expected_found_hint() -> None:
    problem = Problem(
        file="f.yaml",
        line=3,
        column=9,
        field="routes[0].listen",
        expected="a port",
        found="x",
        hint="did you mean 8082?",
    )
    assert str(problem) == "f.yaml:3:9 routes[0].listen: expected a port, found x (did you mean 8082?)"


def test_what_is_not_known_is_left_out() -> None:
    problem = Problem(file="f.yaml", line=None, column=None, field="", expected="a file", found="a folder")
    assert str(problem) == "f.yaml: expected a file, found a folder"


def test_a_location_is_written_as_a_person_writes_it() -> None:
    assert field_name(("routes", 3, "listen")) == "routes[3].listen"
    assert field_name((0, "a")) == "[0].a"
    assert field_name(()) == ""


def test_an_excerpt_is_short_and_on_one_line() -> None:
    assert excerpt("a\nb\x1b") == "a?b?"
    assert excerpt("x" * 60) == "x" * 60
    assert excerpt("x" * 61) == "x" * 59 + "…"


def test_a_location_lies_within_itself_and_what_is_around_it() -> None:
    places: frozenset[Loc] = frozenset([("routes", 1), ("timeouts", "dial")])
    assert starts_within(("routes", 1), places)
    assert starts_within(("routes", 1, "listen"), places)
    assert not starts_within(("routes", 2, "listen"), places)
    assert not starts_within(("timeouts",), places)


def test_a_finding_tells_all_that_its_rule_read() -> None:
    finding = Finding(loc=("a",), expected="x", other=("b",), related=(("c",),))
    assert finding.read == (("a",), ("b",), ("c",))
    assert Finding(loc=("a",), expected="x").read == (("a",),)
