"""Choice of the columns: text, second text, label and groups."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leaderboard.data.fields import getter
from leaderboard.data.specification import FieldSpec
from leaderboard.errors import RequestError, unknown_name
from leaderboard.own_data.column_names import LABELS, PAIRS, TEXTS, plain_name, ranked
from leaderboard.own_data.column_profile import ColumnProfile, profile
from leaderboard.own_data.detection import Detection, listed, question

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file that are read; None where there is none.

    Attributes:
        text, second, label, group: names of columns.
        sensitive: the column of the groups of people that are compared, which is no field of the main task.
        detections: how each was chosen.
    """

    text: str
    second: str | None
    label: str
    group: str | None
    detections: tuple[Detection, ...]
    sensitive: str | None = None

    @property
    def fields(self) -> dict[str, str]:
        """Fields of a text example, each with its column."""
        every = {"text": self.text, "second": self.second, "label": self.label, "group": self.group}
        return {field: column for field, column in every.items() if column is not None}


def choose_columns(
    path: Path,
    rows: Sequence[Row],
    *,
    text: str | None = None,
    second: str | None = None,
    label: str | None = None,
    group: str | None = None,
    sensitive: str | None = None,
    classes: Collection[str] = (),
) -> Columns:
    """Choose the columns by the user's flags, else by usual names, else by their values.

    Args:
        path: path of the file, for messages.
        rows: its first rows.
        text: column that the user named for the text.
        second: for the second text of a pair.
        label: for the label.
        group: for the group.
        sensitive: for the groups of people that are compared.
        classes: columns whose classes the data set names, which are labels and no texts.

    Raises:
        RequestError: for a column that does not exist; as a question where several columns are as likely.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    flags = {"--text": text, "--second": second, "--label": label, "--group": group, "--sensitive": sensitive}
    for flag, name in flags.items():
        if name is not None and name not in names and not _is_nested(rows, name):
            raise unknown_name("column", name, names, where=f"{path}: {flag}")
    _refuse_twice(flags)
    detections = []
    if text is None and second is None and (pair := _pair(names)):
        text, second = pair
        detections.append(Detection("text", text, "usual names of a pair of texts", "--text COLUMN"))
        detections.append(Detection("second text", second, "usual names of a pair of texts", "--second COLUMN"))
    else:
        text, evidence = _text(path, names, rows, text, taken={second, label, group, sensitive, *classes})
        detections.append(Detection("text", text, evidence, "--text COLUMN"))
        if second is not None:
            detections.append(Detection("second text", second, "--second", "--second COLUMN"))
    label, evidence = _label(path, names, rows, label, taken={text, second, group, sensitive}, classes=classes)
    detections.append(Detection("label", label, evidence, "--label COLUMN"))
    if group is not None:
        detections.append(Detection("group", group, "--group", "--group COLUMN"))
    if sensitive is not None:
        detections.append(Detection("sensitive groups", sensitive, "--sensitive", "--sensitive COLUMN"))
    return Columns(text, second, label, group, tuple(detections), sensitive)


def choose_text_column(path: Path, rows: Sequence[Row], text: str | None) -> str:
    """Return the column of the texts of a file without labels.

    Args:
        path: path of the file, for messages.
        rows: its first rows.
        text: column that the user named.

    Raises:
        RequestError: for a column that does not exist; as a question where several columns are as likely.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    if names == ["0"] and not profile(rows, "0").is_numeric:
        return "0"  # a text in each line: --text is for the other file
    if text is not None and text not in names:
        raise unknown_name("column", text, names, where=f"{path}: --text")
    if len(names) == 1 and not profile(rows, names[0]).is_numeric:
        return names[0]
    return _text(path, names, rows, text, taken=set())[0]


def _is_nested(rows: Sequence[Row], name: str) -> bool:
    """Whether a dotted name leads to a value in an object of some row."""
    read = getter("", FieldSpec(column=name))
    for row in rows:
        with suppress(RequestError):
            read(row)
            return True
    return False


def _refuse_twice(flags: Mapping[str, str | None]) -> None:
    names = [name for name in flags.values() if name is not None]
    if twice := next((name for name in names if names.count(name) > 1), None):
        same = [flag for flag, name in flags.items() if name == twice]
        raise RequestError(f"{' and '.join(same)} name the same column, {twice!r}; each column has one role")


def _pair(names: Sequence[str]) -> tuple[str, str] | None:
    plain = {plain_name(name): name for name in reversed(names)}
    return next(((plain[one], plain[two]) for one, two in PAIRS if one in plain and two in plain), None)


def _text(
    path: Path, names: Sequence[str], rows: Sequence[Row], chosen: str | None, *, taken: set[str | None]
) -> tuple[str, str]:
    """Return the column of texts, and how it was chosen."""
    if chosen is not None:
        return chosen, "--text"
    free = [name for name in names if name not in taken]
    profiles = {name: profile(rows, name) for name in free}
    usual = ranked(free, TEXTS)
    if len(usual) == 1:
        if profiles[usual[0]].is_numeric:
            raise question(path, f"the column {usual[0]!r} holds numbers, not texts", f"--text {usual[0]}", "another")
        return usual[0], "usual name"
    likely = usual or [name for name, each in profiles.items() if each.is_text]
    if len(likely) == 1:
        return likely[0], f"the only column of texts ({profiles[likely[0]].length:.0f} characters on average)"
    problem = f"several columns may hold the text: {listed(likely)}" if likely else "no column looks like the text"
    raise question(path, f"{problem} (columns: {listed(names)})", "--text COLUMN", "for pairs --second COLUMN")


def _label(
    path: Path,
    names: Sequence[str],
    rows: Sequence[Row],
    chosen: str | None,
    *,
    taken: set[str | None],
    classes: Collection[str],
) -> tuple[str, str]:
    """Return the column of labels, and how it was chosen."""
    if chosen is not None:
        return chosen, "--label"
    free = [name for name in names if name not in taken]
    named = [name for name in free if name in classes]
    if len(named) == 1:
        return named[0], "the only column whose classes the data set names"
    usual = ranked(named or free, LABELS)
    if len(usual) == 1:
        return usual[0], "usual name"
    profiles: dict[str, ColumnProfile] = {name: profile(rows, name) for name in free}
    likely = usual or named or [name for name, each in profiles.items() if each.is_class]
    if len(likely) == 1:
        return likely[0], f"the only column with few values ({profiles[likely[0]].distinct})"
    if not free:
        raise RequestError(
            f"{path}: it has texts and no labels\n"
            "  Add a column with the class of each text: accuracy and generalisation are measured against it."
        )
    problem = f"several columns may hold the label: {listed(likely)}" if likely else "no column looks like the label"
    raise question(path, f"{problem} (columns: {listed(names)})", "--label COLUMN")
