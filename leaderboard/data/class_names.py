"""Names of classes that a data set of the library `datasets` says its numbers stand for."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from leaderboard.data.record import Record

_UNLABELLED = -1
"""Number of a class in test data whose classes are not published."""
_LISTS = frozenset({"Sequence", "List", "LargeList"})


def named_rows(records: Iterable[Record], features: Any) -> Iterator[Record]:
    """Yield rows with names in place of the numbers of classes; -1, which stands for no class, becomes null.

    Args:
        records: the rows.
        features: features by column, as `Features.to_dict` of `datasets` and `dataset_info.json` have them.
    """
    convert = {column: names for column, feature in _items(features) if (names := _naming(feature)) is not None}
    for record in records:
        try:
            row = {name: convert[name](value) if name in convert else value for name, value in record.row.items()}
        except (LookupError, TypeError):
            yield replace(record, row={}, problem="a class is no number of the classes that the data set names")
            continue
        yield replace(record, row=row)


def _items(features: Any) -> Iterable[tuple[str, Any]]:
    return features.items() if isinstance(features, Mapping) else ()


def _naming(feature: Any) -> Callable[[Any], Any] | None:
    """Return the function that names the classes of a column; None for a column without classes."""
    if isinstance(feature, list) and len(feature) == 1:  # how earlier versions write a list
        feature = {"_type": "List", "feature": feature[0]}
    if not isinstance(feature, Mapping):
        return None
    names = feature.get("names")
    if (
        feature.get("_type") == "ClassLabel"
        and isinstance(names, list)
        and all(isinstance(name, str) for name in names)
    ):
        return lambda value: _name(value, names)
    inner = _naming(feature.get("feature")) if feature.get("_type") in _LISTS else None
    if inner is None:
        return None
    return lambda values: None if values is None else [inner(value) for value in values]


def _name(value: Any, names: list[str]) -> str | None:
    if value is None or value == _UNLABELLED:
        return None
    if value < 0:
        raise LookupError(value)
    return names[int(value)]
