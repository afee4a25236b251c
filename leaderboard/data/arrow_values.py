"""Values of Arrow arrays as JSON would have them.

| Arrow | value |
| --- | --- |
| text, also in a dictionary, and bytes that are UTF-8 | text |
| integer, number, truth value, null | the same |
| decimal | an integer where it has no places, else its digits as text: "1.50" |
| date, time, timestamp | ISO 8601: "2026-05-31T10:00:00", and a fraction if any; with a zone in UTC, "+00:00" |
| duration | seconds |
| list, structure, map with texts as keys | list, object, object |
| extension | what it is stored as |

Others (unions, calendar intervals) are refused.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from leaderboard.data.row_limits import DEEPEST, RowLimits
from leaderboard.errors import RequestError

_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - zones are added as text
_DAY_S = 86_400
_UTF8_BYTES = 4
"""Maximum bytes of a character."""
_types = pa.types
Values = list[Any]


class UnreadableValueError(ValueError):
    """A value that is none of JSON's, such as bytes that are no text."""


def check_type(kind: Any, column: str, place: str, depth: int = 0) -> None:
    """Check that values of a type can be converted.

    Raises:
        RequestError: naming the column and its type.
    """
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if depth > DEEPEST:
        raise RequestError(f"{place}: column '{column}' has lists in lists, more than {DEEPEST} deep")
    if not any(test(kind) for test in (*_CONVERSIONS, _types.is_run_end_encoded)):
        raise RequestError(
            f"{place}: column '{column}' has the type {str(kind)[:60]}, which is no text, number, date, list or "
            "structure\n  Convert it to text, or leave it out of `fields`."
        )
    for child in _children(kind):
        check_type(child, column, place, depth + 1)


def _children(kind: Any) -> Iterator[Any]:
    if _types.is_dictionary(kind) or _types.is_run_end_encoded(kind):
        yield kind.value_type
    elif _types.is_nested(kind):
        yield from (kind.field(index).type for index in range(kind.num_fields))


def plain_values(array: Any, limits: RowLimits) -> Values:
    """Return the values of an array.

    Args:
        array: an array that was validated, of a type that `check_type` accepts.
        limits: counts what is read.

    Raises:
        RequestError: beyond a limit.
        UnreadableValueError: for a value that JSON does not have.
    """
    if isinstance(array.type, pa.BaseExtensionType):
        array = array.storage
    if _types.is_run_end_encoded(array.type):
        return plain_values(pc.run_end_decode(array), limits)
    limits.add_values(len(array))
    convert = next(convert for test, convert in _CONVERSIONS.items() if test(array.type))
    return convert(array, limits)


def _same(array: Any, _: RowLimits) -> Values:
    return list(array.to_pylist())


