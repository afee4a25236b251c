"""The rows of a split become examples."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from leaderboard.data.examples import ChoiceExample, Example, Splits
from leaderboard.data.fetching import locate
from leaderboard.data.fields import Getter, as_text, getter
from leaderboard.data.rows import Row, read_rows
from leaderboard.data.sampling import draw_fixed, share_of
from leaderboard.data.specification import DataSpec, FieldSpec, FileFormat, Reading, Split
from leaderboard.errors import RequestError, unknown_name

E = TypeVar("E", bound=Example)

NEVER_LIMITED = frozenset({"train", "nonmembers"})
"""Splits that a subject is made from. Were they limited, a quick look would be at another subject."""

Classes = Callable[[Any], int | None]
"""Raw label to index of its class; None for a row that has no place among the classes."""


def splits_of(data: DataSpec, example: type[Example], *, folder: Path, offline: bool) -> Splits:
    """The splits of a task, each read when it is first asked for, in the order of its file.

    Args:
        data: a task's own data (of the task it borrows from, where it has `same_as`).
        example: what a row becomes.
        folder: of the task file.
        offline: do without the network.
    """

    def read(name: str, split: Split) -> Sequence[Example]:
        return read_split(split, data.read, data.labels, example, name=name, folder=folder, offline=offline)

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
    """All the examples of one split, in the order of the file.

    Args:
        split: which rows of which file.
        reading: how the task reads its files, where the split does not say otherwise.
        labels: names of the classes.
        example: what a row becomes.
        name: of the split; becomes part of the ids of rows that have none.
        folder: of the task file.
        offline: do without the network.

    Raises:
        SourceUnavailableError: when the file is out of reach.
        RequestError: for a file that does not hold what the task says, naming the row; for a split without examples.
    """
    reading = split.read or reading
    path = locate(split.source, folder=folder, offline=offline)
    beside = locate(split.columns_from, folder=folder, offline=offline) if split.columns_from else None
    where = f"{path} (split '{name}')"
    build = _builder(reading, labels, example, name)
    examples = []
    for number, row in read_rows(path, reading, beside=beside):
        try:
            built = build(number, row)
        except RequestError as error:
            raise RequestError(f"{where}: row {number}: {error}") from None
        if built is not None:
            examples.append(built)
    _check_ids(examples, where)
    chosen = share_of(examples, *split.share)
    if split.rows is not None:
        chosen = draw_fixed(chosen, split.rows)
    if not chosen:
        low, high = split.share
        why = "no row has a class, or what `only` asks for"
        if examples:
            why = f"none of {len(examples)} falls in the share [{low:g}, {high:g})"
        raise RequestError(f"{where}: no examples: {why}")
    return chosen


def check_fields(data: DataSpec, example: type[Example]) -> None:
    """See that each split's fields are those of the examples it shall become, without reading any data.

    Raises:
        RequestError: naming the split and the field.
    """
    for name, split in data.splits.items():
        _builder(split.read or data.read, data.labels, example, name)


def _builder(reading: Reading, labels: tuple[str, ...], example: type[E], split: str) -> Callable[[int, Row], E | None]:
    try:
        getters = _getters(reading, example)
        classes = _classes(reading, labels) if getters.keys() & {"label", "tags"} else None
    except RequestError as error:
        raise RequestError(f"split '{split}': {error}") from None

    wanted = [(getter(column, FieldSpec(column=column)), value) for column, value in reading.only.items()]

    def build(number: int, row: Row) -> E | None:
        if any(as_text(get(row)) != value for get, value in wanted):
            return None
        values = {field: get(row) for field, get in getters.items()}
        if classes is not None and "label" in values:
            values["label"] = classes(values["label"])
            if values["label"] is None:
                return None
        if classes is not None and "tags" in values:
            values["tags"] = [classes(tag) for tag in _listed(values["tags"])]
        if issubclass(example, ChoiceExample):
            values["answer"] = _answer(values["answer"], values["choices"])
        values["id"] = as_text(values["id"]) if "id" in values else f"{split}-{number}"
        try:
            return example.model_validate(values)
        except ValidationError as error:
            raise RequestError(_told(error)) from None

    return build


def _getters(reading: Reading, example: type[Example]) -> dict[str, Getter]:
    fields: Mapping[str, FieldSpec] = reading.fields
    known = example.model_fields
    if reading.format is FileFormat.TEMPLATES and not fields:  # templates name their fields themselves
        fields = {field: FieldSpec(column=field) for field in known if field != "id"}
    for field in fields:
        if field not in known:
            raise unknown_name(f"field of a {example.__name__}", field, known, where="fields")
    missing = [field for field, info in known.items() if info.is_required() and field not in {"id", *fields}]
    if missing:
        raise RequestError(f"fields: a {example.__name__} also needs: {', '.join(missing)}")
    return {field: getter(field, spec) for field, spec in fields.items()}


def _classes(reading: Reading, labels: tuple[str, ...]) -> Classes:
    if not labels:
        raise RequestError("fields: classes are read, but `labels` names none")
    index = {label: place for place, label in enumerate(labels)}
    if reading.label_ranges:
        ranges = [(low, high, index[label]) for label, (low, high) in reading.label_ranges.items()]
        return lambda raw: _in_range(raw, ranges)
    named = {raw: index[label] for raw, label in reading.label_values.items()} or index

    def look_up(raw: Any) -> int:
        text = as_text(raw)
        if text not in named:
            raise unknown_name("label", text, named)
        return named[text]

    return look_up


def _listed(raw: Any) -> list[Any]:
    if not isinstance(raw, list):
        raise RequestError(f"field 'tags': {raw!r} is no list of tags (a `pattern` with `every: true` makes one)")
    return raw


def _in_range(raw: Any, ranges: Sequence[tuple[float, float, int]]) -> int | None:
    try:
        value = float(raw)
    except (TypeError, ValueError):
        raise RequestError(f"label {raw!r} is not a number, and `label_ranges` needs one") from None
    return next((place for low, high, place in ranges if low <= value <= high), None)


def _answer(raw: Any, choices: Any) -> Any:
    """Index of an answer that is given as the text of one of the choices; an integer is an index already."""
    if not isinstance(raw, str):
        return raw
    if raw not in choices:
        raise RequestError(f"the answer {raw!r} is none of the choices: {', '.join(map(repr, choices))}")
    return list(choices).index(raw)


def _told(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    field = ".".join(map(str, first["loc"]))
    message = first["msg"].removeprefix("Value error, ")
    return f"field '{field}': {message}" if field else message


def _check_ids(examples: Sequence[Example], where: str) -> None:
    seen: set[str] = set()
    for example in examples:
        if example.id in seen:
            raise RequestError(f"{where}: two rows have the id '{example.id}'; leave `id` out to number the rows")
        seen.add(example.id)
