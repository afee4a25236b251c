"""Projection: which columns of a file the fields of an example are made of."""

from leaderboard.data.specification import PARTNER, Reading
from leaderboard.data.template import variables

_ALL = "row"
"""Variable of templates that has all columns."""


def columns_of(reading: Reading) -> frozenset[str] | None:
    """Return the columns that are read; None for all of them.

    A dotted name may lead into a nested value of the column that it begins with.
    """
    names = set(reading.only)
    for spec in reading.fields.values():
        names |= set(spec.column_names) if spec.template is None else variables(spec.template)
    return None if _ALL in names or PARTNER in names or not reading.fields else _of_file(names, reading)


def named_columns(reading: Reading) -> frozenset[str]:
    """Return the columns that rows cannot do without: all but those of templates that do without them."""
    names = set(reading.only)
    for spec in reading.fields.values():
        if spec.template is None:
            names |= set(spec.column_names)
        elif "defined" not in spec.template and "default" not in spec.template:
            names |= variables(spec.template) - {_ALL, PARTNER}
    return _of_file(names, reading)


def _of_file(names: set[str], reading: Reading) -> frozenset[str]:
    """Return the names of columns of the file, where some are columns of the other row of a pair."""
    if reading.pair_column is None:
        return frozenset(names)
    return frozenset({reading.pair_column, *(name.removeprefix(f"{PARTNER}.") for name in names)})
