"""Classes of a label column: their names, and what each raw label means."""

import shlex
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from leaderboard.data.class_lookup import NUMBER, as_number, is_missing
from leaderboard.data.fields import as_text
from leaderboard.errors import RequestError, unknown_name
from leaderboard.own_data.detection import Detection, listed, question, quoted
from leaderboard.own_data.label_keys import clean_label, label_key, label_keys
from leaderboard.own_data.several_labels import refuse_several_labels
from leaderboard.own_data.yaml_flow import Value

MISSING = frozenset({"nan", "null", "#n/a", "n/a", "<na>", "-", "?"})
"""Labels of programs and corpora that mean that there is none."""
_SIGNS = frozenset({"-", "?"})
_UNCLEAR = frozenset({"none", "na", "unknown", "unlabeled", "unlabelled", "未知", "无"})
_BOOLEANS = (frozenset({"false", "true"}), frozenset({"no", "yes"}), frozenset({"f", "t"}), frozenset({"n", "y"}))
_MOST_CLASSES = 200
_ASKED_CLASSES = 100
"""Number of classes above which the user has to name the column: ids and scales have as many values."""
_MOST_NUMBERS = 20
_FEWEST_INDICES = 3
"""Number of classes, counted from 0, beside which -1 is likely no class: -1, 0 and 1 are a scale."""
_FLAG = "--label-names RAW=NAME,…"


@dataclass(frozen=True, slots=True)
class Classes:
    """Classes of a label column.

    Attributes:
        names: class names, in the order of the task.
        values: class name by raw label, where they differ; else empty.
        ranges: range of a numeric label by class name, where classes are ranges.
        absent: raw labels that mean that there is none.
        are_numbers: whether the names are numbers, which say nothing to a generative model.
        detections: how they were detected.
    """

    names: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    are_numbers: bool = False
    detections: tuple[Detection, ...] = ()

    @property
    def settings(self) -> dict[str, Value]:
        """Settings of `read:` in a task file that say what the labels mean."""
        settings: dict[str, Value] = {}
        if self.values:
            settings["label_values"] = dict(self.values)
        if self.ranges:
            settings["label_ranges"] = {name: [float(end) for end in span] for name, span in self.ranges.items()}
        if self.absent:
            settings["no_labels"] = sorted(self.absent)
        return settings

    def name_of(self, raw: Any) -> str | None:
        """Return the class of a raw label; None for a label that means none, or is in no range.

        Raises:
            RequestError: for a label of no class.
        """
        text = as_text(raw)
        if is_missing(raw) or text in self.absent:
            return None
        if self.ranges:
            if not NUMBER.fullmatch(text):
                raise RequestError(f"label {text!r} is not a number, and classes are ranges of numbers")
            return next((name for name, (low, high) in self.ranges.items() if low <= as_number(text) <= high), None)
        name = self._lookup().get(label_key(text))
        if name is None:
            raise RequestError(f"label {quoted(text)} is none of the classes {listed(self.names)}")
        return name

    def for_file(
        self, path: Path, labels: Counter[str], *, names: Mapping[str, str], no_labels: Iterable[str]
    ) -> "Classes":
        """Return the same classes as another file writes them.

        Args:
            path: path of that file, for messages.
            labels: number of rows of each of its raw labels.
            names: class names that the user gave, by raw label; also of labels that this file alone has.
            no_labels: labels that the user said mean none.

        Raises:
            RequestError: as a question about a label of no class; numbers may count from elsewhere in another file, so
                that rows with such a label are never left out unasked.
        """
        lookup = {} if self.ranges else self._lookup() | self._named(names)
        without = label_keys(self.absent) | label_keys(no_labels)
        absent = frozenset(
            raw for raw in labels if label_key(raw) in without or (_is_absent(raw) and label_key(raw) not in lookup)
        )
        if self.ranges:
            return replace(self, absent=absent)
        self._ask_about_unknown(path, Counter({raw: n for raw, n in labels.items() if raw not in absent}), lookup)
        present = {
            raw: lookup[label_key(raw)] for raw in sorted(labels) if raw not in absent and label_key(raw) in lookup
        }
        values = {} if all(raw == name for raw, name in present.items()) else present
        return replace(self, absent=absent, values={unicodedata.normalize("NFC", raw): values[raw] for raw in values})

    def _named(self, names: Mapping[str, str]) -> dict[str, str]:
        """Class name by key of the labels that the user named.

        Raises:
            RequestError: for a name that is no class.
        """
        if stray := next((name for name in names.values() if name not in self.names), None):
            raise RequestError(f"--label-names: {quoted(stray)} is none of the classes {listed(self.names)}")
        return {label_key(raw): name for raw, name in names.items()}

    def _ask_about_unknown(self, path: Path, labels: Counter[str], lookup: Mapping[str, str]) -> None:
        unknown = next((raw for raw in sorted(labels) if label_key(raw) not in lookup), None)
        if unknown is None:
            return
        number = "; numbers may mean something else in this file" if self.are_numbers else ""
        rows = labels[unknown]
        raise question(
            path,
            f"label {quoted(unknown)} ({rows:,} {'row' if rows == 1 else 'rows'}) is none of the classes "
            f"{listed(self.names)} of the main file{number}",
            f"--no-label {shlex.quote(unknown)}, which leaves these rows out,",
            f"--label-names {shlex.quote(f'{unknown}={self.names[0]}')} (or another class), which adds them to it",
        )

    def _lookup(self) -> dict[str, str]:
        """Class name by raw label, whatever its case."""
        return {label_key(raw): name for raw, name in [*((name, name) for name in self.names), *self.values.items()]}


