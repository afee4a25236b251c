"""JSON from strangers: a value, or one message with the line and column."""

import json
import time

import pytest

from leaderboard.bounded_json import DEEPEST, JsonError, parse_json, parse_storable_json
from tests.in_one_test import in_one_test

TOO_DEEP = f"more than {DEEPEST} lists or objects inside one another"


@in_one_test(
    "text, message",
    [
        ("[" * 900 + "]" * 900, f"line 1, column 101: {TOO_DEEP}"),
        ("[\n" * 100_000, TOO_DEEP),
        ('{"a":\n' * 900 + "1" + "}" * 900, f"line 101, column 1: {TOO_DEEP}"),
        ('{"a":[' * 60 + "1" + "]}" * 60, TOO_DEEP),
        ('["' + '\\"' * 100 + '",' + "[" * 101 + "]" * 101 + "]", TOO_DEEP),
        ("[1, " + "9" * 5_000 + "]", "a number of 5,000 digits; the most are 300"),
        ("[1, -" + "9" * 301 + "]", "a number of 301 digits"),
        ("[1,\n 2,,]", "line 2, column 4: Expecting value"),
        ("", "line 1, column 1: Expecting value"),
        ("\0", "Expecting value"),
    ],
)
def test_hostile_json_is_one_message(text: str, message: str) -> None:
    with pytest.raises(JsonError) as error:
        parse_json(text)
    assert message in str(error.value)


def test_a_string_that_nothing_closes_is_looked_through_once() -> None:
    start = time.monotonic()
    with pytest.raises(JsonError, match=TOO_DEEP):
        parse_json('"' + '\\"' * 500_000 + "[" * 101 + "]" * 101)
    assert time.monotonic() - start < 20


def test_values_are_counted_before_they_take_memory() -> None:
    with pytest.raises(JsonError, match=r"more than 1,000 values \(there are about 4,001\); split it"):
        parse_json("[" + "[]," * 2_000 + "1]", most_values=1_000)


def test_brackets_and_commas_in_strings_are_text() -> None:
    text = json.dumps(["[{," * 500, '\\"[' * 200, "\\"])
    assert parse_json(text, most_values=10) == json.loads(text)


def test_a_value_as_deep_as_may_be_is_read() -> None:
    text = "[" * DEEPEST + "]" * DEEPEST
    assert parse_json(f"{text}") == json.loads(text)
    mixed = '{"a":[' * (DEEPEST // 2) + "]}" * (DEEPEST // 2)
    assert parse_json(mixed) == json.loads(mixed)


def test_digits_in_strings_are_text() -> None:
    assert parse_json('["' + "9" * 5_000 + '"]') == ["9" * 5_000]


def test_numbers_that_are_no_json_are_refused_where_they_must_be_finite() -> None:
    assert parse_json("[1e999, Infinity]") == [float("inf")] * 2
    for number in ("NaN", "-Infinity", "1e999", "-1e999"):
        with pytest.raises(JsonError, match=number):
            parse_json(f"[{number}]", finite=True)
    assert parse_json("[1e308, 0.1]", finite=True) == [1e308, 0.1]


def test_keys_are_unique_where_they_must_be() -> None:
    assert parse_json('{"a": 1, "a": 2}') == {"a": 2}
    with pytest.raises(JsonError, match="an object has the key 'a' twice; keep one of them"):
        parse_json('[{"a": 1, "a": 2}]', unique_keys=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": [9223372036854775808]}', "a.0: an integer beyond 64 bits"),
        ('["\\ud800"]', "half a surrogate pair"),
        ('{"\\udfff": 1}', "half a surrogate pair"),
        ('["\ud800"]', "half a surrogate pair"),
        ("[1e999]", "1e999"),
        ("[" + "[]," * 3_000_000 + "[]]", "3,000,002 lists and objects in 9,000,004 characters"),
    ],
)
def test_what_no_database_can_hold_is_refused_where_it_must_be_stored(text: str, message: str) -> None:
    with pytest.raises(JsonError) as error:
        parse_storable_json(text)
    assert message in str(error.value)


def test_what_a_database_can_hold_is_read() -> None:
    value = {
        "a": [2**63 - 1, -(2**63 - 1), 0.1, None, "\U0001f600 é"],
        "1234567890123456789012": "99999999999999999999",
    }
    assert parse_storable_json(json.dumps(value)) == value
