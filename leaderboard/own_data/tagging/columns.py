"""Choice of the columns of words and tags: of a CoNLL file, or lists in a table or data set."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from leaderboard.data.record import Record
from leaderboard.errors import RequestError
from leaderboard.own_data.column_names import LABELS, plain_name, ranked
from leaderboard.own_data.detection import Detection, listed, question, quoted
from leaderboard.own_data.file_format import TAG
from leaderboard.own_data.options import DataOptions
from leaderboard.own_data.yaml_flow import Value

_PHRASES = frozenset(["NP", "VP", "PP", "ADVP", "ADJP", "SBAR", "PRT", "CONJP", "INTJ", "LST", "UCP"])
"""Types of chunks (CoNLL-2000), whose tags look like those of entities."""
_LEAST_TAGS = 0.95
_AS_DIFFERENT = 0.5
"""Share of the different values of the richest column from which another one may hold the words, too."""
_MOST_BARE_TYPES = 50
_OUTSIDE = "O"
Column = TypeVar("Column", int, str)
"""Number or name of a column."""


@dataclass(frozen=True, slots=True)
class TagColumns:
    """The columns that are read.

    Attributes:
        words, tags: numbers of columns of a CoNLL file, from 0; names in a table of lists.
        detections: how each was chosen.
    """

    words: int | str
    tags: int | str
    detections: tuple[Detection, ...]

    @property
    def fields(self) -> Mapping[str, Value]:
        """Fields of a sentence, each with its column."""
        return {"words": self.words, "tags": self.tags}


def choose_tag_columns(path: Path, sample: Sequence[Record], *, words: str | None, tags: str | None) -> TagColumns:
    """Choose the columns of words and tags by the user's flags, else by their values.

    Args:
        path: path of the file, for messages.
        sample: its first sentences.
        words: number of the column of words that the user named.
        tags: number of the column of tags that the user named.

    Raises:
        RequestError: for a column that does not exist; as a question where several columns are as likely.
    """
    counts = _value_counts(path, sample)
    chosen_tags = None if tags is None else _number(path, "--label", tags, len(counts))
    chosen_words = None if words is None else _number(path, "--text", words, len(counts))
    if chosen_tags is None:
        chosen_tags, evidence = _tags(path, dict(enumerate(counts)), without=chosen_words)
    else:
        evidence = "--label"
    tag_detection = Detection("tags", f"column {chosen_tags}", evidence, "--label COLUMN")
    if chosen_words is None:
        chosen_words, evidence = _words(path, dict(enumerate(counts)), sample, chosen_tags)
    else:
        evidence = "--text"
    if chosen_words == chosen_tags:
        raise RequestError(f"{path}: --text and --label name the same column, {chosen_tags}; each has one role")
    word_detection = Detection("words", f"column {chosen_words}", evidence, "--text COLUMN")
    return TagColumns(chosen_words, chosen_tags, (word_detection, tag_detection))


def find_tag_lists(path: Path, sample: Sequence[Record], options: DataOptions) -> TagColumns | None:
    """Return the columns of a table in which each row has a list of words and a list of tags; None where it has none.

    Args:
        path: path of the file, for messages.
        sample: its first rows.
        options: the user's answers.

    Raises:
        RequestError: as a question where several columns are as likely.
    """
    counts = _list_counts(sample)
    answers = {flag: name for flag, name in (("--label", options.label), ("--text", options.text)) if name is not None}
    named = {flag: name for flag, name in answers.items() if name in counts}
    if answers and not named:
        return None
    if len(counts) < 2 or not any(map(_are_tags, counts.values())):  # noqa: PLR2004 - words, and tags
        _refuse_numbers(path, sample, counts)
        return None
    labels = ranked((name for name in sample[0].row if name not in counts), LABELS)
    if labels and not named:
        raise question(
            path,
            f"rows have lists of words and tags ({', '.join(map(quoted, counts))}) and a column {quoted(labels[0])}",
            "--label COLUMN, the column of tags,",
            f"--label {labels[0]}, which takes it as the class of a text",
        )
    tags, tag_evidence = (
        (named["--label"], "--label") if "--label" in named else _tags(path, counts, without=named.get("--text"))
    )
    words, word_evidence = (named["--text"], "--text") if "--text" in named else _words(path, counts, sample, tags)
    if words == tags:
        raise RequestError(f"{path}: --text and --label name the same column, {tags}; each has one role")
    return TagColumns(
        words,
        tags,
        (
            Detection("tags", f"column {tags!r}", tag_evidence, "--label COLUMN"),
            Detection("words", f"column {words!r}", word_evidence, "--text COLUMN"),
        ),
    )


def _refuse_numbers(path: Path, sample: Sequence[Record], counts: Mapping[str, Counter[str]]) -> None:
    """Refuse tags that are numbers without names, beside a list of words."""
    row = sample[0].row
    for name, value in row.items():
        if counts and "tag" in plain_name(name) and isinstance(value, list) and _are_whole_numbers(value):
            raise RequestError(
                f"{path}: column {quoted(name)} has numbers for tags, such as {value[0]}, and no names for them\n"
                "  Write the names (B-PER, O …), or name the data set that has them: hub:OWNER/NAME or disk:FOLDER."
            )


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _are_whole_numbers(values: Sequence[Any]) -> bool:
    return bool(values) and all(isinstance(each, int) for each in values)


def _list_counts(sample: Sequence[Record]) -> dict[str, Counter[str]]:
    """Return how often each value is in each column of lists, where nearly all rows have as many tags as words.

    Empty for a table without lists of tags. Rows that differ from the others are refused when they are read.
    """
    rows = [record.row for record in sample if not record.problem]
    names = [name for name in (rows[0] if rows else ()) if _nearly_all(_are_texts(row.get(name)) for row in rows)]
    rows = [row for row in rows if all(_are_texts(row.get(name)) for name in names)]
    counts = {name: Counter(each for row in rows for each in row[name]) for name in names}
    tags = next((name for name in names if _are_tags(counts[name])), None)
    if tags is None:
        return counts
    return {name: counts[name] for name in names if _nearly_all(len(row[name]) == len(row[tags]) for row in rows)}


def _nearly_all(truths: Iterable[bool]) -> bool:
    every = list(truths)
    return sum(every) >= _LEAST_TAGS * len(every)


def _value_counts(path: Path, sample: Sequence[Record]) -> list[Counter[str]]:
    """Return how often each value is in each column of the sample.

    Raises:
        RequestError: for a file with one column.
    """
    width = Counter(sum(name != "-1" for name in each.row) for each in sample if not each.problem).most_common(1)[0][0]
    if width < 2:  # noqa: PLR2004 - words, and tags
        raise RequestError(f"{path}: it has one column, and each word needs a tag beside it")
    counts = [Counter[str]() for _ in range(width)]
    for record in sample:
        for number, column in enumerate(counts):
            column.update(record.row.get(str(number), ()))
    return counts


def _number(path: Path, flag: str, text: str, width: int) -> int:
    number = int(text) if text.removeprefix("-").isdecimal() else width
    if not -width <= number < width:
        raise RequestError(
            f"{path}: {flag} {text}: the columns of a CoNLL file are numbered 0 to {width - 1}, or from the last, -1"
        )
    return number % width


def _tags(path: Path, counts: Mapping[Column, Counter[str]], *, without: Column | None) -> tuple[Column, str]:
    """Return the column of tags, and how it was chosen."""
    numbers = [number for number in counts if number != without]
    likely = [number for number in numbers if _are_tags(counts[number])]
    if not likely:
        likely = [number for number in numbers if _are_bare_types(counts[number])]
    if len(likely) == 1:
        return likely[0], f"the only column of tags, such as {_examples(counts[likely[0]])}"
    phrases = [number for number in likely if _are_phrases(counts[number])]
    if phrases and len(likely) - len(phrases) == 1:
        (number,) = set(likely) - set(phrases)
        others = ", ".join(map(str, phrases))
        return number, f"tags such as {_examples(counts[number])}; those of column {others} are of phrases (NP, VP)"
    shown = "; ".join(f"column {number}: {_examples(counts[number])}" for number in likely or numbers)
    problem = "several columns hold tags" if likely else "no column looks like tags"
    answers = [f"--label {number}" for number in likely]
    raise question(path, f"{problem} ({shown})", *(answers or ["--label COLUMN"]))


def _are_tags(values: Counter[str]) -> bool:
    tagged = sum(count for value, count in values.items() if TAG.fullmatch(value))
    return tagged >= _LEAST_TAGS * values.total() and any(value != _OUTSIDE for value in values)


def _are_bare_types(values: Counter[str]) -> bool:
    """Whether most words are O, and the others of few types without a letter of a scheme."""
    return 2 * values[_OUTSIDE] > values.total() and 1 < len(values) <= _MOST_BARE_TYPES


def _are_phrases(values: Counter[str]) -> bool:
    return {value.partition("-")[2] for value in values if value != _OUTSIDE} <= _PHRASES


def _examples(values: Counter[str]) -> str:
    return listed(value for value, _ in values.most_common(3))


def _words(
    path: Path, counts: Mapping[Column, Counter[str]], sample: Sequence[Record], tags: Column
) -> tuple[Column, str]:
    """Return the column of words, and how it was chosen."""
    free = [number for number in counts if number != tags and not _are_tags(counts[number])]
    free = [number for number in free if not _counts_words(sample, number)]
    if len(free) == 1:
        return free[0], "the only column beside the tags" if len(counts) == 2 else "the only column of words"  # noqa: PLR2004
    if free:
        richest = max(len(counts[number]) for number in free)
        likely = [number for number in free if len(counts[number]) >= _AS_DIFFERENT * richest]
        if len(likely) == 1:
            return likely[
                0
            ], f"most different values ({len(counts[likely[0]]):,}), such as {_examples(counts[likely[0]])}"
        free = likely
    shown = "; ".join(f"column {number}: {_examples(counts[number])}" for number in free)
    raise question(
        path,
        f"several columns may hold the words ({shown})" if free else "no column looks like words",
        *([f"--text {number}" for number in free] or ["--text COLUMN"]),
    )


def _counts_words(sample: Sequence[Record], number: int | str) -> bool:
    """Whether a column numbers the words of each sentence, from 0 or 1."""
    columns = [each.row[str(number)] for each in sample if str(number) in each.row]
    return all(
        list(values) == [str(place) for place in range(first, first + len(values))]
        for values in columns
        for first in [1 if values[0] == "1" else 0]
    )