def detect_classes(
    path: Path,
    column: str,
    labels: Counter[str],
    *,
    names: Mapping[str, str],
    ranges: Mapping[str, tuple[float, float]],
    no_labels: tuple[str, ...],
    is_named: bool = True,
    is_only: bool = True,
) -> Classes:
    """Detect the classes of a label column.

    Args:
        path: path of the file, for messages.
        column: the label column.
        labels: number of rows of each raw label, without missing ones.
        names: class names that the user gave, by raw label.
        ranges: ranges that the user gave, by class name.
        no_labels: labels that the user said mean none.
        is_named: whether the user named the column.
        is_only: whether there is no other file, whose labels the user may have named.

    Raises:
        RequestError: for several labels in a row, one class, or too many; as a question where the meaning of numbers
            or of a word such as "none" is not clear.
    """
    if is_only:
        refuse_unknown_labels(path, labels, names, no_labels)
    names = _names_by_label(labels, names, no_labels)
    without = label_keys(no_labels)
    if not ranges:
        _ask_about_signs(path, Counter({raw: n for raw, n in labels.items() if label_key(raw) not in without}), names)
    absent = frozenset(raw for raw in labels if label_key(raw) in without or (raw not in names and _is_absent(raw)))
    present = Counter({raw: count for raw, count in labels.items() if raw not in absent})
    place = f"column {column!r}"
    if ranges:
        detection = Detection("classes", ", ".join(ranges), "--label-ranges", "--label-ranges NAME=FROM..TO,…")
        return Classes(tuple(ranges), ranges=dict(ranges), absent=absent, detections=(detection,))
    refuse_several_labels(path, column, present)
    _ask_about_unclear(path, present, names)
    _ask_about_minus_one(path, present, names)
    _check_numbers(path, place, present, names)
    merged = _merged(present, names)
    every = sorted(set(merged.values()), key=_order)
    _check_number_of_classes(path, place, every, rows=present.total())
    if len(every) > _ASKED_CLASSES and not is_named and not names:
        raise question(
            path,
            f"{place} has {len(every):,} different values in {present.total():,} rows, such as {listed(every[:3])}: "
            "classes, ids or a scale",
            f"--label {shlex.quote(column)}, which takes them as classes,",
            "--label COLUMN",
            "--label-ranges NAME=FROM..TO,… for a scale",
        )
    values = {} if all(raw == name for raw, name in merged.items()) else merged
    return Classes(
        tuple(every),
        values=values,
        absent=absent,
        are_numbers=all(map(NUMBER.fullmatch, every)),
        detections=(Detection("classes", listed(every), _evidence(every, merged, names), _FLAG),),
    )


def _is_absent(raw: str) -> bool:
    return raw.strip().casefold() in MISSING


def refuse_unknown_labels(
    path: Path, labels: Iterable[str], names: Mapping[str, str], no_labels: Iterable[str]
) -> None:
    """Refuse an answer about a label that no file has.

    Args:
        path: the main file.
        labels: raw labels of all files.
        names: class names that the user gave, by raw label.
        no_labels: labels that the user said mean none.

    Raises:
        RequestError: naming the label, with the nearest one that there is.
    """
    keys = label_keys(labels)
    if unknown := next((raw for raw in (*names, *no_labels) if label_key(raw) not in keys), None):
        flag = "--label-names" if unknown in names else "--no-label"
        raise unknown_name("label", unknown, labels, where=f"{path}: {flag}")


def _names_by_label(labels: Counter[str], names: Mapping[str, str], no_labels: tuple[str, ...]) -> dict[str, str]:
    """Return the user's names of all spellings of the labels that the user named.

    Raises:
        RequestError: for two answers to one label.
    """
    by_key: dict[str, str] = {}
    for raw, name in names.items():
        if by_key.setdefault(label_key(raw), name) != name:
            raise RequestError(f"--label-names: {raw!r} is another spelling of a label that has another name; name one")
    if twice := next((raw for raw in no_labels if label_key(raw) in by_key), None):
        raise RequestError(f"--label-names and --no-label both name the label {twice!r}; a label is a class or none")
    return {raw: by_key[label_key(raw)] for raw in labels if label_key(raw) in by_key}


