"""Schema of the data of a task file: locations of files, selection of rows, fields of examples."""

import itertools
import operator
import unicodedata
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from leaderboard.data.encodings import check_encoding
from leaderboard.data.patterns import check_pattern
from leaderboard.data.perturbations import SHARES, Perturbation, Strength
from leaderboard.data.source import Source
from leaderboard.data.strict import Strict
from leaderboard.data.template import well_formed
from leaderboard.visible_text import label


def _number_as_text(raw: Any) -> Any:
    """Convert a raw label such as 0, which YAML reads as a number, to its text in the file."""
    return str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw


def _numbers_as_text(raw: Any) -> Any:
    return list(map(_number_as_text, raw)) if isinstance(raw, list) else raw


class FileFormat(StrEnum):
    """Format of a data file."""

    DELIMITED = "delimited"
    LINES = "lines"
    JSONL = "jsonl"
    JSON = "json"
    SQUAD = "squad"
    CONLL = "conll"
    PARQUET = "parquet"
    ARROW = "arrow"
    EXCEL = "excel"
    TEMPLATES = "templates"


class Quotes(StrEnum):
    """Meaning of a quotation mark at the beginning of a value."""

    CSV = "csv"
    PLAIN = "plain"


class OnProblem(StrEnum):
    """Treatment of a row that cannot be used."""

    REFUSE = "refuse"
    DROP = "drop"


class Contradictions(StrEnum):
    """Treatment of texts that a file has under several labels."""

    KEEP = "keep"
    DROP = "drop"


def _refuses(policy: OnProblem) -> bool:
    return policy is OnProblem.REFUSE


class AnswerForm(StrEnum):
    """How a file writes the right choice of a question."""

    TEXT = "text"
    LETTER = "letter"
    NUMBER = "number"
    INDEX = "index"


class RationaleForm(StrEnum):
    """How a file writes the parts of a text that a person marked as reasons for its label."""

    SPANS = "spans"
    CHARACTERS = "characters"
    REVISION = "revision"
    QUOTATION = "quotation"


PARTNER = "partner"
"""Column under which a row has the columns of its partner: the other row of a pair (`pair_column`), or the row of
another file with the same key (`columns_by`)."""


