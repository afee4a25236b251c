"""Tables as files to take away."""

from io import BytesIO

import pandas as pd


def csv_of(table: pd.DataFrame) -> bytes:
    """As CSV in UTF-8, with full precision; with a mark in front that lets spreadsheets read names in any language."""
    return table.to_csv(index=False).encode("utf-8-sig")


def parquet_of(table: pd.DataFrame) -> bytes:
    """As Parquet."""
    buffer = BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()
