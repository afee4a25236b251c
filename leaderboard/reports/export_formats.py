"""The formats in which results are exported."""

from enum import StrEnum


class ExportFormat(StrEnum):
    """A format of exported results."""

    JSON = "json"
    PARQUET = "parquet"
    CSV = "csv"
    MARKDOWN = "markdown"
    LATEX = "latex"
    MODEL_INDEX = "model-index"