def _texts(array: Any, limits: RowLimits) -> Values:
    sizes = _sizes(array)
    # The least number of characters; views, which may share their bytes, take memory only when they are texts.
    limits.add_text(sum(sizes) // _UTF8_BYTES, max(sizes, default=0) // _UTF8_BYTES)
    return [_text(value) for value in array.to_pylist()]


def _sizes(array: Any) -> list[int]:
    """Return the bytes of each text."""
    if not (_types.is_string_view(array.type) or _types.is_binary_view(array.type)):
        return [size or 0 for size in pc.binary_length(array).to_pylist()]
    heads = memoryview(array.buffers()[1]).cast("i")  # of four numbers, the first is the size
    sizes = heads[4 * array.offset : 4 * (array.offset + len(array)) : 4].tolist()
    return [size if valid else 0 for size, valid in zip(sizes, array.is_valid().to_pylist(), strict=True)]


def _text(value: str | bytes | None) -> str | None:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise UnreadableValueError(f"holds {len(value):,} bytes that are not UTF-8 text") from None


def _from_dictionary(array: Any, limits: RowLimits) -> Values:
    used = array.indices.drop_null().unique()
    values = plain_values(array.dictionary.take(used), limits)
    places = pc.index_in(array.indices, used).to_pylist()
    texts = [len(values[place]) for place in places if place is not None and isinstance(values[place], str)]
    limits.add_text(sum(texts), max(texts, default=0))
    return [None if place is None else values[place] for place in places]


def _lists(array: Any, limits: RowLimits) -> Values:
    lengths = pc.list_value_length(array).to_pylist()
    if (total := sum(length or 0 for length in lengths)) > len(array):
        limits.add_values(total - len(array))  # before they are taken out, since lists may share their values
    items = iter(plain_values(array.flatten(), limits))
    return [None if length is None else [next(items) for _ in range(length)] for length in lengths]


def _maps(array: Any, limits: RowLimits) -> Values:
    kind = array.type
    pair = pa.struct([pa.field("key", kind.key_type, nullable=False), pa.field("value", kind.item_type)])
    rows = _lists(array.cast(pa.list_(pair)), limits)
    if _types.is_string(kind.key_type) or _types.is_large_string(kind.key_type):
        return [None if row is None else {each["key"]: each["value"] for each in row} for row in rows]
    return [None if row is None else [[each["key"], each["value"]] for each in row] for row in rows]


def _structures(array: Any, limits: RowLimits) -> Values:
    names = [array.type.field(index).name for index in range(array.type.num_fields)]
    if len(set(names)) < len(names):
        raise UnreadableValueError("is a structure with two fields of one name")
    columns = [plain_values(each, limits) for each in array.flatten()]
    present = array.is_valid().to_pylist()
    rows = zip(*columns, strict=True) if columns else ((),) * len(array)
    return [dict(zip(names, row, strict=True)) if there else None for there, row in zip(present, rows, strict=True)]


def _decimals(array: Any, _: RowLimits) -> Values:
    whole = array.type.scale <= 0
    return [None if value is None else int(value) if whole else format(value, "f") for value in array.to_pylist()]


def _timestamps(array: Any, _: RowLimits) -> Values:
    per_second, zone = _PER_SECOND[array.type.unit], "+00:00" if array.type.tz else ""

    def text(value: int) -> str:
        seconds, rest = divmod(value, per_second)
        return f"{_moment(seconds).isoformat()}{_fraction(rest, per_second)}{zone}"

    return _each(array.cast(pa.int64()), text)


def _dates(array: Any, _: RowLimits) -> Values:
    per_day = 1 if _types.is_date32(array.type) else _DAY_S * 1_000
    days = array.cast(pa.int32() if per_day == 1 else pa.int64())
    return _each(days, lambda value: _moment(value // per_day * _DAY_S).date().isoformat())


def _times(array: Any, _: RowLimits) -> Values:
    per_second = _PER_SECOND[array.type.unit]

    def text(value: int) -> str:
        seconds, rest = divmod(value, per_second)
        if not 0 <= seconds < _DAY_S:
            raise UnreadableValueError("holds a time that is no time of day")
        return f"{_moment(seconds).time().isoformat()}{_fraction(rest, per_second)}"

    return _each(array.cast(pa.int32() if _types.is_time32(array.type) else pa.int64()), text)


def _durations(array: Any, _: RowLimits) -> Values:
    per_second = _PER_SECOND[array.type.unit]
    return _each(
        array.cast(pa.int64()), lambda value: value / per_second if value % per_second else value // per_second
    )


def _each(array: Any, convert: Callable[[int], Any]) -> Values:
    return [None if value is None else convert(value) for value in array.to_pylist()]


def _moment(seconds: int) -> dt.datetime:
    try:
        return _EPOCH + dt.timedelta(seconds=seconds)
    except OverflowError:
        raise UnreadableValueError("holds a date outside of the years 1 to 9999") from None


def _fraction(rest: int, per_second: int) -> str:
    return f".{rest:0{len(str(per_second)) - 1}d}".rstrip("0") if rest else ""


_CONVERSIONS: dict[Callable[[Any], bool], Callable[[Any, RowLimits], Values]] = {
    _types.is_null: _same,
    _types.is_boolean: _same,
    _types.is_integer: _same,
    _types.is_floating: _same,
    _types.is_string: _texts,
    _types.is_large_string: _texts,
    _types.is_string_view: _texts,
    _types.is_binary: _texts,
    _types.is_large_binary: _texts,
    _types.is_binary_view: _texts,
    _types.is_fixed_size_binary: _texts,
    _types.is_dictionary: _from_dictionary,
    _types.is_decimal: _decimals,
    _types.is_timestamp: _timestamps,
    _types.is_date: _dates,
    _types.is_time: _times,
    _types.is_duration: _durations,
    _types.is_map: _maps,
    _types.is_list: _lists,
    _types.is_large_list: _lists,
    _types.is_fixed_size_list: _lists,
    _types.is_list_view: _lists,
    _types.is_large_list_view: _lists,
    _types.is_struct: _structures,
}
"""Conversion of the values of each type; the first test that holds counts."""
