"""Every file that a user hands in: hostile content is one message that names the file, whichever reader it meets."""

import csv
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.axes.harness.trust import check_readable
from leaderboard.data import decoding, delimited
from leaderboard.data.fetching import locate, mirrored_file
from leaderboard.data.rows import read_rows
from leaderboard.data.source import Location, Source
from leaderboard.data.specification import DataSpec, Reading
from leaderboard.data.templates import read_templates
from leaderboard.errors import LeaderboardError, RequestError, unknown_name
from leaderboard.gate.config import read_gate
from leaderboard.identity import file_digest
from leaderboard.ranking.conditions import Condition
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.studies import space
from leaderboard.tasks import Catalogue, load_suite, load_task
from tests.in_one_test import in_one_test

READERS: dict[str, Callable[[Path], Any]] = {
    "task": load_task,
    "task, by name": lambda path: Catalogue([]).task(str(path)),
    "suite": load_suite,
    "suite, by name": lambda path: Catalogue([]).suite(str(path)),
    "recipe": lambda path: RecipeRequest.read(None, path, ()),
    "space": space._read,
    "gate": read_gate,
    "templates": lambda path: list(read_templates(path)),
    "lm_eval": lambda path: check_readable(path.parent),
}
LAUGHS = "\n".join(["a: &a0 [x]", *(f"k{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 13))])
CONTENT = {
    "brackets": "name: " + "[" * 100_000,
    "laughs": LAUGHS,
    "merged laughs": LAUGHS.replace("[x]", "{k: 1}").replace("[*", "{<<: [*").replace("]", "]}"),
    "loop": "name: &a [*a]",
    "no integer": "name: !!int abc",
    "no truth": "name: !!bool maybe",
    "no time": "name: !!timestamp x",
    "digits": "version: " + "9" * 5_000,
    "tab": "a:\n\tb: 1",
    "merged scalar": "<<: 5",
    "NUL": "name: a\0b",
    "escape": "name: \x1b[2J",
    "code": "name: !!python/object/apply:os.system ['touch escaped']",
    "key of lists": "? [a, b]\n: 1",
    "two documents": "a: 1\n---\nb: 2",
}
BYTES = {"UTF-16": "name: ä".encode("utf-16"), "Latin-1": b"name: \xe4", "large": b"#" * (5 * 2**20)}


@pytest.mark.parametrize("kind", READERS)
def test_a_hostile_file_is_one_message_that_names_it(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.yaml"
    for name, content in {**{each: text.encode() for each, text in CONTENT.items()}, **BYTES}.items():
        path.write_bytes(content)
        start = time.monotonic()
        with pytest.raises(RequestError) as error:
            READERS[kind](path)
        message = str(error.value)
        assert str(path) in message, name
        assert re.search(r"line \d+", message) or name in BYTES, name
        assert len(message) < 1_000, name
        assert all(letter.isprintable() or letter == "\n" for letter in message), name
        assert time.monotonic() - start < 20, name


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("kind", sorted(set(READERS) - {"lm_eval"}))
def test_odd_values_are_one_message(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    for content in (
        "",
        "- a",
        "5",
        "null: null",
        "2: {3: 4}",
        "name: 2020-13-45",
        "name: " + "x" * 1_000_000,
        "\n".join(f"key{number}: 1" for number in range(20_000)),
        "levers: {c: {choices: [[[1]]]}}\nrules: [{metric: [1]}, 5]\nbase: {a: 1}\nrecipe: {a: 1}",
        "levers: {c: 1" + "0" * 18 + "}\nbase: probe\nrules: [accuracy >= 1e999]\nrecipe: 5",
    ):
        path.write_text(content)
        assert len(refusal(READERS[kind], path)) < 20_000


def refusal(read: Callable[[Path], Any], path: Path) -> str:
    """The message; none for what can be read, as a recipe without settings can."""
    try:
        read(path)
    except RequestError as error:
        return str(error)
    return ""


NAMES = [f"label{number:06d}" for number in range(95_000)]


@pytest.mark.parametrize(
    "content",
    [
        {"labels": NAMES, "splits": {"test": {"source": {"file": "x", "sha256": "0" * 64}}}},
        {"labels": ["a"], "read": {"label_values": dict.fromkeys(NAMES, "a")}, "same_as": "x"},
    ],
    ids=["labels", "label_values"],
)
def test_many_names_take_no_longer_than_their_number(content: dict[str, Any]) -> None:
    start = time.monotonic()
    assert DataSpec.model_validate(content)
    assert time.monotonic() - start < 20


@in_one_test(
    "change",
    [
        {"github": "../.."},
        {"github": ".."},
        {"github": "a/.."},
        {"github": "./a"},
        {"github": "a/b/../.."},
        {"github": "a@b/c"},
        {"github": "a/b#c"},
        {"github": "a/%2e%2e"},
        {"github": "a\\b/c"},
        {"github": "ä/b"},
        {"github": "a/b\n"},
        {"path": "../x"},
        {"path": "/etc/passwd"},
        {"path": "~/x"},
        {"path": "a/../../x"},
        {"path": "a\\..\\x"},
        {"path": "a\0b"},
        {"path": "C:/x"},
        {"path": "x" * 300},
        {"path": "x/" * 1_000 + "x"},
    ],
)
def test_a_location_that_leads_elsewhere_is_refused(change: dict[str, str]) -> None:
    location = {"github": "owner/name.py", "commit": "0" * 40, "path": "data/a b#c%2e.csv"}
    assert Location.model_validate(location)
    with pytest.raises(ValueError, match=r"String should match|must be a relative path"):
        Location.model_validate({**location, **change})


@in_one_test(
    "location",
    [
        {"hub": "../x", "revision": "0" * 40, "path": "x"},
        {"hub": "https://example.org/x", "revision": "0" * 40, "path": "x"},
        {"hub": "a/..", "revision": "0" * 40, "path": "x"},
        {"pypi": "../x==1", "path": "x"},
        {"pypi": "x@http://example.org==1", "path": "x"},
        {"pypi": "--index-url==1", "path": "x"},
        {"package": "../..", "path": "x"},
        {"package": "a/b", "path": "x"},
    ],
)
def test_a_name_that_is_no_name_is_refused(location: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="String should match"):
        Location.model_validate(location)


def test_a_link_in_the_mirror_or_beside_a_task_leads_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n")
    mirror, folder = tmp_path / "mirror", tmp_path / "tasks"
    (mirror / "github" / "o" / "n").mkdir(parents=True)
    folder.mkdir()
    (mirror / "github" / "o" / "n" / "x.csv").symlink_to(secret)
    (mirror / "github" / "o" / "n" / "own.csv").write_text("b\n")
    (folder / "x.csv").symlink_to(secret)
    monkeypatch.setenv("LEADERBOARD_MIRROR", str(mirror))
    for place in ({"github": "o/n", "commit": "0" * 40, "path": "x.csv"}, {"file": "x.csv"}):
        source = Source(locations=(Location.model_validate(place),), sha256=file_digest(secret))
        with pytest.raises(RequestError, match="leads out of"):
            locate(source, folder=folder, offline=True)
    assert mirrored_file("o/n", "own.csv") == mirror / "github" / "o" / "n" / "own.csv"


@pytest.mark.parametrize(
    ("content", "options", "limits", "message"),
    [
        ("x" * 200, {}, {"LONGEST_LINE": 100}, "line 1: 200 characters; the most are 100"),
        ("a\n" * 50 + "x" * 101, {"format": "jsonl"}, {"LONGEST_LINE": 100}, "line 51: 101 characters"),
        ("\n" * 101, {}, {"MOST_LINES": 100}, "more than 100 lines; split it"),
        ("a,b\n" * 300, {}, {"LARGEST_BYTES": 1024}, "larger than 1 KiB; split it"),
        ("a,b\n" * 4, {}, {"MOST_ROWS": 3}, "more than 3 rows; split it"),
        ("a,b,c,d\n", {}, {"MOST_COLUMNS": 3}, "line 1: more than 3 columns"),
        ("a\tb\tc\td\n", {"delimiter": "\t"}, {"MOST_COLUMNS": 3}, "line 1: more than 3 columns"),
        ("a,b,c\n" * 4, {}, {"MOST_VALUES": 10}, "more than 10 values; split it"),
        ("a,b,c\n" * 40, {}, {"MOST_VALUES": 10}, "more than 10 values; split it"),
        ('"' + "x" * 101 + '",a\n', {}, {"LONGEST_VALUE": 100}, "line 1: field larger than field limit (100)"),
        ("[" + "[]," * 10_000_001 + "1]", {"format": "json"}, {}, "more than 20,000,000 values"),
    ],
    ids=range(11),
)
def test_a_file_beyond_a_limit_is_refused_whole(  # noqa: PLR0917 - cases and fixtures
    content: str,
    options: dict[str, Any],
    limits: dict[str, int],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "data"
    path.write_text(content)
    for name, value in limits.items():
        monkeypatch.setattr(decoding if hasattr(decoding, name) else delimited, name, value)
    reading = Reading.model_validate({"format": "delimited", "delimiter": ",", "header": False, "fields": {}} | options)
    with pytest.raises(RequestError) as error:
        list(read_rows(path, reading))
    assert str(error.value).startswith(f"{path}: ")
    assert message in str(error.value)


def test_the_limit_of_a_value_is_that_of_this_reader_alone(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    path = tmp_path / "data.csv"
    path.write_text('"a","b"\n' * 3)
    reading = Reading.model_validate({"format": "delimited", "delimiter": ",", "header": False, "fields": {}})
    rows = iter(read_rows(path, reading))
    next(rows)
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    "magic", [b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"PAR1", b"ARROW1", b"PK\x03\x04"]
)
def test_a_file_that_begins_as_another_kind_is_one_message(magic: bytes, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(magic + b"\0" * 100)
    reading = Reading.model_validate({"format": "jsonl", "fields": {}})
    with pytest.raises(RequestError, match=r"not a text file but |not a readable archive or compressed file"):
        list(read_rows(tmp_path / "data", reading))


@pytest.mark.parametrize(
    "text",
    [
        "accuracy >= " + "9" * 20_000,
        "accuracy >= " + "9" * 480,
        "accuracy >= baseline * " + "1" * 400 + "x",
        "accuracy >= " + "(" * 400,
        "accuracy >= 1e999999",
        ">" * 100_000,
        "accuracy." + "x" * 1_000_000 + " >= 1",
    ],
)
def test_a_long_condition_is_one_message_at_once(text: str) -> None:
    start = time.monotonic()
    with pytest.raises(LeaderboardError) as error:
        Condition.parse(text)
    assert len(str(error.value)) < 2_000
    assert time.monotonic() - start < 5


def test_a_name_of_megabytes_is_quoted_by_its_beginning() -> None:
    start = time.monotonic()
    message = str(unknown_name("task", "x" * 50_000_000, [f"name{number}" for number in range(100_000)]))
    assert len(message) < 10_000
    assert "and 99,800 more" in message
    assert time.monotonic() - start < 30
