"""The forms in which results leave the program."""

from enum import StrEnum


class ExportFormat(StrEnum):
    """How results are exported."""

    JSON = "json"
    PARQUET = "parquet"
    CSV = "csv"
    MARKDOWN = "markdown"
    LATEX = "latex"
    MODEL_INDEX = "model-index"
