"""Query results as data frames, column by column, which keeps few Python objects alive at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Select
from sqlalchemy.orm import Session

_FETCHED = 1000
"""Rows in one fetch: few enough to be freed before the garbage collector traverses them."""
_KEPT = 50_000
"""Maximum number of values of a column that are Python objects at one time."""


def read_columns(session: Session, query: Select[*tuple[Any, ...]], types: Mapping[str, str]) -> pd.DataFrame:
    """Run a query and return its rows as a frame.

    Args:
        session: session of the store.
        query: query whose columns are those of `types`, in that order.
        types: pandas type of each column; NULL is missing.
    """
    result = session.connection().execute(query, execution_options={"yield_per": _FETCHED})
    parts: list[pd.DataFrame] = []
    columns: list[list[Any]] = [[] for _ in types]
    for rows in result.partitions(_FETCHED):
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column.extend(values)
        if len(columns[0]) >= _KEPT:
            parts.append(_frame(columns, types))
            columns = [[] for _ in types]
    return pd.concat([*parts, _frame(columns, types)], ignore_index=True)


def _frame(columns: Sequence[Sequence[Any]], types: Mapping[str, str]) -> pd.DataFrame:
    named = zip(types.items(), columns, strict=True)
    return pd.DataFrame({name: pd.Series(values, dtype=kind) for (name, kind), values in named})