class FieldSpec(Strict):
    """Origin of one field of an example.

    Attributes:
        column: name (or number, where the file has no header) of the column; a dotted name reaches into nested JSON.
        columns: several columns, whose values are a list; those at the end without a value are left out.
        each: of a column with a list of objects, the key of each whose values are the list.
        template: a sandboxed Jinja template over the row, instead of a column.
        pattern: a regular expression searched in the column's text; its first group is the field.
        every: take every match of `pattern`, as a list.
    """

    column: str | int | None = None
    columns: tuple[str | int, ...] = Field(default=(), exclude_if=operator.not_)
    each: str | None = Field(default=None, exclude_if=operator.not_)
    template: str | None = None
    pattern: str | None = None
    every: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns; none for a template."""
        columns = self.columns or (() if self.column is None else (self.column,))
        return tuple(map(str, columns))

    @model_validator(mode="before")
    @classmethod
    def _bare_column(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str | int) else value

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if [self.column is None, not self.columns, self.template is None].count(False) != 1:
            raise ValueError("a field comes from a column, from several columns, or from a template")
        if self.columns and self.pattern is not None:
            raise ValueError("`pattern` is for the text of one column or template, and `columns` are several")
        if self.each is not None and (self.column is None or self.pattern is not None):
            raise ValueError("`each` is for one `column` with a list of objects, without `pattern`")
        if self.every and self.pattern is None:
            raise ValueError("`every` needs a `pattern` to take every match of")
        return self

    @field_validator("pattern")
    @classmethod
    def _is_an_expression(cls, pattern: str | None) -> str | None:
        check_pattern(pattern or "")
        return pattern

    @field_validator("template")
    @classmethod
    def _is_a_template(cls, template: str | None) -> str | None:
        return template if template is None else well_formed(template)


class Reading(Strict):
    """Settings for reading the rows of a file as examples.

    Attributes:
        format: delimited text, lines (a text in each line, column 0), JSON lines, JSON (one list of objects),
            sentences as CoNLL has them (a word a line, its columns separated by tabs or spaces and numbered from 0, the
            last also -1; a blank line ends a sentence),
            Parquet, Arrow (IPC file or stream, Feather; see `data.arrow_values` for values), spreadsheets
            (`data.excel_file`), or counterfactual templates (YAML).
        delimiter, header: delimiter and header of delimited text; without a header, columns are numbered from 0.
        quotes: `csv` reads quoted values as RFC 4180 has them, `plain` takes quotation marks as ordinary characters.
            By default `plain` for a tab, where a file that a CSV writer quoted is refused, and `csv` for the others.
        encoding: encoding of the text, by its name in Python (see `data.encodings`).
        missing: `drop` leaves out rows that lack a value (empty, null or NaN) of a field; the number is noted.
        bad_rows: `drop` leaves out rows that cannot be read (wrong number of columns, unknown label, broken JSON, half
            a character); the number is noted.
        contradictions: `drop` leaves out all rows of a text that is there under several labels; the number is noted.
        only: column to the value that a row must have there; other rows are left out.
        sheet: name of the sheet of a spreadsheet that has several.
        fields: field of the example to its place in the row.
        label_values: raw value of the label field, or of a tag, to the name of the class.
        label_ranges: name of the class to the closed range of a numeric label: the first that holds it counts. Rows in
            no range are left out.
        no_labels: raw values of the label field that mean that the row has no label, such as "-".
        answers: how answers to questions are written: `text` of a choice (a whole number of JSON is its place, from 0),
            `letter` (A is the first choice), `number` (1 is the first) or `index` (0 is the first).
        rationales: how rationales are written: `spans` ([[start, end], …], the character after the last one),
            `characters` (the number of each marked character, from 0) or `revision` (the text as an editor changed it
            so that its label changes; the words that are not in it are marked).
        pair_column: column in which two rows have the same value; each has the other's columns under `partner`.
    """

    format: FileFormat = FileFormat.DELIMITED
    delimiter: str = "\t"
    header: bool = True
    # These and `only` are left out of a dump, and so of the digest, of tasks that leave them at their default.
    quotes: Quotes | None = Field(default=None, exclude_if=operator.not_)
    encoding: str = Field(default="utf-8", exclude_if="utf-8".__eq__)
    missing: OnProblem = Field(default=OnProblem.REFUSE, exclude_if=_refuses)
    bad_rows: OnProblem = Field(default=OnProblem.REFUSE, exclude_if=_refuses)
    contradictions: Contradictions = Field(default=Contradictions.KEEP, exclude_if=Contradictions.KEEP.__eq__)
    only: dict[str, str] = Field(default_factory=dict, exclude_if=operator.not_)
    sheet: Annotated[str | None, Field(min_length=1, max_length=255, exclude_if=operator.not_)] = None
    fields: dict[str, FieldSpec] = Field(default_factory=dict)
    label_values: dict[Annotated[str, BeforeValidator(_number_as_text)], str] = Field(default_factory=dict)
    label_ranges: dict[str, tuple[float, float]] = Field(default_factory=dict)
    no_labels: Annotated[tuple[str, ...], BeforeValidator(_numbers_as_text)] = Field(
        default=(), exclude_if=operator.not_
    )
    answers: AnswerForm = Field(default=AnswerForm.TEXT, exclude_if=AnswerForm.TEXT.__eq__)
    rationales: RationaleForm = Field(default=RationaleForm.SPANS, exclude_if=RationaleForm.SPANS.__eq__)
    pair_column: Annotated[str | None, Field(min_length=1, exclude_if=operator.not_)] = None

    @field_validator("delimiter")
    @classmethod
    def _is_one_character(cls, delimiter: str) -> str:
        if len(delimiter) != 1 or delimiter in '"\r\n\0' or not delimiter.isascii():
            raise ValueError(f'a delimiter is one ASCII character, such as ",", ";" or "\\t", not {delimiter!r}')
        return delimiter

    @field_validator("encoding")
    @classmethod
    def _is_an_encoding(cls, encoding: str) -> str:
        return "utf-8" if check_encoding(encoding) == "utf-8" else encoding

    @field_validator("label_values")
    @classmethod
    def _values_are_apart(cls, values: dict[str, str]) -> dict[str, str]:
        if twice := repeated(unicodedata.normalize("NFC", raw) for raw in values):
            raise ValueError(f"'{twice[0]}' is there twice, written in two ways of Unicode; keep one of them")
        return values

    @field_validator("label_ranges")
    @classmethod
    def _ranges_are_apart(cls, ranges: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        for name, (low, high) in ranges.items():
            if low > high:
                raise ValueError(
                    f"the range [{low:g}, {high:g}] of '{name}' is empty; write [FROM, TO] with FROM <= TO"
                )
        ordered = sorted(ranges.items(), key=lambda item: item[1])
        for (one, (_, end)), (other, (start, _)) in itertools.pairwise(ordered):
            if start < end:
                raise ValueError(f"the ranges of '{one}' and '{other}' overlap from {start:g} to {end:g}")
        return ranges

    @property
    def quoting(self) -> Quotes:
        """Treatment of quotation marks."""
        return self.quotes or (Quotes.PLAIN if self.delimiter == "\t" else Quotes.CSV)


class Split(Strict):
    """Rows of a source.

    Attributes:
        source: the file.
        columns_from: a second file of delimited text that belongs to the first line by line; its columns follow the
            first's, as `paste` puts them. With `columns_by` it is a file of any text format.
        columns_by: column of a key that `columns_from` has, too: each row has the other's columns under `partner`; rows
            without another are left out.
        read: settings for reading, where they differ from those of the task.
        only: column to the value that a row of the split must have there, beside what `only` of `read` asks for.
        first: only the first rows of the source, before `share` and `rows`; of a data set of the Hub no others are
            downloaded.
        share: the rows whose content hash falls in [from, to) of [0, 1): a random split that never parts equal texts.
            With a field `group` the hash is that of the group, which no split parts.
        rows: at most this many rows, the same ones every time, drawn at random by content hash.
        perturbation: change of the texts of the chosen rows, as another distribution.
        severity: 1, 2 or 3, for a perturbation that changes a tenth, a quarter or half of the places.
        draw: number of the random choice of the places, so that several splits have several choices.
    """

    source: Source
    # Left out of a dump, and so of the digest, of splits of one file, as is `DataSpec.overlap` where nothing is said.
    columns_from: Source | None = Field(default=None, exclude_if=operator.not_)
    columns_by: Annotated[str | None, Field(min_length=1)] = Field(default=None, exclude_if=operator.not_)
    read: Reading | None = None
    only: dict[str, str] = Field(default_factory=dict, exclude_if=operator.not_)
    first: Annotated[int | None, Field(gt=0)] = Field(default=None, exclude_if=operator.not_)
    share: tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]] = (0.0, 1.0)
    rows: Annotated[int | None, Field(gt=0)] = None
    perturbation: Perturbation | None = Field(default=None, exclude_if=operator.not_)
    severity: int = Field(default=1, ge=min(SHARES), le=max(SHARES), exclude_if=lambda severity: severity == 1)
    draw: int = Field(default=0, ge=0, exclude_if=operator.not_)

    @property
    def strength(self) -> Strength:
        """How much its perturbation changes, and where."""
        return Strength(self.severity, str(self.draw) if self.draw else "")

    @field_validator("share")
    @classmethod
    def _rises(cls, share: tuple[float, float]) -> tuple[float, float]:
        if share[0] >= share[1]:
            raise ValueError(f"the share {list(share)} is empty; write [FROM, TO] with FROM < TO")
        return share

    @model_validator(mode="after")
    def _strength_has_a_perturbation(self) -> Self:
        if self.strength != Strength() and not (self.perturbation and self.perturbation.is_graded):
            graded = ", ".join(each for each in Perturbation if each.is_graded)
            raise ValueError(f"`severity` and `draw` are for a `perturbation` that changes some places: {graded}")
        return self


class Overlap(StrEnum):
    """Treatment of rows that are in training and scored data (`leaderboard.data.overlap`)."""

    REFUSE = "refuse"
    DROP = "drop"


class DataSpec(Strict):
    """The data of a task: its own splits, or those of another task.

    Split names with a meaning: `train` is what a recipe may train on, `search` what a study may look at, `test` scores
    the end, `nonmembers` is a random part of train's distribution that nothing is trained on. Other names are other
    distributions.

    Attributes:
        same_as: the task whose data it is.
        overlap: `refuse` to train where a row of `train` is in another split too, or `drop` such rows from `train`;
            and those of `search` that are in `test`. What is scored always stays what the files say.
        labels: names of the classes, or of the tags.
        read: settings for reading the files.
        splits: splits by name.
    """

    same_as: str | None = None
    overlap: Overlap = Field(default=Overlap.REFUSE, exclude_if=lambda overlap: overlap is Overlap.REFUSE)
    labels: tuple[str, ...] = ()
    read: Reading = Reading()
    splits: dict[str, Split] = Field(default_factory=dict)

    @field_validator("labels")
    @classmethod
    def _named_once(cls, labels: tuple[str, ...]) -> tuple[str, ...]:
        if twice := repeated(labels):
            raise ValueError(f"'{twice[0]}' is there twice; each class has a name of its own")
        return tuple(map(_shown, labels))

    @field_validator("splits")
    @classmethod
    def _shown_names(cls, splits: dict[str, Split]) -> dict[str, Split]:
        return {_shown(name): split for name, split in splits.items()}

    @model_validator(mode="after")
    def _own_or_borrowed(self) -> Self:
        if (self.same_as is None) == (not self.splits):
            raise ValueError("give either `splits` or `same_as: TASK`")
        if twice := repeated(unicodedata.normalize("NFC", label) for label in self.labels):
            raise ValueError(f"labels: {', '.join(map(repr, twice))} is there twice; name each class once")
        for reading in [self.read, *(split.read for split in self.splits.values() if split.read)]:
            named = {*reading.label_values.values(), *reading.label_ranges}
            if unknown := sorted(named - set(self.labels)):
                raise ValueError(f"labels {unknown} are not among `labels: {list(self.labels)}`")
        for name, split in self.splits.items():
            if split.columns_by and not split.columns_from:
                raise ValueError(f"splits.{name}: `columns_by` needs `columns_from`, the file with the other columns")
            is_delimited = (split.read or self.read).format is FileFormat.DELIMITED
            if split.columns_from and not (split.columns_by or is_delimited):
                raise ValueError(f"splits.{name}: `columns_from` is for delimited text alone, others need `columns_by`")
        return self


def repeated(names: Iterable[str]) -> list[str]:
    """Return the names that occur more than once, sorted."""
    return sorted(name for name, count in Counter(names).items() if count > 1)


def _shown(name: str) -> str:
    """Check that a name has no invisible characters, since it is printed in reports and on pages."""
    if label(name) != name:
        raise ValueError(f"'{label(name)}' has a control or invisible character (shown as �); remove it")
    return name
