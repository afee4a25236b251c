"""Rows of a query as the columns of a frame: a million in seconds, and never all of them as Python's objects."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Select
from sqlalchemy.orm import Session

_AT_ONCE = 50_000
"""Rows that are held as Python's objects at once."""


def read_columns(session: Session, query: Select[*tuple[Any, ...]], types: Mapping[str, str]) -> pd.DataFrame:
    """What a query finds.

    Args:
        session: where from.
        query: its columns are those of `types`, in that order.
        types: of each column, as pandas calls them; NULL is missing.
    """
    batches = session.execute(query, execution_options={"yield_per": _AT_ONCE}).partitions(_AT_ONCE)
    parts = [_columns(batch, types) for batch in batches]
    return pd.concat(parts, ignore_index=True) if parts else _columns([], types)


def _columns(rows: Sequence[Sequence[Any]], types: Mapping[str, str]) -> pd.DataFrame:
    columns = zip(*rows, strict=True) if rows else [()] * len(types)
    named = zip(types.items(), columns, strict=True)
    return pd.DataFrame({name: pd.Series(values, dtype=kind) for (name, kind), values in named})
