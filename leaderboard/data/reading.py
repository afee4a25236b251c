"""The rows of a split become examples."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from leaderboard.data.classes import Classes, classes_of, is_missing
from leaderboard.data.examples import ChoiceExample, Example, Splits
from leaderboard.data.fetching import locate
from leaderboard.data.fields import Getter, MissingValueError, as_text, getter
from leaderboard.data.hints import hint
from leaderboard.data.record import Row
from leaderboard.data.rows import read_rows
from leaderboard.data.sampling import draw_fixed, share_of
from leaderboard.data.specification import DataSpec, FieldSpec, FileFormat, OnProblem, Reading, Split
from leaderboard.errors import RequestError, unknown_name

E = TypeVar("E", bound=Example)

NEVER_LIMITED = frozenset({"train", "nonmembers"})
"""Splits that a subject is made from. Were they limited, a quick look would be at another subject."""

_OPTIONAL = frozenset({"id"})
_SHOWN = 40
"""Longest value that a message quotes, in characters."""


@dataclass
class SplitReading(Generic[E]):
    """What reading a split gave.

    Attributes:
        where: the file and the split, for messages.
        file: its name.
        examples: its examples, in the order of the file.
        rows: how many rows the file has.
        missing: how many were left out since they lack a value.
        bad: how many were left out since they cannot be read.
        unclassed: how many have a label in no range of `label_ranges`.
        problems: what is wrong with each row that is neither an example nor left out, with its place.
        hint: what to write instead, where the file looks as if it were read in the wrong way.
    """

    where: str
    file: str
    examples: list[E] = field(default_factory=list)
    rows: int = 0
    missing: int = 0
    bad: int = 0
    unclassed: int = 0
    problems: list[str] = field(default_factory=list)
    hint: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out of the file, one sentence for each reason."""
        reasons = {
            "lack a value and were left out": self.missing,
            "cannot be read and were left out": self.bad,
            "have a label in no range and were left out": self.unclassed,
        }
        return tuple(f"{count} of {self.rows} rows of {self.file} {what}" for what, count in reasons.items() if count)


