"""YAML from strangers: whatever it holds, there is a value or one message with the line and column."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from leaderboard.data.yaml_limits import DEEPEST, LARGEST_BYTES, MOST_NODES
from leaderboard.data.yamlfile import load_yaml, load_yaml_file
from leaderboard.errors import RequestError
from tests.in_one_test import in_one_test


def laughs(item: str) -> str:
    """Ten aliases of ten aliases of …: 10^12 values, or as many keys to merge."""
    lines = ["a0: &a0 " + ("{k: 1}" if "<<" in item else "[x]")]
    for level in range(1, 13):
        aliases = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} " + item.format(aliases=f"[{aliases}]", level=level))
    return "\n".join(lines)


TOO_DEEP = f"more than {DEEPEST} lists or mappings inside one another"
TOO_MANY = f"more than {MOST_NODES:,} values"
ATTACKS = [
    ("name: " + "[" * 100_000, TOO_DEEP),  # ended the process with a segmentation fault
    ("name: " + "{" * 100_000, TOO_DEEP),
    ("- " * 100_000, TOO_DEEP),
    ("? " * 100_000, TOO_DEEP),
    (laughs("{aliases}"), TOO_MANY),
    (laughs("{{<<: {aliases}, k{level}: 1}}"), TOO_MANY),
    ("[" + "a, " * MOST_NODES + "]", TOO_MANY),
    ("a: &a [*a]", "line 1, column 8: the alias '*a' repeats its own content"),
    ("a: &a\n  <<: *a", "line 2, column 7: the alias '*a' repeats its own content"),
    ("a: *nowhere", "line 1, column 4: found undefined alias"),
    ("a: !!int abc", "line 1, column 4: 'abc' is not a whole number"),
    ("a: !!int ''", "'' is not a whole number"),
    ("a: !!bool maybe", "line 1, column 4: 'maybe' is not true or false"),
    ("a: !!float x", "'x' is not a number"),
    ("a: !!timestamp x", "line 1, column 4: the tag '!!timestamp' is not permitted"),
    ("a: !!timestamp 2020-01-01", "the tag '!!timestamp' is not permitted"),
    ("a: !!binary x", "the tag '!!binary' is not permitted"),
    ("a: !!python/object/apply:os.system ['true']", "the tag '!!python/object/apply:os.system' is not permitted"),
    ("a: !function os.system", "the tag '!function' is not permitted"),
    ("a: !!seq 5", "line 1, column 4: expected a sequence node"),
    ("a: !!map [1]", "line 1, column 4: expected a mapping node"),
    ("a: " + "9" * 5_000, "…' is not a whole number; quote it where it is text"),
    ("a: " + "9" * 20, "'99999999999999999999' has more than 64 bits"),
    ("a: " + ":".join(["1"] * 2_000), "is not a whole number"),  # in base 60
    ("a: " + "1" * 5_000 + ".0", "is not a number"),
    ("a:\n\tb: 1", "line 2, column 1: found character that cannot start any token"),
    ("<<: 5", "line 1, column 5: expected a mapping or list of mappings for merging"),
    ("<<: [1]", "expected a mapping for merging"),
    ("a: b\nc: \0", "line 2, column 4: the character U+0000 is not permitted"),
    ("a: \ud800", "line 1, column 4: the character U+D800 is not permitted"),
    ("a: \x1b[31m", "the character U+001B is not permitted"),
    ("%TAG !a! tag:a,2000:\n" * 1_000 + "---\na: 1", "`%TAG` declares tags"),
    ("{[a]: 1}", "line 1, column 2: found unhashable key"),
    ("a: 1\n---\nb: 2", "line 2, column 1: but found another document"),
]


@in_one_test("text, message", ATTACKS)
def test_a_hostile_text_is_one_message_that_names_its_place(text: str, message: str) -> None:
    with pytest.raises(RequestError) as error:
        load_yaml(text, where="f.yaml")
    assert str(error.value).startswith("f.yaml: is not valid YAML: line ")
    assert message in str(error.value)
    assert len(str(error.value)) < 500
    assert str(error.value).isprintable()


@pytest.mark.parametrize("date", ["2020-01-31", "2020-13-45", "2001-12-14t21:59:43.10-05:00"])
def test_a_date_stays_the_text_that_it_is(date: str) -> None:
    assert load_yaml(f"a: {date}", where="f.yaml") == {"a": date}
    if date == "2020-01-31":
        assert yaml.safe_load(f"a: {date}") == {"a": dt.date(2020, 1, 31)}


def test_what_yaml_takes_words_for_stays() -> None:
    text = "{a: no, b: 0x10, c: 1.5, d: ~, e: 1_000, f: 1:30, g: .inf, h: -0.0, i: !!str 5, j: 18446744073709551615}"
    assert load_yaml(text, where="f.yaml") == yaml.safe_load(text)


def test_an_equals_sign_is_text() -> None:
    assert load_yaml("delimiter: =", where="f.yaml") == {"delimiter": "="}


def test_functions_are_named_and_not_imported() -> None:
    functions: list[str] = []
    content = load_yaml("a: !function os.system\nb: [!function x.y]", where="f.yaml", functions=functions)
    assert content == {"a": "os.system", "b": ["x.y"]}
    assert functions == ["os.system", "x.y"]


def test_aliases_within_the_limits_are_read() -> None:
    text = "a: &a [1, 2]\nb: {x: *a, y: *a}"
    assert load_yaml(text, where="f.yaml") == {"a": [1, 2], "b": {"x": [1, 2], "y": [1, 2]}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: ä".encode("utf-16"), "cannot be read: it is UTF-16\n  Save it as UTF-8."),
        (b"a: 1\nb: \xff", "cannot be read: line 2: byte 8 is not UTF-8"),
        (b"a: " + b"x" * LARGEST_BYTES, "larger than 4 MiB, the most that such a file may have"),
    ],
)
def test_a_file_that_is_no_text_is_one_message(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(content)
    with pytest.raises(RequestError) as error:
        load_yaml_file(path)
    assert str(error.value).startswith(f"{path}: ")
    assert message in str(error.value)


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes("a: ä".encode("utf-8-sig"))
    assert load_yaml_file(path) == {"a": "ä"}


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="a device of Unix")
def test_of_an_endless_file_no_more_is_read_than_its_limit() -> None:
    with pytest.raises(RequestError, match="is not a regular file"):
        load_yaml_file(Path("/dev/zero"))


@pytest.mark.parametrize("path", ["nowhere.yaml", "a\0b.yaml", "x" * 5_000, "."])
def test_a_path_that_is_no_file_is_one_message(path: str) -> None:
    with pytest.raises(RequestError, match="cannot be read: "):
        load_yaml_file(Path(path))


def test_brackets_do_not_end_the_process() -> None:
    code = "from leaderboard.data.yamlfile import load_yaml\nload_yaml('name: ' + '[' * 100_000, where='f')"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 1, result.returncode  # an exception, and not -11
    assert TOO_DEEP in result.stderr
