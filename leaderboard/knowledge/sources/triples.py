"""Triples: facts of a graph in a file of tab-separated values or JSON."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from leaderboard.bounded_json import JsonError, parse_json
from leaderboard.data.text_files import read_text
from leaderboard.errors import RequestError
from leaderboard.knowledge.fact import Fact
from leaderboard.knowledge.source import KnowledgeSource

LARGEST = 2**29
"""Maximum bytes of a file."""
_NAMES = (("entity", "subject", "head"), ("relation", "predicate"), ("value", "object", "tail"))
"""Names of the three parts, as headers and as keys of objects."""
_ANSWER, _SEPARATOR = "answer", "|||"
_PARTS = len(_NAMES)
_JSON = (
    '{"entity": …, "relation": …, "value": …}, ["entity", "relation", "value"], or as in KgCLUE '
    '{"answer": "entity ||| relation ||| value"}'
)


class Triples(KnowledgeSource):
    """Read triples (entity, relation, value) from a file.

    A `.tsv` has three columns; a first row of their names is skipped. A `.jsonl` has one triple a line, a `.json` one
    list or one triple a line: a list of three texts, an object, or an object whose `answer` is a triple as in KgCLUE.
    Triples that occur twice count once.
    """

    name: ClassVar[str] = "triples"
    form: ClassVar[str] = "a .tsv, .json or .jsonl of triples"

    def accepts(self, reference: str) -> bool:
        """Return whether the reference ends as such a file does."""
        return reference.lower().endswith((".tsv", ".json", ".jsonl"))

    def facts(self, reference: str) -> Sequence[Fact]:
        """Return one fact for each triple.

        Raises:
            RequestError: for a file that cannot be read, or a row that is no triple, with its line.
        """
        path = Path(reference)
        text = read_text(path, largest=LARGEST, where="recipe.knowledge")
        rows = _tab_separated(text, path) if path.suffix.lower() == ".tsv" else _json_triples(text, path)
        return tuple(
            dict.fromkeys(Fact(entity=entity, relation=relation, value=value) for entity, relation, value in rows)
        )


def _tab_separated(text: str, path: Path) -> Iterator[list[str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        values = [value.strip() for value in line.split("\t")]
        if number == 1 and _is_header(values):
            continue
        if len(values) != _PARTS or not all(values):
            raise RequestError(
                f"{path}, line {number}: {len([each for each in values if each])} values between tabs, not 3\n"
                "  Valid: entity, relation and value, separated by tabs"
            )
        yield values


def _is_header(values: Sequence[str]) -> bool:
    return len(values) == _PARTS and all(value.lower() in names for value, names in zip(values, _NAMES, strict=True))


def _json_triples(text: str, path: Path) -> Iterator[list[str]]:
    if text.lstrip().startswith("[") and (rows := _json_list(text)) is not None:
        for number, row in enumerate(rows, start=1):
            yield _triple(row, f"{path}, item {number}")
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            place = f"{path}, line {number}"
            yield _triple(_parsed(line, place), place)


def _json_list(text: str) -> list[Any] | None:
    """Return the rows of a file that is one list; None for JSON lines, whose first line may be a list, too."""
    try:
        rows = parse_json(text, unique_keys=True)
    except JsonError:
        return None
    if not isinstance(rows, list):
        return None
    return [rows] if len(rows) == _PARTS and all(map(_is_part, rows)) else rows


def _parsed(line: str, place: str) -> Any:
    try:
        return parse_json(line, unique_keys=True)
    except JsonError as error:
        raise RequestError(f"{place}: not JSON: {error.problem}\n  Valid, one a line: {_JSON}") from None


def _triple(row: Any, place: str) -> list[str]:
    """Return the three parts of a row. Raises RequestError where it has others."""
    parts = _parts(row)
    if len(parts) != _PARTS or not all(map(_is_part, parts)):
        raise RequestError(f"{place}: not a triple\n  Valid: {_JSON}")
    return [" ".join(str(part).split()) for part in parts]


def _parts(row: Any) -> Sequence[Any]:
    if isinstance(row, Mapping):
        named = [next((row[name] for name in names if name in row), None) for names in _NAMES]
        if any(part is not None for part in named):
            return named
        row = row.get(_ANSWER)
    if isinstance(row, str):
        return row.split(_SEPARATOR, _PARTS - 1)
    return row if isinstance(row, list) else ()


def _is_part(value: Any) -> bool:
    """Return whether a value is a part of a triple: a number, or a text that is no triple itself."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    return bool(str(value).strip()) and _SEPARATOR not in str(value)
