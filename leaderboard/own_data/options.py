"""Options of a user's own data: the files, and the answers to what cannot be detected."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TypedDict

from leaderboard.data.encodings import check_encoding
from leaderboard.data.specification import AnswerForm
from leaderboard.errors import RequestError, unknown_name
from leaderboard.own_data.language_codes import check_language
from leaderboard.own_data.written_options import check_ranges, parse_names, parse_ranges

_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_COLUMNS = ("text", "second", "label", "group", "sensitive")
NO_CHOICES = "none"
"""Value of `--choices` for a file of texts with classes whose columns look like choices."""
ONE_TEXT_A_LINE = "none"
"""Value of `--delimiter` for a file without labels that has a text in each line."""
Values = str | PathLike[str] | Iterable[str | PathLike[str]]
"""One value, or several."""


class DataArguments(TypedDict, total=False):
    """Options of a user's own data, as a user writes them: on the command line, or in Python.

    Attributes:
        text, second, label, group: columns; of texts, of second texts of pairs, of labels, and of what keeps rows in
            one split.
        sensitive: column of the groups of people that a subject should treat alike, such as genders.
        positive: class whose rates are compared between these groups.
        ood: files of other distributions with the same labels.
        test: a file with the test rows.
        language: ISO 639 code.
        delimiter, encoding, header: of delimited text.
        sheet: name of the sheet of a spreadsheet.
        label_names: class name by label in the file, or `RAW=NAME,…`.
        label_ranges: range of a numeric label by class name, or `NAME=FROM..TO,…`.
        no_label: labels that mean that there is none.
        drop_bad_rows: leave out rows that cannot be read.
        choices: columns with the choices of questions, or the one with all of them; `none` for texts with classes.
        answers: form of the answers: "text", "letter", "number" (from 1) or "index" (from 0).
        split: column that says which split a row belongs to.
        ignore_split: divide the rows at random, whatever such a column says.
    """

    text: str | int | None
    second: str | int | None
    label: str | int | None
    group: str | int | None
    sensitive: str | int | None
    positive: str | None
    ood: Values | None
    test: str | PathLike[str] | None
    language: str | None
    delimiter: str | None
    encoding: str | None
    header: bool | None
    sheet: str | None
    label_names: str | Mapping[str, str] | Mapping[int, str] | None
    label_ranges: str | Mapping[str, tuple[float, float]] | None
    no_label: Values | None
    drop_bad_rows: bool
    choices: Values | None
    answers: str | None
    split: str | int | None
    ignore_split: bool


def check_data_arguments(function: str, arguments: Mapping[str, object]) -> None:
    """Check that all arguments are options of a user's own data, as Python does for named arguments.

    Args:
        function: name of the called function, for the message.
        arguments: its further arguments, by name.

    Raises:
        TypeError: for an unknown name.
    """
    if unknown := arguments.keys() - DataArguments.__annotations__.keys():
        raise TypeError(f"{function}() got an unexpected keyword argument '{min(unknown)}'")


@dataclass(frozen=True, kw_only=True)
class DataOptions:
    """Options of a user's own data; None leaves a property to detection.

    Attributes:
        data: the file with texts and labels, or a data set (see `own_data.source_name`).
        test: a file with test rows; without it the test is a share of `data`.
        ood: files of other distributions with the same labels, one split of the shift task each.
        text, second, label: columns, by name, or by number from 0 in a file without a header.
        group: column whose rows are kept in one split.
        sensitive: column of the groups of people that are compared.
        positive: class whose rates are compared; None for the last of two classes.
        language: ISO 639 code.
        delimiter, encoding, header: of delimited text.
        sheet: name of the sheet of a spreadsheet.
        label_names: class name by label in the file.
        label_ranges: closed range of a numeric label by class name.
        no_labels: labels that mean that there is none.
        bad_rows: leave out rows that cannot be read.
        offline: do without the network.
        choices: columns with the choices of questions; `NO_CHOICES` alone for texts with classes.
        answers: form of the answers.
        split: column that says which split a row belongs to.
        ignore_split: divide the rows at random, whatever such a column says.
    """

    data: Path
    test: Path | None = None
    ood: tuple[Path, ...] = ()
    text: str | None = None
    second: str | None = None
    label: str | None = None
    group: str | None = None
    sensitive: str | None = None
    positive: str | None = None
    language: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    header: bool | None = None
    sheet: str | None = None
    label_names: Mapping[str, str] = field(default_factory=dict)
    label_ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    no_labels: tuple[str, ...] = ()
    bad_rows: bool = False
    offline: bool = False
    choices: tuple[str, ...] = ()
    answers: AnswerForm | None = None
    split: str | None = None
    ignore_split: bool = False

    @classmethod
    def read(cls, data: str | PathLike[str], arguments: DataArguments, *, offline: bool = False) -> "DataOptions":
        """Validate options as a user writes them.

        Args:
            data: the file with texts and labels.
            arguments: the other options.
            offline: do without the network.

        Raises:
            RequestError: naming the flag, and what would be valid.
        """
        names, ranges = arguments.get("label_names"), arguments.get("label_ranges")
        if names and ranges:
            raise RequestError("--label-names cannot be combined with --label-ranges, which names the classes itself")
        label_ranges = parse_ranges(ranges) if isinstance(ranges, str) else dict(ranges or {})
        check_ranges(label_ranges)
        language, delimiter, encoding = (arguments.get(key) for key in ("language", "delimiter", "encoding"))
        test, answers, split = arguments.get("test"), arguments.get("answers"), arguments.get("split")
        positive = arguments.get("positive")
        if positive is not None and arguments.get("sensitive") is None:
            raise RequestError("--positive needs --sensitive COLUMN, whose groups are compared in the rates of a class")
        return cls(
            data=Path(data),
            test=None if test is None else Path(test),
            ood=tuple(map(Path, _several(arguments.get("ood")))),
            **{key: None if (name := arguments.get(key)) is None else str(name) for key in _COLUMNS},
            positive=None if positive is None else str(positive),
            language=None if language is None else check_language(str(language)),
            delimiter=None if delimiter is None else _delimiter(str(delimiter)),
            encoding=None if encoding is None else _encoding(str(encoding)),
            header=arguments.get("header"),
            sheet=arguments.get("sheet"),
            label_names=parse_names(names)
            if isinstance(names, str)
            else {str(raw): name for raw, name in (names or {}).items()},
            label_ranges=label_ranges,
            no_labels=tuple(map(str, _several(arguments.get("no_label")))),
            bad_rows=arguments.get("drop_bad_rows", False),
            offline=offline,
            choices=_choices(arguments.get("choices")),
            answers=None if answers is None else _answers(str(answers)),
            split=None if split is None else str(split),
            ignore_split=arguments.get("ignore_split", False),
        )


def _several(values: Values | None) -> tuple[str | PathLike[str], ...]:
    if values is None:
        return ()
    return (values,) if isinstance(values, str | PathLike) else tuple(values)


def _choices(values: Values | None) -> tuple[str, ...]:
    """Return the columns of choices, which a user may also write in one text, separated by commas."""
    if isinstance(values, str):
        values = [name.strip() for name in values.split(",")]
    columns = tuple(map(str, _several(values)))
    if not all(columns) or len(set(columns)) < len(columns):
        raise RequestError("--choices: name each column once, separated by commas, such as --choices A,B,C,D")
    return columns


def _answers(form: str) -> AnswerForm:
    if form not in set(AnswerForm):
        raise unknown_name("form of answers", form, AnswerForm, where="--answers")
    return AnswerForm(form)


def _delimiter(text: str) -> str:
    if text == ONE_TEXT_A_LINE:
        return text
    delimiter = _DELIMITERS.get(text, text)
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\0':
        raise RequestError(
            f"--delimiter {text!r}: a delimiter is one ASCII character, or one of: tab, comma, semicolon"
        )
    return delimiter


def _encoding(name: str) -> str:
    try:
        return check_encoding(name)
    except ValueError as error:
        raise RequestError(f"--encoding: {error}") from None
