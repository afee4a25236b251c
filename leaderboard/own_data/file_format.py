"""Detection of the format of a data file. The only place that knows formats; `data.rows` reads them."""

import re
from pathlib import Path

from leaderboard.data.specification import FileFormat
from leaderboard.own_data.detection import Detected, Detection
from leaderboard.own_data.no_data import first_bytes

_SUFFIXES = {
    ".jsonl": FileFormat.JSONL,
    ".ndjson": FileFormat.JSONL,
    ".json": FileFormat.JSON,
    ".csv": FileFormat.DELIMITED,
    ".tsv": FileFormat.DELIMITED,
    ".conll": FileFormat.CONLL,
    ".conllu": FileFormat.CONLL,
    ".bio": FileFormat.CONLL,
    ".iob": FileFormat.CONLL,
    ".iob2": FileFormat.CONLL,
}
_TABLES = {
    ".parquet": FileFormat.PARQUET,
    ".arrow": FileFormat.ARROW,
    ".feather": FileFormat.ARROW,
    **dict.fromkeys([".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"], FileFormat.EXCEL),
}
_MAGIC = {b"PAR1": FileFormat.PARQUET, b"ARROW1": FileFormat.ARROW}
_NAMES = {
    FileFormat.PARQUET: "Parquet",
    FileFormat.ARROW: "Arrow",
    FileFormat.EXCEL: "Excel",
    FileFormat.DELIMITED: "delimited text",
    FileFormat.JSONL: "JSON lines",
    FileFormat.JSON: "JSON (a list of objects)",
    FileFormat.CONLL: "CoNLL (a word in a line)",
}
TAG = re.compile(r"O|[BIESLUM]-\S+")
"""A tag of a span, in any scheme."""
_SAMPLE = 1 << 16
_LEAST_LINES = 4


def detect_table_format(path: Path) -> Detected[FileFormat] | None:
    """Detect a format that is no text, by the ending of the name or the first bytes; None for any other."""
    if (kind := _TABLES.get(path.suffix.casefold())) is not None:
        return _detected(kind, f"the ending {path.suffix}")
    begin = first_bytes(path)
    kind = next((kind for magic, kind in _MAGIC.items() if begin.startswith(magic)), None)
    return None if kind is None else _detected(kind, "its first bytes")


def detect_format(path: Path, text: str) -> Detected[FileFormat]:
    """Detect the format of a text file: by its content where it is unmistakable, else by the ending of its name.

    Args:
        path: path of the file.
        text: its text, or the beginning of it.
    """
    begin = text[:_SAMPLE].lstrip("\ufeff \t\r\n")
    named = _SUFFIXES.get(path.suffix.casefold())
    if begin.partition("\n")[0].strip() == "{" and named in {None, FileFormat.JSON}:
        return _detected(FileFormat.JSON, "it begins an object of several lines")
    if begin.startswith("{") and named is not FileFormat.DELIMITED:
        return _detected(FileFormat.JSONL, "every line begins an object")
    if begin.startswith("[") and named in {None, FileFormat.JSON, FileFormat.JSONL}:
        return _detected(FileFormat.JSON, "it begins a list")
    if named is not FileFormat.DELIMITED and _is_conll(begin):
        return _detected(FileFormat.CONLL, "each line ends in a tag such as O or B-PER")
    if named is not None:
        return _detected(named, f"the ending {path.suffix}")
    return _detected(FileFormat.DELIMITED, "plain text")


def _detected(kind: FileFormat, evidence: str) -> Detected[FileFormat]:
    return Detected(kind, Detection("format", _NAMES[kind], evidence))


def _is_conll(text: str) -> bool:
    lines = [line.split() for line in text.splitlines()[:-1] or text.splitlines()]
    words = [line for line in lines if line and line[0] != "-DOCSTART-"]
    tags = [line for line in words if len(line) > 1 and (TAG.fullmatch(line[-1]) or TAG.fullmatch(line[0]))]
    return len(words) >= _LEAST_LINES and len(words) < len(lines) and 20 * len(tags) >= 19 * len(words)
