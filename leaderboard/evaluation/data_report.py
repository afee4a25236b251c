"""Data report: what the files of a task hold, row counts and classes, and everything that is wrong with them."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from leaderboard.axes.accuracy.schemes import as_iob2, scheme_of, vocabulary
from leaderboard.data.examples import Example, TaggedExample, TextExample
from leaderboard.data.near_copies import NearCopies, near_copy_note
from leaderboard.data.overlap import NONMEMBERS, SEARCH, TRAIN, disjoint, text_of
from leaderboard.data.reading import SplitReading, examine_split
from leaderboard.data.specification import DataSpec
from leaderboard.errors import RequestError, SourceUnavailableError
from leaderboard.tasks import Task, protocol_of

SHOWN = 10
"""Wrong rows of a split that are shown."""
_TEST = "test"
_SPLIT = re.compile(r" \(split '[^']*'\)")
_MOST_CLASSES = 12


@dataclass
class DataReport:
    """What reading the data of a task showed.

    Attributes:
        lines: counts and classes of each split, and what a reader should know.
        problems: what has to be mended.
        unchecked: what could not be read from here, and why.
    """

    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)


def report_on(task: Task, *, offline: bool) -> DataReport:
    """Read every split of a task's own data.

    Args:
        task: the task.
        offline: do without the network.
    """
    report = DataReport()
    protocol = protocol_of(task)
    if task.data is None or protocol.example is None or task.data.same_as:
        return report
    home = getattr(protocol.parameters, "home", None)
    needed = home or (None if protocol.asks_about_training else _TEST)
    if needed and needed not in task.data.splits:
        names = ", ".join(task.data.splits)
        report.problems.append(f"the task's data has no split '{needed}', which is asked about; its splits: {names}")
    splits: dict[str, Sequence[Example]] = {}
    for name in task.data.splits:
        if (examples := _split(task, task.data, name, protocol.example, report, offline=offline)) is not None:
            splits[name] = examples
    if len(splits) == len(task.data.splits):
        _compare(task.data, splits, report)
    return report


def _split(
    task: Task, data: DataSpec, name: str, example: type[Example], report: DataReport, *, offline: bool
) -> Sequence[Example] | None:
    """The examples of a split; None where something is wrong with it, which the report is told."""
    split = data.splits[name]
    try:
        found = examine_split(split, data.read, data.labels, example, name=name, folder=task.folder, offline=offline)
    except SourceUnavailableError as error:
        local = all(place.file for place in split.source.locations)
        (report.problems if local else report.unchecked).append(f"split '{name}': {error}")
        return None
    except RequestError as error:
        _add_once(report, str(error), name)
        return None
    if found.problems:
        _add_once(report, _wrong_rows(found), name)
        return None
    report.lines.append(f"{name}: {_counts(found.examples, data.labels)}")
    report.lines.extend(note for note in found.notes if note not in report.lines)
    return found.examples


def _add_once(report: DataReport, problem: str, split: str) -> None:
    """Tell a problem of a file that several splits share once."""
    mark = f" (split '{split}')"
    if mark not in problem or not any(problem.replace(mark, "") == _unmarked(other) for other in report.problems):
        report.problems.append(problem)


def _unmarked(problem: str) -> str:
    return _SPLIT.sub("", problem, count=1)


def _wrong_rows(found: SplitReading[Example]) -> str:
    kinds = {problem.partition(": row ")[2].partition(": ")[2] for problem in found.problems}
    same = len(kinds) == 1 and len(found.problems) == found.rows
    most = 1 if same else SHOWN
    shown = "\n  ".join(found.problems[:most])
    more = len(found.problems) - most
    rest = f"\n  and {more} more{' of the same' if same else ''}" if more > 0 else ""
    advice = f"\n  {found.hint[0].upper()}{found.hint[1:]}" if found.hint else ""
    wrong = f"{len(found.problems)} of {found.rows} rows cannot be used"
    return f"{found.where}: {wrong}\n  {shown}{rest}{advice}"


def _counts(examples: Sequence[Example], labels: Sequence[str]) -> str:
    """How many examples there are, and of which classes or types of span."""
    if examples and isinstance(examples[0], TaggedExample):
        return _tagged([example for example in examples if isinstance(example, TaggedExample)], labels)
    classes = Counter(example.label for example in examples if isinstance(example, TextExample))
    rows = f"{len(examples)} rows"
    if not labels or set(classes) <= {None}:
        return rows
    shares = [f"{label} {classes[place]} ({classes[place] / len(examples):.0%})" for place, label in enumerate(labels)]
    more = f", and {len(shares) - _MOST_CLASSES} more classes" if len(shares) > _MOST_CLASSES else ""
    return f"{rows}: {', '.join(shares[:_MOST_CLASSES])}{more}"


def _tagged(sentences: Sequence[TaggedExample], labels: Sequence[str]) -> str:
    words = sum(len(sentence.words) for sentence in sentences)
    rows = f"{len(sentences)} sentences, {words} words"
    try:
        tags = vocabulary(labels)
    except RequestError as error:
        return f"{rows} ({error})"
    raw = [[labels[tag] for tag in sentence.tags] for sentence in sentences]
    spans = Counter(tag[2:] for sentence in as_iob2(raw, tags) for tag in sentence if tag.startswith("B"))
    kinds = ", ".join(f"{kind or 'span'} {count}" for kind, count in sorted(spans.items()))
    return f"{rows}, spans in {scheme_of(raw, tags)}: {kinds or 'none'}"


def _compare(data: DataSpec, splits: Mapping[str, Sequence[Example]], report: DataReport) -> None:
    """See that nothing is learned from that is scored, and that every class occurs."""
    try:
        kept = disjoint(splits, data.overlap, task="data")
    except RequestError as error:
        report.problems.append(str(error).removeprefix("data: "))
        return
    for name in (TRAIN, SEARCH):
        if name in splits and len(kept[name]) < len(splits[name]):
            left = len(splits[name]) - len(kept[name])
            report.lines.append(f"{left} of {len(splits[name])} rows of '{name}' are in another split and are left out")
    present = {example.label for rows in splits.values() for example in rows if isinstance(example, TextExample)}
    if present - {None}:
        lacking = [label for place, label in enumerate(data.labels) if place not in present]
        if lacking:
            report.problems.append(f"labels: no row of any split is of class {', '.join(map(repr, lacking))}")
    if TRAIN in splits:
        copies = NearCopies(map(text_of, kept[TRAIN]))
        for name, rows in splits.items():
            if name in {TRAIN, SEARCH, NONMEMBERS}:
                continue
            if note := near_copy_note(copies, [(row.id, text_of(row)) for row in rows], name):
                report.lines.append(f"warning: {note}")
