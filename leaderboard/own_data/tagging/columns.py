"""Choice of the columns of a CoNLL file: words and tags."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leaderboard.data.record import Record
from leaderboard.errors import RequestError
from leaderboard.own_data.detection import Detection, listed, question
from leaderboard.own_data.file_format import TAG
from leaderboard.own_data.yaml_flow import Value

_PHRASES = frozenset(["NP", "VP", "PP", "ADVP", "ADJP", "SBAR", "PRT", "CONJP", "INTJ", "LST", "UCP"])
"""Types of chunks (CoNLL-2000), whose tags look like those of entities."""
_LEAST_TAGS = 0.95
_AS_DIFFERENT = 0.5
"""Share of the different values of the richest column from which another one may hold the words, too."""
_MOST_BARE_TYPES = 50
_OUTSIDE = "O"


@dataclass(frozen=True, slots=True)
class TagColumns:
    """The columns of a CoNLL file that are read.

    Attributes:
        words, tags: numbers of columns, from 0.
        detections: how each was chosen.
    """

    words: int
    tags: int
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
        chosen_tags, evidence = _tags(path, counts, without=chosen_words)
    else:
        evidence = "--label"
    tag_detection = Detection("tags", f"column {chosen_tags}", evidence, "--label COLUMN")
    if chosen_words is None:
        chosen_words, evidence = _words(path, counts, sample, chosen_tags)
    else:
        evidence = "--text"
    if chosen_words == chosen_tags:
        raise RequestError(f"{path}: --text and --label name the same column, {chosen_tags}; each has one role")
    word_detection = Detection("words", f"column {chosen_words}", evidence, "--text COLUMN")
    return TagColumns(chosen_words, chosen_tags, (word_detection, tag_detection))


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


def _tags(path: Path, counts: Sequence[Counter[str]], *, without: int | None) -> tuple[int, str]:
    """Return the column of tags, and how it was chosen."""
    numbers = [number for number in range(len(counts)) if number != without]
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


def _words(path: Path, counts: Sequence[Counter[str]], sample: Sequence[Record], tags: int) -> tuple[int, str]:
    """Return the column of words, and how it was chosen."""
    free = [number for number in range(len(counts)) if number != tags and not _are_tags(counts[number])]
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


def _counts_words(sample: Sequence[Record], number: int) -> bool:
    """Whether a column numbers the words of each sentence, from 0 or 1."""
    columns = [each.row[str(number)] for each in sample if str(number) in each.row]
    return all(
        list(values) == [str(place) for place in range(first, first + len(values))]
        for values in columns
        for first in [1 if values[0] == "1" else 0]
    )
