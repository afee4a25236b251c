"""Tables as files for download."""

from io import BytesIO

import pandas as pd


def csv_of(table: pd.DataFrame) -> bytes:
    """Return a table as CSV in UTF-8, with full precision and a byte order mark for spreadsheets."""
    return table.to_csv(index=False).encode("utf-8-sig")


def parquet_of(table: pd.DataFrame) -> bytes:
    """Return a table as Parquet."""
    buffer = BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()
