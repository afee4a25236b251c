"""A pass over all rows of a file: what is missing, what is there twice, and where each row falls."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from leaderboard.data.class_lookup import is_missing
from leaderboard.data.examples import TextExample
from leaderboard.data.fields import as_text, getter
from leaderboard.data.overlap import text_fingerprint
from leaderboard.data.sampling import group_key, joined_content, split_position
from leaderboard.data.specification import FieldSpec
from leaderboard.data.value_checks import check_text, unclosed_quote
from leaderboard.errors import RequestError
from leaderboard.own_data.classes import Classes
from leaderboard.own_data.columns import Columns
from leaderboard.own_data.file_layout import FileLayout

SHOWN_ROWS = 3
"""Number of rows that cannot be read in a message."""
_MOST_LABELS = 100_000
"""Maximum number of different labels that are counted; more are no classes."""
MOST_SAMPLED = 2_000
"""Number of texts that the language and near-duplicates are looked for in."""
_LONGEST = 60
Key = int
"""The first 64 bits of a digest of a text."""


@dataclass
class Survey:
    """Counts of the rows of a file.

    Attributes:
        rows: number of rows.
        unreadable: messages on the first rows that cannot be read.
        bad: number of rows that cannot be read.
        no_text, no_label: number of rows without a text, and of others without a label.
        repeated: number of rows that repeat a text with the same label, in the same split.
        repeated_elsewhere: number of others that repeat one of another group, which may be in another split.
        contradictory: number of rows whose text has several labels; they count nowhere else.
        classes: number of usable rows by class.
        positions: classes (of a sentence: types of its spans) and position among random splits of each usable row.
        groups: number of rows by group.
        sensitive: group of people of each usable row, in the order of `positions`; empty where none are compared.
        prints: usable rows by text fingerprint, for the search of leaks.
        texts: the first usable texts.
    """

    rows: int = 0
    unreadable: list[str] = field(default_factory=list)
    bad: int = 0
    no_text: int = 0
    no_label: int = 0
    repeated: int = 0
    repeated_elsewhere: int = 0
    contradictory: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    positions: list[tuple[tuple[str, ...], float]] = field(default_factory=list)
    groups: Counter[str] = field(default_factory=Counter)
    sensitive: list[str | None] = field(default_factory=list)
    prints: Counter[Key] = field(default_factory=Counter)
    texts: list[str] = field(default_factory=list)

    @property
    def usable(self) -> int:
        """Number of rows that are used."""
        return len(self.positions)


def count_labels(layout: FileLayout, column: str) -> Counter[str]:
    """Return the number of rows of each raw label of a file, without missing ones."""
    counts: Counter[str] = Counter()
    read = getter("label", FieldSpec(column=column))
    for record in layout.records():
        if record.problem:
            continue
        try:
            raw = read(record.row)
            if not is_missing(raw):
                check_text("label", as_text(raw))
        except RequestError:
            continue
        if not is_missing(raw) and (len(counts) < _MOST_LABELS or as_text(raw) in counts):
            counts[as_text(raw)] += 1
    return counts


def survey_rows(layout: FileLayout, columns: Columns, classes: Classes, *, prints: bool) -> Survey:
    """Count the rows of a file as reading it for a task will treat them.

    Args:
        layout: how the file is read.
        columns: its columns.
        classes: classes of its labels.
        prints: whether fingerprints of texts are needed.
    """
    survey = Survey()
    of_text: dict[Key, list[tuple[str, float, Key, str | None]]] = {}
    for text, second, name, group, sensitive in _texts(layout, columns, classes, survey):
        mark = print_key(text_fingerprint(TextExample(id="", text=text, second=second))) if prints else 0
        if group is not None:
            survey.groups[group] += 1
        content = joined_content((text, second))
        of_text.setdefault(hash(content), []).append((name, split_position(content, group), mark, sensitive))
        if len(survey.texts) < MOST_SAMPLED:
            survey.texts.append(text if second is None else f"{text}\n{second}")
    named = cache(lambda name: (name,))
    for copies in of_text.values():
        if len({name for name, *_ in copies}) > 1:
            survey.contradictory += len(copies)
            continue
        elsewhere = sum(position != copies[0][1] for _, position, *_ in copies)
        survey.repeated += len(copies) - 1 - elsewhere
        survey.repeated_elsewhere += elsewhere
        for name, position, mark, sensitive in copies:
            survey.classes[name] += 1
            survey.positions.append((named(name), position))
            if columns.sensitive is not None:
                survey.sensitive.append(sensitive)
            if prints:
                survey.prints[mark] += 1
    return survey


def _texts(
    layout: FileLayout, columns: Columns, classes: Classes, survey: Survey
) -> Iterator[tuple[str, str | None, str, str | None, str | None]]:
    """Yield text, second text, class and both groups of each row that has a text and a label; count the others."""
    fields = columns.fields | ({} if columns.sensitive is None else {"sensitive": columns.sensitive})
    getters = {name: getter(name, FieldSpec(column=column)) for name, column in fields.items()}
    raw_labels = tuple(classes.values or classes.names)
    class_of = cache(classes.name_of)
    for record in layout.records():
        survey.rows += 1
        try:
            if record.problem:
                raise RequestError(record.problem)  # noqa: TRY301 - reported like wrong values
            values = {name: get(record.row) for name, get in getters.items()}
            text, second = (_text(name, values.get(name)) for name in ("text", "second"))
            group, sensitive = (
                None if (raw := _text(name, values.get(name))) is None else group_key(raw)
                for name in ("group", "sensitive")
            )
            if swallowed := unclosed_quote({"text": text, "second": second}, layout.reading, raw_labels):
                raise RequestError(swallowed)  # noqa: TRY301 - as above
            raw = values["label"]
            label = None
            if not is_missing(raw):
                check_text("label", as_text(raw))
                label = class_of(as_text(raw))
        except RequestError as error:
            survey.bad += 1
            if len(survey.unreadable) < SHOWN_ROWS:
                survey.unreadable.append(f"{record.place}: {error}")
            continue
        if text is None or (second is None and columns.second is not None):
            survey.no_text += 1
        elif label is None:
            survey.no_label += 1
        else:
            yield text, second, label, group, sensitive


def _text(field: str, value: Any) -> str | None:
    """Return the text of a field; None where it is missing.

    Raises:
        RequestError: for a value of another type, which only a group may have, and as `data.reading.check_text` does.
    """
    if is_missing(value):
        return None
    if field not in {"group", "sensitive"} and not isinstance(value, str):
        raise RequestError(f"field '{field}': {as_text(value)[:_LONGEST]} is not a text")
    text = as_text(value)
    check_text(field, text)
    return text


def print_key(digest: str) -> Key:
    """Return the key of a fingerprint among those of a file."""
    return int(digest[:16], 16)
