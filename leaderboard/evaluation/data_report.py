"""Reports on the data of a task: row counts, classes and problems."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from leaderboard.axes.accuracy.schemes import scheme_of, to_iob2, vocabulary
from leaderboard.data.examples import Example, RationaleExample, TaggedExample, TextExample
from leaderboard.data.near_duplicates import NearDuplicates, near_duplicate_note
from leaderboard.data.overlap import NONMEMBERS, SEARCH, TRAIN, disjoint, text_of
from leaderboard.data.reading import examine_split
from leaderboard.data.specification import DataSpec
from leaderboard.data.split_reading import SplitReading
from leaderboard.errors import RequestError, SourceUnavailableError
from leaderboard.tasks import Task, protocol_of

SHOWN = 10
_LINE = re.compile(r"line (\d+):")
"""Wrong rows of a split that are shown."""
_TEST = "test"
_SPLIT = re.compile(r" \(split '[^']*'\)")
_MOST_CLASSES = 12


@dataclass
class DataReport:
    """Report on the data of a task.

    Attributes:
        lines: Counts and classes of each split, and warnings.
        problems: Errors that have to be fixed.
        unchecked: Splits that could not be reached, with the reason.
    """

    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)


def report_on(task: Task, *, offline: bool) -> DataReport:
    """Read every split of a task's own data and report on it.

    Args:
        task: the task.
        offline: do without the network.
    """
    report = DataReport()
    protocol = protocol_of(task)
    if task.data is None or protocol.example is None or task.data.same_as:
        return report
    home = getattr(protocol.parameters, "home", None)
    needed = home or (None if protocol.asks_about_training or protocol.scores_every_split else _TEST)
    if needed and needed not in task.data.splits:
        names = ", ".join(task.data.splits)
        report.problems.append(
            f"the task's data has no split '{needed}', which its protocol needs; its splits: {names}"
        )
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
    """Return the examples of a split; None where it has a problem, which is added to the report."""
    split = data.splits[name]
    try:
        reading = examine_split(split, data.read, data.labels, example, name=name, folder=task.folder, offline=offline)
    except SourceUnavailableError as error:
        local = all(place.is_local for place in split.source.locations)
        (report.problems if local else report.unchecked).append(f"split '{name}': {error}")
        return None
    except RequestError as error:
        _add_once(report, str(error), name)
        return None
    if reading.problems:
        _add_once(report, _wrong_rows(reading), name)
        return None
    report.lines.append(f"{name}: {_counts(reading.examples, data.labels)}")
    report.lines.extend(note for note in reading.notes if note not in report.lines)
    return reading.examples


def _add_once(report: DataReport, problem: str, split: str) -> None:
    """Report a problem of a file that several splits share only once."""
    mark = f" (split '{split}')"
    if mark not in problem or not any(problem.replace(mark, "") == _unmarked(other) for other in report.problems):
        report.problems.append(problem)


def _unmarked(problem: str) -> str:
    return _SPLIT.sub("", problem, count=1)


def _wrong_rows(reading: SplitReading[Example]) -> str:
    kinds = defaultdict[str, list[str]](list)
    for problem in reading.problems:
        kinds[problem.partition(": row ")[2].partition(": ")[2]].append(problem)
    if len(kinds) == 1 or len(kinds) < SHOWN < len(reading.problems):  # one row of each kind says as much as ten
        shown = [line for same in kinds.values() for line in _first_of(same)]
        more = 0
    else:
        shown, more = reading.problems[:SHOWN], len(reading.problems) - SHOWN
    rest = [f"and {more} more"] if more > 0 else []
    lines = "\n  ".join([*shown, *rest])
    advice = f"\n  {reading.hint[0].upper()}{reading.hint[1:]}" if reading.hint else ""
    wrong = f"{len(reading.problems)} of {reading.rows} rows cannot be used"
    return f"{reading.origin}: {wrong}\n  {lines}{advice}"


def _first_of(same: Sequence[str]) -> list[str]:
    """Return the first of several rows with the same problem, the number of the others, and their lines."""
    if len(same) == 1:
        return list(same)
    lines = [match[1] for problem in same[1:SHOWN] if (match := _LINE.match(problem))]
    places = f": lines {', '.join(lines)}{', …' if len(same) > SHOWN else ''}" if lines else ""
    return [same[0], f"and {len(same) - 1} more of the same{places}"]


def _counts(examples: Sequence[Example], labels: Sequence[str]) -> str:
    """Return the number of examples, by class or by type of span."""
    if examples and isinstance(examples[0], TaggedExample):
        return _tagged([example for example in examples if isinstance(example, TaggedExample)], labels)
    classes = Counter(example.label for example in examples if isinstance(example, TextExample))
    rows = f"{len(examples)} rows{_marked(examples)}"
    if not labels or set(classes) <= {None}:
        return rows
    shares = [f"{label} {classes[place]} ({classes[place] / len(examples):.0%})" for place, label in enumerate(labels)]
    more = f", and {len(shares) - _MOST_CLASSES} more classes" if len(shares) > _MOST_CLASSES else ""
    return f"{rows}: {', '.join(shares[:_MOST_CLASSES])}{more}"


def _marked(examples: Sequence[Example]) -> str:
    """Return how many texts have a rationale; empty for examples of other kinds."""
    texts = [example for example in examples if isinstance(example, RationaleExample)]
    return f", {sum(bool(example.rationale) for example in texts)} with a rationale" if texts else ""


def _tagged(sentences: Sequence[TaggedExample], labels: Sequence[str]) -> str:
    words = sum(len(sentence.words) for sentence in sentences)
    rows = f"{len(sentences)} sentences, {words} words"
    try:
        tags = vocabulary(labels)
    except RequestError as error:
        return f"{rows} ({error})"
    raw = [[labels[tag] for tag in sentence.tags] for sentence in sentences]
    spans = Counter(tag[2:] for sentence in to_iob2(raw, tags) for tag in sentence if tag.startswith("B"))
    kinds = ", ".join(f"{kind or 'span'} {count}" for kind, count in sorted(spans.items()))
    return f"{rows}, spans in {scheme_of(raw, tags)}: {kinds or 'none'}"


def _compare(data: DataSpec, splits: Mapping[str, Sequence[Example]], report: DataReport) -> None:
    """Report overlap between splits, and classes that do not occur."""
    try:
        kept = disjoint(splits, data.overlap, task="data")
    except RequestError as error:
        report.problems.append(str(error).removeprefix("data: "))
        return
    for name in (TRAIN, SEARCH):
        if name in splits and len(kept[name]) < len(splits[name]):
            left = len(splits[name]) - len(kept[name])
            report.lines.append(f"{left} of {len(splits[name])} rows of '{name}' are in another split and are removed")
    present = {example.label for rows in splits.values() for example in rows if isinstance(example, TextExample)}
    if present - {None}:
        lacking = [label for place, label in enumerate(data.labels) if place not in present]
        if lacking:
            more = f", and {len(lacking) - _MOST_CLASSES} more" if len(lacking) > _MOST_CLASSES else ""
            listed = ", ".join(map(repr, lacking[:_MOST_CLASSES]))
            report.problems.append(f"labels: no row of any split is of class {listed}{more}")
    if TRAIN in splits:
        copies = NearDuplicates(map(text_of, kept[TRAIN]))
        for name, rows in splits.items():
            if name in {TRAIN, SEARCH, NONMEMBERS}:
                continue
            if note := near_duplicate_note(copies, [(row.id, text_of(row)) for row in rows], name):
                report.lines.append(f"warning: {note}")
