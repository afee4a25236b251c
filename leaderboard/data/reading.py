"""Reading of the rows of a split as examples."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from leaderboard.data.example_builder import example_builder
from leaderboard.data.examples import Example, Splits
from leaderboard.data.fields import MissingValueError
from leaderboard.data.format_hints import format_hint
from leaderboard.data.partner_rows import with_partners
from leaderboard.data.perturbations.perturbed_texts import perturbed
from leaderboard.data.sampling import content, fixed_sample, share_of
from leaderboard.data.specification import Contradictions, DataSpec, OnProblem, Reading, Split
from leaderboard.data.split_reading import SplitReading
from leaderboard.data.split_rows import split_rows
from leaderboard.errors import RequestError

E = TypeVar("E", bound=Example)

NEVER_LIMITED = frozenset({"train", "nonmembers"})
"""Splits that a subject is made from; limiting them would make another subject."""


def splits_of(
    data: DataSpec,
    example: type[Example],
    *,
    folder: Path,
    offline: bool,
    note: Callable[[tuple[str, ...]], None] = lambda _: None,
) -> Splits:
    """Return the splits of a task, each read on first use, in the order of its file.

    Args:
        data: a task's own data (of the task it borrows from, where it has `same_as`).
        example: type of the examples.
        folder: folder of the task file.
        offline: do without the network.
        note: called with sentences on what was left out of a split.
    """

    def read(name: str, split: Split) -> Sequence[Example]:
        reading = examine_split(split, data.read, data.labels, example, name=name, folder=folder, offline=offline)
        _refuse_problems(reading)
        note(reading.notes)
        return reading.examples

    return Splits({name: partial(read, name, split) for name, split in data.splits.items()})


def read_split(
    split: Split,
    reading: Reading,
    labels: tuple[str, ...],
    example: type[E],
    *,
    name: str,
    folder: Path,
    offline: bool,
) -> list[E]:
    """Read all examples of one split, in the order of the file, as `examine_split` does.

    Raises:
        RequestError: also for a row that cannot be read, naming it.
    """
    reading_result = examine_split(split, reading, labels, example, name=name, folder=folder, offline=offline)
    _refuse_problems(reading_result)
    return reading_result.examples


def examine_split(
    split: Split,
    reading: Reading,
    labels: tuple[str, ...],
    example: type[E],
    *,
    name: str,
    folder: Path,
    offline: bool,
) -> SplitReading[E]:
    """Read the examples of one split, and collect what is wrong with the other rows.

    Args:
        split: the split to read.
        reading: settings of the task, where the split has none.
        labels: names of the classes.
        example: type of the examples.
        name: name of the split, part of the ids of rows without one.
        folder: folder of the task file.
        offline: do without the network.

    Raises:
        SourceUnavailableError: when the file is out of reach.
        RequestError: for a file that does not hold what the task says; for a split without examples.
    """
    reading = split.read or reading
    if split.only:
        reading = reading.model_copy(update={"only": {**reading.only, **split.only}})
    rows = split_rows(split, reading, folder=folder, offline=offline)
    result: SplitReading[E] = SplitReading(f"{rows.origin} (split '{name}')", rows.file)
    build = example_builder(reading, labels, example, name)
    for record in rows.records if reading.pair_column is None else with_partners(rows.records, reading.pair_column):
        result.rows += 1
        if result.rows == 1:
            result.hint = format_hint(record, reading, labels)
            if result.hint and not reading.header and not record.problem:
                result.problems.append(f"{record.place}: {', '.join(map(repr, record.row.values()))}")
                continue
        try:
            if record.problem:
                raise RequestError(record.problem)  # noqa: TRY301 - reported like wrong values
            built = build(record.key, record.row, result)
        except RequestError as error:
            _add_problem(result, error, reading, record.place)
            continue
        if built is not None:
            result.examples.append(built)
    if not result.problems:
        _choose(result, split, reading)
    return result


def _choose(result: SplitReading[Any], split: Split, reading: Reading) -> None:
    """Keep the examples of a split.

    Raises:
        RequestError: for ids that are there twice; when no example is left.
    """
    check_ids(result.examples, result.origin)
    if reading.contradictions is Contradictions.DROP:
        _drop_contradictions(result)
    chosen = share_of(result.examples, *split.share)
    if split.rows is not None:
        chosen = fixed_sample(chosen, split.rows)
    if not chosen:
        raise RequestError(f"{result.origin}: no examples: {_empty_reason(result, split)}")
    result.examples = chosen if split.perturbation is None else perturbed(chosen, split.perturbation, split.strength)


def _drop_contradictions(result: SplitReading[Any]) -> None:
    """Leave out every copy of a text that has several labels, since no answer to it is right."""
    labels: dict[str, set[int | None]] = {}
    texts = [content(example) for example in result.examples]
    for text, example in zip(texts, result.examples, strict=True):
        labels.setdefault(text, set()).add(getattr(example, "label", None))
    kept = [example for text, example in zip(texts, result.examples, strict=True) if len(labels[text]) == 1]
    result.contradictory = len(result.examples) - len(kept)
    result.examples = kept


def _add_problem(result: SplitReading[Any], error: RequestError, reading: Reading, place: str) -> None:
    if isinstance(error, MissingValueError) and reading.missing is OnProblem.DROP:
        result.missing += 1
    elif not isinstance(error, MissingValueError) and reading.bad_rows is OnProblem.DROP:
        result.bad += 1
    else:
        result.problems.append(f"{place}: {error}")


def _empty_reason(result: SplitReading[Any], split: Split) -> str:
    if result.examples:
        low, high = split.share
        return f"none of {len(result.examples)} falls in the share [{low:g}, {high:g})"
    if not result.rows:
        return "the file has no rows"
    return "; ".join(result.notes) or "no row has a class, or what `only` asks for"


def _refuse_problems(result: SplitReading[Any]) -> None:
    """Raise the first of the problems with their number.

    Raises:
        RequestError: when there is one.
    """
    if not result.problems:
        return
    more = len(result.problems) - 1
    rest = f"\n  and {more} more of {result.rows} rows have something wrong" if more else ""
    if result.hint:
        rest += f"\n  {result.hint[0].upper()}{result.hint[1:]}"
    raise RequestError(f"{result.origin}: {result.problems[0]}{rest}")


def check_ids(examples: Sequence[Example], where: str) -> None:
    """Check that ids are unique.

    Raises:
        RequestError: naming the file and the id.
    """
    ids: set[str] = set()
    for example in examples:
        if example.id in ids:
            raise RequestError(f"{where}: two rows have the id '{example.id}'; leave `id` out to number the rows")
        ids.add(example.id)
