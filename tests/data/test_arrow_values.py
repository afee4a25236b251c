"""Values of Arrow as JSON has them, and the types that are refused."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from leaderboard.data.arrow_rows import batch_rows, columns_to_read
from leaderboard.data.arrow_values import UnreadableValueError, check_type, plain_values
from leaderboard.data.row_limits import RowLimits
from leaderboard.errors import RequestError
from tests.in_one_test import in_one_test

BASE = dt.datetime(2026, 5, 31, 10, 0)  # noqa: DTZ001 - Arrow has zones in its types
NESTED = pa.struct({"a": pa.int8(), "b": pa.list_(pa.string())})
MANY = pa.array([10_000] * 10_000, pa.int32())
SHARED = pa.ListViewArray.from_arrays(pa.array([0] * 10_000, pa.int32()), MANY, pa.nulls(10_000))
LONG_AGO = dt.datetime(1969, 12, 31, 23, 59, 59, 250_000)  # noqa: DTZ001


def _values(array: Any) -> list[Any]:
    array.validate(full=True)
    check_type(array.type, "x", "file")
    return plain_values(array, RowLimits("file"))


@in_one_test("values, kind, expected", [
        (["a", None, "你好"], pa.string(), ["a", None, "你好"]),
        (["a"], pa.large_string(), ["a"]),
        (["a"], pa.string_view(), ["a"]),
        ([b"\xe4\xbd\xa0", None], pa.binary(), ["你", None]),
        ([b"ab"], pa.binary(2), ["ab"]),
        ([1, None], pa.int8(), [1, None]),
        ([2**64 - 1], pa.uint64(), [2**64 - 1]),
        ([0.5], pa.float16(), [0.5]),
        ([True, None], pa.bool_(), [True, None]),
        ([None], pa.null(), [None]),
        ([Decimal("1.5"), None], pa.decimal128(5, 2), ["1.50", None]),
        ([Decimal(7)], pa.decimal256(40, 0), [7]),
        ([dt.date(2026, 5, 31), None], pa.date32(), ["2026-05-31", None]),
        ([dt.date(1, 1, 1)], pa.date64(), ["0001-01-01"]),
        ([BASE, LONG_AGO], pa.timestamp("us"), ["2026-05-31T10:00:00", "1969-12-31T23:59:59.25"]),
        ([BASE], pa.timestamp("ns", "Asia/Shanghai"), ["2026-05-31T10:00:00+00:00"]),
        ([dt.time(1, 2, 3, 4_000)], pa.time64("us"), ["01:02:03.004"]),
        ([dt.timedelta(days=1), dt.timedelta(milliseconds=1_500)], pa.duration("ms"), [86_400, 1.5]),
        ([["a", None], None, []], pa.list_(pa.string()), [["a", None], None, []]),
        ([[1, 2], None], pa.list_(pa.int32(), 2), [[1, 2], None]),
        ([["a"], None], pa.list_view(pa.string()), [["a"], None]),
        ([{"a": 1, "b": ["x"]}, None], NESTED, [{"a": 1, "b": ["x"]}, None]),
        ([[("k", 1)], None, []], pa.map_(pa.string(), pa.int8()), [{"k": 1}, None, {}]),
        ([[(1, "k")]], pa.map_(pa.int8(), pa.string()), [[[1, "k"]]]),
    ])  # fmt: skip
def test_a_value_is_that_of_json(values: list[Any], kind: Any, expected: list[Any]) -> None:
    assert _values(pa.array(values, type=kind)) == expected
    assert _values(pa.array([None, *values], type=kind).slice(1)) == expected  # a slice begins within its buffers


def test_a_dictionary_gives_its_texts() -> None:
    array = pa.DictionaryArray.from_arrays(pa.array([1, None, 0, 1]), pa.array(["no", "yes", "never used"]))
    assert _values(array) == ["yes", None, "no", "yes"]


def test_runs_are_their_values() -> None:
    assert _values(pa.RunEndEncodedArray.from_arrays(pa.array([2, 3]), pa.array(["a", None]))) == ["a", "a", None]


def test_an_extension_is_what_it_is_stored_as() -> None:
    assert _values(pa.array(['{"a": 1}'], type=pa.json_())) == ['{"a": 1}']


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (pa.array([b"\xff\xd8"]), "2 bytes that are not UTF-8"),
        (pa.array([2**62], type=pa.timestamp("s")), "outside of the years 1 to 9999"),
    ],
)
def test_what_is_no_value_of_json_is_said(array: Any, reason: str) -> None:
    with pytest.raises(UnreadableValueError, match=reason):
        _values(array)


def _nested(depth: int) -> Any:
    kind = pa.int8()
    for _ in range(depth):
        kind = pa.list_(kind)
    return kind


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (pa.dense_union([pa.field("a", pa.int8())]), "has the type dense_union"),
        (pa.month_day_nano_interval(), "has the type month_day_nano_interval"),
        (pa.list_(pa.sparse_union([pa.field("a", pa.int8())])), "has the type sparse_union"),
        (_nested(40), "more than 32 deep"),
    ],
    ids=["union", "interval", "in a list", "deep"],
)
def test_a_type_that_json_does_not_have_is_refused(kind: Any, reason: str) -> None:
    with pytest.raises(RequestError, match=f"column 'x' .*{reason}"):
        check_type(kind, "x", "file")


def test_one_wrong_value_is_a_problem_of_its_row_alone() -> None:
    batch = pa.record_batch({"text": pa.array([b"good", b"\xff", b"fine"]), "n": pa.array([1, 2, 3])})
    records = list(batch_rows([batch], ["text", "n"], RowLimits("file")))
    assert [record.row for record in records] == [{"text": "good", "n": 1}, {}, {"text": "fine", "n": 3}]
    assert records[1].problem == "column 'text' holds 1 bytes that are not UTF-8 text"
    assert [record.place for record in records] == ["row 1", "row 2", "row 3"]


def test_only_columns_that_are_needed_are_read() -> None:
    schema = pa.schema({"a": pa.string(), "b": pa.struct({"c": pa.string()}), "z": pa.month_day_nano_interval()})
    assert columns_to_read(schema, {"a"}, RowLimits("file")) == ["a"]
    assert columns_to_read(schema, {"b.c", "a"}, RowLimits("file")) == ["a", "b"]
    with pytest.raises(RequestError, match="'z' has the type"):
        columns_to_read(schema, {"missing"}, RowLimits("file"))  # the message about it lists all columns
    with pytest.raises(RequestError, match="2 columns are called 'a'"):
        columns_to_read(pa.schema([("a", pa.string()), ("a", pa.string())]), {"a"}, RowLimits("file"))


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (pa.DictionaryArray.from_arrays(pa.array([0] * 1_000), pa.array(["x" * 2_000_000])), "1 GiB of text"),
        (pa.array(["x" * 40_000_004]), "a value has more than 10,000,000 characters"),
        (pa.nulls(60_000_000), "50,000,000 values"),
        (pa.array([None], type=pa.list_(pa.null(), 2**31 - 1)), ""),  # nothing is taken out of a null
        (pa.FixedSizeListArray.from_arrays(pa.nulls(2**31 - 1), 2**31 - 1), "50,000,000 values"),
        (SHARED, "50,000,000 values"),
    ],
    ids=["dictionary", "long text", "nulls", "null list", "list of nulls", "lists that share their values"],
)  # fmt: skip
def test_few_bytes_that_stand_for_many_values_are_refused(array: Any, reason: str) -> None:
    if not reason:
        assert plain_values(array, RowLimits("file")) == [None]
        return
    with pytest.raises(RequestError, match=reason):
        plain_values(array, RowLimits("file"))
