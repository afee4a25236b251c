"""Names of classes that a data set of the library `datasets` says its numbers stand for."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from leaderboard.data.record import Record
from leaderboard.errors import RequestError

_UNLABELLED = -1
"""Number of a class in test data whose classes are not published."""
_LISTS = frozenset({"Sequence", "List", "LargeList"})


def named_rows(records: Iterable[Record], features: Any) -> Iterator[Record]:
    """Yield rows with names in place of the numbers of classes; -1, which stands for no class, becomes null.

    Args:
        records: the rows.
        features: features by column, as `Features.to_dict` of `datasets` and `dataset_info.json` have them.

    Raises:
        RequestError: for a column that is read and has two classes of one name.
    """
    convert = {column: names for column, feature in _items(features) if (names := _naming(feature)) is not None}
    ambiguous = {column: name for column, feature in _items(features) if (name := _repeated_name(feature)) is not None}
    for record in records:
        for column in ambiguous.keys() & record.row.keys():
            raise RequestError(
                f"column '{column}': the data set has two classes with the name '{ambiguous[column]}'; "
                "rename one of them in its features"
            )
        try:
            row = {name: convert[name](value) if name in convert else value for name, value in record.row.items()}
        except (LookupError, TypeError):
            yield replace(record, row={}, problem="a class is no number of the classes that the data set names")
            continue
        yield replace(record, row=row)


def class_columns(features: Any) -> tuple[str, ...]:
    """Return the columns whose values are classes with names.

    Args:
        features: as for `named_rows`.
    """
    return tuple(column for column, feature in _items(features) if _class_names(feature) is not None)


def _items(features: Any) -> Iterable[tuple[str, Any]]:
    return features.items() if isinstance(features, Mapping) else ()


def _naming(feature: Any) -> Callable[[Any], Any] | None:
    """Return the function that names the classes of a column; None for a column without classes."""
    if (names := _class_names(feature)) is not None:
        return lambda value: _name(value, names)
    element = _inside(feature)
    inner = None if element is None else _naming(element)
    if inner is None:
        return None
    return lambda values: None if values is None else [inner(value) for value in values]


def _repeated_name(feature: Any) -> str | None:
    """Return a name that several classes of a column have; None where there is none."""
    if feature is None:
        return None
    if (names := _class_names(feature)) is not None:
        return next((name for name, count in Counter(names).items() if count > 1), None)
    return _repeated_name(_inside(feature))


def _class_names(feature: Any) -> list[str] | None:
    if not isinstance(feature, Mapping) or feature.get("_type") != "ClassLabel":
        return None
    names = feature.get("names")
    return names if isinstance(names, list) and all(isinstance(name, str) for name in names) else None


def _inside(feature: Any) -> Any:
    """Return the feature of the values of a list; None for another feature."""
    if isinstance(feature, list) and len(feature) == 1:  # how earlier versions write a list
        return feature[0]
    return feature.get("feature") if isinstance(feature, Mapping) and feature.get("_type") in _LISTS else None


def _name(value: Any, names: list[str]) -> str | None:
    """Return the name of a class.

    Raises:
        LookupError: for another number.
        TypeError: for a value that is no whole number, such as 0.9.
    """
    if value is None:
        return None
    if type(value) is not int:
        raise TypeError(value)
    if value < _UNLABELLED:
        raise LookupError(value)
    return None if value == _UNLABELLED else names[value]
