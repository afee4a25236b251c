"""Flags that apply to some formats only."""

from collections.abc import Collection

from leaderboard.data.specification import FileFormat
from leaderboard.errors import RequestError
from leaderboard.own_data.options import DataOptions

_TEXT = frozenset({FileFormat.DELIMITED, FileFormat.JSONL, FileFormat.JSON})
_DELIMITER = ("--delimiter", frozenset({FileFormat.DELIMITED}), "delimited text (CSV, TSV)")
_ENCODING = ("--encoding", _TEXT, "text files (CSV, TSV, JSON)")
_HEADER = (
    "--header / --no-header",
    frozenset({FileFormat.DELIMITED, FileFormat.EXCEL}),
    "delimited text and spreadsheets",
)
_SHEET = ("--sheet", frozenset({FileFormat.EXCEL}), "spreadsheets")


def refuse_useless_flags(options: DataOptions, formats: Collection[FileFormat]) -> None:
    """Refuse flags that apply to none of the files.

    Args:
        options: the user's answers.
        formats: formats of all files.

    Raises:
        RequestError: naming the flag and the formats that it is for.
    """
    answers = (
        (_DELIMITER, options.delimiter),
        (_ENCODING, options.encoding),
        (_HEADER, options.header),
        (_SHEET, options.sheet),
    )
    for (flag, applicable, kinds), answer in answers:
        if answer is not None and not applicable & set(formats):
            raise RequestError(
                f"{options.data}: {flag} is for {kinds}, and no file is of such a format\n  Leave {flag} out."
            )
