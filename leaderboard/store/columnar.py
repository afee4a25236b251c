"""Rows of a query as the columns of a frame: a million in seconds, and never all of them as Python's objects."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Select
from sqlalchemy.orm import Session

_FETCHED = 1000
"""Rows that are fetched at once: few enough to be gone before Python's collector looks through them."""
_KEPT = 50_000
"""Values of a column that are Python's own at once."""


def read_columns(session: Session, query: Select[*tuple[Any, ...]], types: Mapping[str, str]) -> pd.DataFrame:
    """What a query finds.

    Args:
        session: where from.
        query: its columns are those of `types`, in that order.
        types: of each column, as pandas calls them; NULL is missing.
    """
    found = session.connection().execute(query, execution_options={"yield_per": _FETCHED})
    parts: list[pd.DataFrame] = []
    columns: list[list[Any]] = [[] for _ in types]
    for rows in found.partitions(_FETCHED):
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column.extend(values)
        if len(columns[0]) >= _KEPT:
            parts.append(_frame(columns, types))
            columns = [[] for _ in types]
    return pd.concat([*parts, _frame(columns, types)], ignore_index=True)


def _frame(columns: Sequence[Sequence[Any]], types: Mapping[str, str]) -> pd.DataFrame:
    named = zip(types.items(), columns, strict=True)
    return pd.DataFrame({name: pd.Series(values, dtype=kind) for (name, kind), values in named})