def _ask_about_signs(path: Path, labels: Counter[str], names: Mapping[str, str]) -> None:
    """Ask about "-" and "?" beside other signs or numbers, where they are as likely a class as no label."""
    for raw, count in labels.items():
        if raw.strip() not in _SIGNS or raw in names:
            continue
        others = [other for other in labels if label_key(other) != label_key(raw)]
        if beside := next((other for other in others if not any(map(str.isalpha, other))), None):
            raise question(
                path,
                f"the label {raw!r} ({count:,} rows) beside {beside!r} may be a class, or mean that there is no label",
                f"--label-names '{raw}=NAME', which makes it a class,",
                f"--no-label '{raw}', which leaves these rows out",
            )


def _ask_about_unclear(path: Path, labels: Counter[str], names: Mapping[str, str]) -> None:
    for raw, count in labels.items():
        if raw.strip().casefold() in _UNCLEAR and raw not in names:
            raise question(
                path,
                f"the label {raw!r} ({count:,} rows) may be a class, or mean that there is no label",
                f"--no-label '{raw}', which leaves these rows out,",
                f"--label-names '{raw}={raw}', which makes it a class",
            )


def _ask_about_minus_one(path: Path, labels: Counter[str], names: Mapping[str, str]) -> None:
    """Ask about -1 beside 0, 1, 2 …, which corpora such as SNLI write where there is no label."""
    minus_one = next((raw for raw in labels if label_key(raw) == "-1"), None)
    others = {label_key(raw) for raw in labels} - {"-1"}
    if minus_one is None or minus_one in names or len(others) < _FEWEST_INDICES:
        return
    if others == set(map(str, range(len(others)))):
        raise question(
            path,
            f"the label {minus_one!r} ({labels[minus_one]:,} rows) beside 0 to {len(others) - 1} may mean that "
            "there is no label, or be a class",
            f"--no-label {minus_one}, which leaves these rows out,",
            f"--label-names {minus_one}={minus_one}, which makes it a class",
        )


def _check_numbers(path: Path, place: str, labels: Counter[str], names: Mapping[str, str]) -> None:
    """Ask about numbers that are a scale and not classes."""
    numbers = sorted({as_number(raw) for raw in labels if raw not in names and NUMBER.fullmatch(raw)})
    if not numbers or any(raw not in names and not NUMBER.fullmatch(raw) for raw in labels):
        return
    fractions = any(not number.is_integer() for number in numbers)
    different = len({label_key(raw) for raw in labels if raw not in names})
    if len(numbers) > 1 and (fractions or different > _MOST_NUMBERS):
        middle = len(numbers) // 2
        low, high = ("..".join(map(_plain, (part[0], part[-1]))) for part in (numbers[:middle], numbers[middle:]))
        raise question(
            path,
            f"{place} holds {different} different numbers from {_plain(numbers[0])} to {_plain(numbers[-1])}, "
            "a scale and not classes",
            f"--label-ranges low={low},high={high}",
            "--label COLUMN",
        )


def _merged(labels: Counter[str], names: Mapping[str, str]) -> dict[str, str]:
    """Map each raw label to its class: as the user says, else one for spellings that differ in case and spaces."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for raw, count in labels.items():
        if raw not in names:
            spellings[label_key(raw)][clean_label(raw)] += count
    usual = {key: max(counts, key=lambda name: (counts[name], name)) for key, counts in spellings.items()}
    return {unicodedata.normalize("NFC", raw): names.get(raw) or usual[label_key(raw)] for raw in sorted(labels)}


def _plain(number: float) -> str:
    """Return a number with all of its digits, without a fraction of zero."""
    return repr(number).removesuffix(".0")


def _order(name: str) -> tuple[int, float, str]:
    return (0, as_number(name), name) if NUMBER.fullmatch(name) else (1, 0.0, name)


def _check_number_of_classes(path: Path, place: str, names: list[str], *, rows: int) -> None:
    if not names:
        raise RequestError(f"{path}: {place} has no labels; name another column with --label")
    if len(names) == 1:
        raise RequestError(
            f"{path}: {place} has one class, {names[0]!r}; at least two are needed\n"
            "  Add rows of another class, or name another column with --label."
        )
    if len(names) > _MOST_CLASSES or 2 * len(names) > max(rows, 4):
        raise question(
            path,
            f"{place} has {len(names):,} different values in {rows:,} rows, too many for classes",
            "--label COLUMN",
        )


def _evidence(names: list[str], merged: Mapping[str, str], chosen: Mapping[str, str]) -> str:
    kind = "words"
    if chosen:
        kind = "--label-names"
    elif {name.casefold() for name in names} in _BOOLEANS:
        kind = "booleans"
    elif all(map(NUMBER.fullmatch, names)):
        kind = "whole numbers"
    spellings = len(merged) - len(set(merged.values()))
    return kind + (f"; {spellings} other spellings of the same class" if spellings and not chosen else "")
