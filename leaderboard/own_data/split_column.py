"""A column that says which split each row belongs to."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from leaderboard.data.class_lookup import is_missing
from leaderboard.data.fields import as_text
from leaderboard.errors import RequestError, unknown_name
from leaderboard.own_data.column_names import plain_name
from leaderboard.own_data.detection import Detection, listed, question, quoted
from leaderboard.own_data.file_layout import FileLayout
from leaderboard.own_data.options import DataOptions

_SURE_NAMES = frozenset(["split", "splits", "data_split", "dataset_split", "train_test_split", "划分", "数据划分"])
"""Names of columns of splits; values that are none of the usual ones are a question."""
_FURTHER_NAMES = frozenset(["set", "subset", "partition", "part", "fold", "phase", "集合", "子集"])
"""Names that other columns have, too: they count where all values are usual ones."""
_USUAL = {
    "train": "train training trn tr 训练 训练集",
    "search": "validation valid val dev development devel vld 验证 验证集 开发集",
    "test": "test testing tst eval evaluation 测试 测试集",
}
_SPLITS = {value: split for split, values in _USUAL.items() for value in values.split()}
"""Split of the program by usual value."""
_MOST_VALUES = 1_000
_FLAG = "--split COLUMN / --ignore-split"
_IGNORE = "--ignore-split, which divides all rows at random"


@dataclass(frozen=True, slots=True)
class SplitColumn:
    """A column of splits.

    Attributes:
        name: its name.
        values: the value of each split, `train`, `search` and `test`, as the file writes it.
        detection: how it was detected.
    """

    name: str
    values: Mapping[str, str]
    detection: Detection

    def only(self, split: str) -> Mapping[str, str]:
        """Return the condition on a row of a split, as a task file has it."""
        return {self.name: self.values[split]}


def find_split_column(layout: FileLayout, options: DataOptions) -> SplitColumn | None:
    """Return the column of splits of the main file: the one that the user named, or one with a usual name and values.

    Args:
        layout: how the file is read.
        options: the user's answers.

    Raises:
        RequestError: for unknown values, two spellings of one split, or no rows to train on or to test on.
    """
    if options.ignore_split:
        if options.split is not None:
            raise RequestError("--split and --ignore-split exclude each other: name the column, or leave it out")
        return None
    names = list(dict.fromkeys(name for record in layout.sample for name in record.row))
    if options.split is not None:
        if options.split not in names:
            raise unknown_name("column", options.split, names, where=f"{layout.path}: --split")
        return _column(layout, options, options.split, "--split")
    roles = {options.text, options.second, options.label, options.group, options.sensitive, *options.choices}
    free = [name for name in names if name not in roles]
    if sure := [name for name in free if plain_name(name) in _SURE_NAMES]:
        return _column(layout, options, sure[0], "usual name and values")
    for name in free:
        if plain_name(name) in _FURTHER_NAMES and all(_split(value) for value in _values(layout, name)):
            return _column(layout, options, name, "usual name and values")
    return None


def _split(value: str) -> str | None:
    return _SPLITS.get(plain_name(value))


def _values(layout: FileLayout, name: str) -> Counter[str]:
    """Return the number of rows of each value of a column; rows without one count as an empty value."""
    counts: Counter[str] = Counter()
    for record in layout.records():
        if not record.problem and len(counts) <= _MOST_VALUES:
            raw = record.row.get(name)
            counts["" if is_missing(raw) else as_text(raw)] += 1
    return counts


def _column(layout: FileLayout, options: DataOptions, name: str, evidence: str) -> SplitColumn:
    """Check the values of a column of splits.

    Raises:
        RequestError: as `find_split_column` does.
    """
    counts = _values(layout, name)
    place = f"the column of splits {quoted(name)}"
    if unknown := [value for value in counts if _split(value) is None]:
        rows = sum(counts[value] for value in unknown)
        kinds = listed(unknown) if any(unknown) else "no value"
        raise question(
            layout.path,
            f"{place} has {kinds} in {rows:,} {'row' if rows == 1 else 'rows'}; its values are train, validation and "
            "test, in their usual spellings",
            "a file with these values corrected",
            _IGNORE,
        )
    spellings: dict[str, list[str]] = {}
    for value in counts:
        spellings.setdefault(_split(value) or "", []).append(value)
    if twice := next((values for values in spellings.values() if len(values) > 1), None):
        raise question(
            layout.path, f"{place} has {listed(twice)} for one split", "a file with one spelling of it", _IGNORE
        )
    values = {split: spellings[split][0] for split in _USUAL if split in spellings}
    _check_parts(layout, options, place, values)
    rows_of = ", ".join(f"{value} {counts[value]:,}" for value in values.values())
    return SplitColumn(name, values, Detection("splits", f"{name}: {rows_of}", evidence, _FLAG))


def _check_parts(layout: FileLayout, options: DataOptions, place: str, values: Mapping[str, str]) -> None:
    """Check that there are rows to train on, and rows to test on, once."""
    if "train" not in values:
        raise question(layout.path, f"{place} has no row to train on ({listed(values.values())})", _IGNORE)
    if "test" not in values and options.test is None:
        raise question(
            layout.path,
            f"{place} has no row to test on ({listed(values.values())})",
            "--test FILE, which has them,",
            _IGNORE,
        )
    if "test" in values and options.test is not None:
        raise question(
            layout.path,
            f"{place} has rows to test on ({quoted(values['test'])}), and so has --test {options.test}",
            "the file without these rows",
            "no --test",
            _IGNORE,
        )


def parts_of(layout: FileLayout, splits: SplitColumn | None) -> Mapping[str, FileLayout]:
    """Return the layout of the rows of each split; without a column of splits all rows are of `train`."""
    if splits is None:
        return {"train": layout}
    return {split: replace(layout, part=(splits.name, value)) for split, value in splits.values.items()}