def splits_of(
    data: DataSpec,
    example: type[Example],
    *,
    folder: Path,
    offline: bool,
    note: Callable[[tuple[str, ...]], None] = lambda _: None,
) -> Splits:
    """The splits of a task, each read when it is first asked for, in the order of its file.

    Args:
        data: a task's own data (of the task it borrows from, where it has `same_as`).
        example: what a row becomes.
        folder: of the task file.
        offline: do without the network.
        note: is told what reading a split left out.
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
    """All the examples of one split, in the order of the file; see `examine_split`.

    Raises:
        RequestError: also for a row that cannot be read, naming it.
    """
    found = examine_split(split, reading, labels, example, name=name, folder=folder, offline=offline)
    _refuse_problems(found)
    return found.examples


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
    """The examples of one split, and what is wrong with the other rows.

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
        RequestError: for a file that does not hold what the task says; for a split without examples.
    """
    reading = split.read or reading
    path = locate(split.source, folder=folder, offline=offline)
    beside = locate(split.columns_from, folder=folder, offline=offline) if split.columns_from else None
    found: SplitReading[E] = SplitReading(f"{path} (split '{name}')", path.name)
    build = _builder(reading, labels, example, name)
    for record in read_rows(path, reading, beside=beside):
        found.rows += 1
        if found.rows == 1:
            found.hint = hint(record, reading, labels)
            if found.hint and not reading.header and not record.problem:
                found.problems.append(f"{record.place}: {', '.join(map(repr, record.row.values()))}")
                continue
        try:
            if record.problem:
                raise RequestError(record.problem)  # noqa: TRY301 - told as what is wrong with its values is
            built = build(record.number, record.row, found)
        except RequestError as error:
            _take_problem(found, error, reading, record.place)
            continue
        if built is not None:
            found.examples.append(built)
    if found.problems:
        return found
    check_ids(found.examples, found.where)
    chosen = share_of(found.examples, *split.share)
    if split.rows is not None:
        chosen = draw_fixed(chosen, split.rows)
    if not chosen:
        raise RequestError(f"{found.where}: no examples: {_why_none(found, split)}")
    found.examples = chosen
    return found


def _take_problem(found: SplitReading[Any], error: RequestError, reading: Reading, place: str) -> None:
    if isinstance(error, MissingValueError) and reading.missing is OnProblem.DROP:
        found.missing += 1
    elif not isinstance(error, MissingValueError) and reading.bad_rows is OnProblem.DROP:
        found.bad += 1
    else:
        found.problems.append(f"{place}: {error}")


def _why_none(found: SplitReading[Any], split: Split) -> str:
    if found.examples:
        low, high = split.share
        return f"none of {len(found.examples)} falls in the share [{low:g}, {high:g})"
    if not found.rows:
        return "the file has no rows"
    return "; ".join(found.notes) or "no row has a class, or what `only` asks for"


def _refuse_problems(found: SplitReading[Any]) -> None:
    """Raise the first of the problems, saying how many there are.

    Raises:
        RequestError: when there is one.
    """
    if not found.problems:
        return
    more = len(found.problems) - 1
    rest = f"\n  and {more} more of {found.rows} rows have something wrong" if more else ""
    if found.hint:
        rest += f"\n  {found.hint[0].upper()}{found.hint[1:]}"
    raise RequestError(f"{found.where}: {found.problems[0]}{rest}")


def check_fields(data: DataSpec, example: type[Example]) -> None:
    """See that each split's fields are those of the examples it shall become, without reading any data.

    Raises:
        RequestError: naming the split and the field.
    """
    for name, split in data.splits.items():
        _builder(split.read or data.read, data.labels, example, name)


def _builder(
    reading: Reading, labels: tuple[str, ...], example: type[E], split: str
) -> Callable[[int, Row, SplitReading[Any]], E | None]:
    try:
        getters = _getters(reading, example)
        classes = classes_of(reading, labels) if getters.keys() & {"label", "tags"} else None
    except RequestError as error:
        raise RequestError(f"split '{split}': {error}") from None

    raw_labels = tuple(reading.label_values or labels) if classes is not None else ()
    wanted = [(getter(column, FieldSpec(column=column)), value) for column, value in reading.only.items()]

    def build(number: int, row: Row, found: SplitReading[Any]) -> E | None:
        if any(as_text(get(row)) != value for get, value in wanted):
            return None
        values = {name: get(row) for name, get in getters.items()}
        if classes is not None and "label" in values:
            values["label"] = classes(values["label"])
            if values["label"] is None:
                found.unclassed += 1
                return None
        if classes is not None and "tags" in values:
            values["tags"] = _tags(values["tags"], values.get("words"), classes)
        _check_values(values)
        if swallowed := _swallowed(values, reading, raw_labels):
            raise RequestError(swallowed)
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
    for name in fields:
        if name not in known:
            raise unknown_name(f"field of a {example.__name__}", name, known, where="fields")
    missing = [field for field, info in known.items() if info.is_required() and field not in {"id", *fields}]
    if missing:
        raise RequestError(f"fields: a {example.__name__} also needs: {', '.join(missing)}")
    return {field: getter(field, spec) for field, spec in fields.items()}


def _tags(raw: Any, words: Any, classes: Classes) -> list[int | None]:
    if not isinstance(raw, list):
        raise RequestError(f"field 'tags': {raw!r} is no list of tags (a `pattern` with `every: true` makes one)")
    tags = []
    for place, tag in enumerate(raw):
        try:
            tags.append(classes(tag))
        except RequestError as error:
            word = f" ({words[place]!r})" if isinstance(words, list) and place < len(words) else ""
            first, _, rest = str(error).partition("\n")
            raise type(error)(f"{first} of word {place + 1}{word}" + (f"\n{rest}" if rest else "")) from None
    return tags


def _check_values(values: Mapping[str, Any]) -> None:
    """See that there are values, of whole characters.

    Raises:
        MissingValueError: for a field without a value.
        RequestError: for NUL, or half a surrogate pair, which no encoding can write.
    """
    for name, value in values.items():
        if is_missing(value) and name not in _OPTIONAL:
            raise MissingValueError(
                f"field '{name}': there is no value ({value!r}); `missing: drop` leaves such rows out"
            )
        for text in value if isinstance(value, list) else [value]:
            if not isinstance(text, str):
                continue
            if "\0" in text:
                raise RequestError(f"field '{name}': {_quoted(text)} has a NUL character")
            try:
                text.encode()
            except UnicodeEncodeError as error:
                half = text[error.start].encode("ascii", "backslashreplace").decode()
                raise RequestError(
                    f"field '{name}': character {error.start + 1} is half of a surrogate pair ({half}), no character"
                ) from None


def _swallowed(values: Mapping[str, Any], reading: Reading, raw_labels: tuple[str, ...]) -> str:
    """What is wrong with a quoted text of several lines of which one ends as a row does: in a delimiter and a label."""
    if reading.format is not FileFormat.DELIMITED:
        return ""
    ends = tuple(f"{reading.delimiter}{label}" for label in raw_labels)
    for name, value in values.items():
        lines = value.split("\n")[:-1] if ends and isinstance(value, str) else []
        if line := next((line for line in lines if line.rstrip("\r").endswith(ends)), None):
            return (
                f"field '{name}': a quotation mark that opens in this row swallows rows, such as {_quoted(line)}\n"
                "  Close it, or write `quotes: plain` where quotation marks are ordinary text"
            )
    return ""


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def _answer(raw: Any, choices: Any) -> Any:
    """Index of an answer that is given as the text of one of the choices; an integer is an index already."""
    if isinstance(raw, bool):
        raise RequestError(f"field 'answer': {raw} is neither the number of a choice, from 0, nor its text")
    if not isinstance(raw, str):
        return raw
    if list(choices).count(raw) > 1:
        raise RequestError(f"the answer {raw!r} is several of the choices: {', '.join(map(repr, choices))}")
    if raw not in choices:
        raise RequestError(f"the answer {raw!r} is none of the choices: {', '.join(map(repr, choices))}")
    return list(choices).index(raw)


def _told(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    field = ".".join(map(str, first["loc"]))
    message = first["msg"].removeprefix("Value error, ")
    return f"field '{field}': {message}" if field else message


def check_ids(examples: Sequence[Example], where: str) -> None:
    """See that ids are unique.

    Raises:
        RequestError: naming the file and the id.
    """
    seen: set[str] = set()
    for example in examples:
        if example.id in seen:
            raise RequestError(f"{where}: two rows have the id '{example.id}'; leave `id` out to number the rows")
        seen.add(example.id)
