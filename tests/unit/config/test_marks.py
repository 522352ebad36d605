import pytest

from farshore.config.marks import (
    MAX_DEPTH,
    MAX_NODES,
    MAX_SLIPS,
    Fields,
    Items,
    Mark,
    Plain,
    Scalar,
    Slip,
    Tree,
    plain,
    read_tree,
    unprintable,
    written,
)


def only_slip(text: str) -> Slip:
    tree = read_tree(text)
    assert len(tree.slips) == 1, tree.slips
    return tree.slips[0]


def value_of(text: str) -> Plain:
    tree = read_tree(text)
    assert tree.root is not None
    assert not tree.slips
    return plain(tree.root)


def test_every_value_knows_its_line_and_column() -> None:
    tree = read_tree("routes:\n  - listen: 8082\n    target: 'a:1'\n")
    assert isinstance(tree.root, Fields)
    routes = tree.root.entries["routes"]
    assert routes.mark == Mark(line=1, column=1)
    assert isinstance(routes.node, Items)
    route = routes.node.nodes[0]
    assert isinstance(route, Fields)
    assert route.entries["target"].mark == Mark(line=3, column=5)
    assert route.entries["target"].node == Scalar(mark=Mark(line=3, column=13), text="a:1", quoted=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8082", 8082),
        ("-5", -5),
        ("0", 0),
        ("0.25", 0.25),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("'true'", "true"),
        ('"8082"', "8082"),
        ("yes", "yes"),
        ("off", "off"),
        ("NO", "NO"),
        ("017", "017"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("8082:1433", "8082:1433"),
        ("190:20:30", "190:20:30"),
        ("2026-01-01", "2026-01-01"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("=", "="),
        ("9" * 400, "9" * 400),
        ("|\n  text\n", "text\n"),
    ],
)
def test_only_decimal_numbers_and_true_and_false_are_more_than_text(text: str, value: Plain) -> None:
    assert value_of(f"a: {text}") == {"a": value}


def test_keys_are_texts_whatever_they_look_like() -> None:
    assert value_of('{8082: 1, "8083": 2, true: 3, 0o17: 4}') == {"8082": 1, "8083": 2, "true": 3, "0o17": 4}


def test_json_with_tabs_is_read_and_columns_stay() -> None:
    tree = read_tree('{\n\t"a":\t"x\\ty",\n\t"b": [1,\t2]\n}')
    assert tree.root is not None
    assert plain(tree.root) == {"a": "x\ty", "b": [1, 2]}
    assert isinstance(tree.root, Fields)
    assert tree.root.entries["b"].mark == Mark(line=3, column=2)


def test_a_tab_in_yaml_is_named() -> None:
    slip = only_slip("routes:\n\t- a\n")
    assert slip.mark == Mark(line=2, column=1)
    assert slip.hint is not None
    assert "spaces, never with tabs" in slip.hint


def test_a_key_that_stands_twice_is_told_with_the_line_of_the_first() -> None:
    tree = read_tree("a: 1\nb: 2\n'a': 3\n")
    assert [(slip.mark.line, slip.found, slip.hint) for slip in tree.slips] == [
        (3, "a again", "it stands on line 1 too")
    ]
    assert tree.root is not None
    assert plain(tree.root) == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: &x 1\nb: *x\n", "the alias *x"),
        ("a: {<<: {b: 1}}", "the merge key <<"),
        ("a: !!python/object/apply:os.system [x]", "the tag !!python/object/apply:os.system"),
        ("a: !!str 8082", "the tag !!str"),
        ("a: !x {b: 1}", "the tag !x"),
        ("a: 1\n---\nb: 2\n", "a second one after ---"),
        ("? [a]\n: 1", "a list"),
        ("a: {{ .Values.port }}", "a mapping"),
        (r'a: "\x00"', "the character U+0000"),
        (r'a: "\ud800"', "the character U+D800"),
        (r'a: "\e[31m"', "the character U+001B"),
    ],
)
def test_what_a_configuration_may_not_hold_is_named(text: str, found: str) -> None:
    assert only_slip(text).found == found


def test_a_quoted_merge_key_is_a_field_like_any_other() -> None:
    assert value_of('"<<": 1') == {"<<": 1}


def test_an_alias_bomb_expands_to_nothing() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    tree = read_tree("\n".join(lines))
    assert tree.root is not None
    assert len(tree.slips) == 81
    assert {slip.expected for slip in tree.slips} == {"a value"}


def test_too_many_slips_end_the_reading() -> None:
    tree = read_tree("[" + "*a, " * 100_000 + "]")
    assert tree.root is None
    assert len(tree.slips) == MAX_SLIPS + 1


def test_the_deepest_level_is_the_last_that_is_read() -> None:
    deepest = "[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH
    assert read_tree(deepest).slips == ()
    assert read_tree(f"[{deepest}]").root is None


@pytest.mark.parametrize("opening", ["[", "{", "{{", "[{", "- ", "? "])
def test_depth_is_bounded(opening: str) -> None:
    tree = read_tree(opening * 100_000)
    assert tree.root is None
    assert [slip.expected for slip in tree.slips] == [f"at most {MAX_DEPTH} levels of nesting"]


def test_the_number_of_values_is_bounded() -> None:
    assert value_of("[" + "1, " * (MAX_NODES - 1) + "]") == [1] * (MAX_NODES - 1)
    slip = only_slip("[" + "1, " * MAX_NODES + "]")
    assert slip.expected == f"at most {MAX_NODES} values in a configuration"


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("a: b: c", 1, "put the value in quotes"),
        ("a:\n  b: 1\n c: 2", 3, "indentation"),
        ("a: [1, 2", 1, "bracket or a comma"),
        ("a: 'x\nb: 1", 2, "opened and not closed"),
        ("a: @x", 1, "in quotes"),
        ('a: "C:\\dir"', 1, "single quotes"),
        ("routes\nb: 1", 2, "quotes"),
    ],
)
def test_a_syntax_error_has_its_line_and_a_remedy(text: str, line: int, hint: str) -> None:
    slip = only_slip(text)
    assert slip.mark.line == line
    assert slip.expected == "valid YAML"
    assert hint in (slip.hint or "")


@pytest.mark.parametrize("text", [r'a: "\UFFFFFFFF"', r'a: "\U00110000"', "%YAML 1." + "9" * 5000 + "\n---\na: 1"])
def test_numbers_that_break_the_scanner_are_slips_too(text: str) -> None:
    assert only_slip(text).found == "a number or an escape that stands for nothing"


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n"])
def test_an_empty_document_is_no_tree(text: str) -> None:
    assert read_tree(text) == Tree(root=None, slips=())


def test_values_are_shown_as_they_are_written() -> None:
    tree = read_tree(f'[8082, "8082", "", [], [1], {{}}, {{a: 1}}, {"x" * 100}, ~]')
    assert isinstance(tree.root, Items)
    assert [written(node) for node in tree.root.nodes] == [
        "8082",
        '"8082"',
        '""',
        "an empty list",
        "a list",
        "an empty mapping",
        "a mapping",
        "x" * 59 + "…",
        "~",
    ]


@pytest.mark.parametrize("text", ["a\0b", "a\x1bb", "a\x85b", "a\u2028b", "a\ufeffb", "a\x7fb", "a\ud800b"])
def test_characters_that_nobody_sees_are_found(text: str) -> None:
    assert unprintable(text) == 1
    assert unprintable("é ü 日本 🙂\t\r\n") is None
