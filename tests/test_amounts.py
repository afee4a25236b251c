from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.amounts import parse_age, parse_duration, parse_size
from leaderboard.errors import RequestError
from tests.in_one_test import in_one_test


@in_one_test(
    "text, size",
    [
        ("0", 0),
        ("12", 12),
        ("12B", 12),
        ("1.5kB", 1500),
        ("500 MB", 500_000_000),
        ("5GB", 5_000_000_000),
        ("5g", 5_000_000_000),
        ("2TB", 2_000_000_000_000),
        ("1KiB", 1024),
        (" 3GiB ", 3 * 2**30),
    ],
)
def test_size_is_read_as_people_write_it(text, size):
    assert parse_size(text, where="--to") == size


@in_one_test("text", ["", "GB", "5XB", "-5GB", "5 G B", "1e9", "nan", "٥GB", "5,5GB", "30d"])
def test_what_is_no_size_says_what_would_be_one(text):
    with pytest.raises(RequestError, match=r"(?s)--to: '.*' is not a size.*as in 5GB"):
        parse_size(text, where="--to")


@given(st.integers(0, 10**11))
def test_whole_bytes_stay_what_they_are(size):
    assert parse_size(f"{size}B", where="") == size


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("90min", timedelta(hours=1, minutes=30)),
        ("12h", timedelta(hours=12)),
        ("30d", timedelta(days=30)),
        ("1.5D", timedelta(hours=36)),
        ("2w", timedelta(days=14)),
        ("0d", timedelta(0)),
    ],
)
def test_age_is_read_as_people_write_it(text, age):
    assert parse_age(text, where="--older-than") == age


@pytest.mark.parametrize("text", ["", "30", "d", "5m", "-1d", "2y", "5GB"])
def test_what_is_no_age_says_what_would_be_one(text):
    with pytest.raises(RequestError, match=r"(?s)--older-than: '.*' is not an age.*as in 30d"):
        parse_age(text, where="--older-than")


def test_age_beyond_the_calendar_is_refused():
    with pytest.raises(RequestError, match="longer ago than any calendar"):
        parse_age("999999999999w", where="--older-than")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("10m", 600), ("10 min", 600), ("1.5h", 5400), ("1d", 86400)]
)
def test_duration_is_read_as_people_write_it(text, seconds):
    assert parse_duration(text, where="--timeout") == seconds


@in_one_test("text", ["", "0", "0m", "-5", "m", "5w", "5x", "nan", "1e3"])
def test_what_is_no_duration_says_what_would_be_one(text):
    with pytest.raises(RequestError, match=r"(?s)--timeout: '.*' is not a duration.*10m"):
        parse_duration(text, where="--timeout")
