"""Options of a user's own data: the files, and the answers to what cannot be detected."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leaderboard.data.encodings import check_encoding
from leaderboard.errors import RequestError
from leaderboard.own_data.written_options import parse_names, parse_ranges

_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_LONGEST_CODE = 3


@dataclass(frozen=True, kw_only=True)
class DataOptions:
    """Options of a user's own data; None leaves a property to detection.

    Attributes:
        data: the file with texts and labels.
        test: a file with test rows; without it the test is a share of `data`.
        ood: files of other distributions with the same labels, one split of the shift task each.
        text, second, label: columns, by name, or by number from 0 in a file without a header.
        group: column whose rows are kept in one split.
        language: ISO 639 code.
        delimiter, encoding, header: of delimited text.
        label_names: class name by label in the file.
        label_ranges: closed range of a numeric label by class name.
        no_labels: labels that mean that there is none.
        bad_rows: leave out rows that cannot be read.
    """

    data: Path
    test: Path | None = None
    ood: tuple[Path, ...] = ()
    text: str | None = None
    second: str | None = None
    label: str | None = None
    group: str | None = None
    language: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    header: bool | None = None
    label_names: Mapping[str, str] = field(default_factory=dict)
    label_ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    no_labels: tuple[str, ...] = ()
    bad_rows: bool = False

    @classmethod
    def read(
        cls,
        data: str,
        *,
        test: str | None = None,
        ood: tuple[str, ...] = (),
        text: str | None = None,
        second: str | None = None,
        label: str | None = None,
        group: str | None = None,
        language: str | None = None,
        delimiter: str | None = None,
        encoding: str | None = None,
        header: bool | None = None,
        label_names: str | Mapping[str, str] | None = None,
        label_ranges: str | Mapping[str, tuple[float, float]] | None = None,
        no_labels: tuple[str, ...] = (),
        drop_bad_rows: bool = False,
    ) -> "DataOptions":
        """Validate options as a user writes them.

        Raises:
            RequestError: naming the flag, and what would be valid.
        """
        if label_names and label_ranges:
            raise RequestError("--label-names cannot be combined with --label-ranges, which names the classes itself")
        return cls(
            data=Path(data),
            test=None if test is None else Path(test),
            ood=tuple(map(Path, ood)),
            text=text,
            second=second,
            label=label,
            group=group,
            language=None if language is None else _language(language),
            delimiter=None if delimiter is None else _delimiter(delimiter),
            encoding=None if encoding is None else _encoding(encoding),
            header=header,
            label_names=parse_names(label_names) if isinstance(label_names, str) else dict(label_names or {}),
            label_ranges=parse_ranges(label_ranges) if isinstance(label_ranges, str) else dict(label_ranges or {}),
            no_labels=no_labels,
            bad_rows=drop_bad_rows,
        )


def _language(code: str) -> str:
    lower = code.lower()
    if not (lower.isascii() and lower.isalpha() and 1 < len(lower) <= _LONGEST_CODE):
        raise RequestError(f"--language {code}: a language is an ISO 639 code, such as en, zh, de or fr")
    return lower


def _delimiter(text: str) -> str:
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
