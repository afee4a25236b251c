"""Reading of the rows of a split as examples."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from leaderboard.data.answers import answer_place, check_choices
from leaderboard.data.class_lookup import Classes, class_lookup, is_missing
from leaderboard.data.examples import ChoiceExample, Example, RationaleExample, Splits
from leaderboard.data.fields import Getter, MissingValueError, as_text, getter
from leaderboard.data.format_hints import format_hint
from leaderboard.data.partner_rows import with_partners
from leaderboard.data.perturbations.perturbed_texts import perturbed
from leaderboard.data.rationales import rationale_spans
from leaderboard.data.record import Row
from leaderboard.data.sampling import content, fixed_sample, group_key, share_of
from leaderboard.data.specification import Contradictions, DataSpec, FieldSpec, FileFormat, OnProblem, Reading, Split
from leaderboard.data.split_rows import split_rows
from leaderboard.errors import RequestError, unknown_name

E = TypeVar("E", bound=Example)

NEVER_LIMITED = frozenset({"train", "nonmembers"})
"""Splits that a subject is made from; limiting them would make another subject."""

_OPTIONAL = frozenset({"id", "group"})
_SHOWN = 40
"""Maximum length of a value in a message, in characters."""


@dataclass
class SplitReading(Generic[E]):
    """The result of reading a split.

    Attributes:
        origin: the file and the split, for messages.
        file: name of the file.
        examples: examples in the order of the file.
        rows: number of rows of the file.
        missing: number of rows that were left out because they lack a value.
        bad: number of rows that were left out because they cannot be read.
        unclassed: number of rows with a label outside of all `label_ranges`.
        contradictory: number of rows that were left out because equal texts have other labels.
        problems: one message with its position for each row that is neither an example nor left out.
        hint: a correction, where the settings for reading look wrong.
    """

    origin: str
    file: str
    examples: list[E] = field(default_factory=list)
    rows: int = 0
    missing: int = 0
    bad: int = 0
    unclassed: int = 0
    contradictory: int = 0
    problems: list[str] = field(default_factory=list)
    hint: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence for each reason why rows were left out."""
        reasons = {
            "lack a value and were left out": self.missing,
            "cannot be read and were left out": self.bad,
            "have a label in no range and were left out": self.unclassed,
            "repeat a text under another label and were left out": self.contradictory,
        }
        return tuple(
            f"{count} of {self.rows} rows of {self.file} {reason}" for reason, count in reasons.items() if count
        )


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
    build = _builder(reading, labels, example, name)
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


def check_fields(data: DataSpec, example: type[Example]) -> None:
    """Check that the fields of each split are those of the example type, without reading data.

    Raises:
        RequestError: naming the split and the field.
    """
    for name, split in data.splits.items():
        _builder(split.read or data.read, data.labels, example, name)
        if split.perturbation is not None and issubclass(example, RationaleExample):
            raise RequestError(f"split '{name}': `perturbation` would move the texts under their rationales; remove it")


def _builder(
    reading: Reading, labels: tuple[str, ...], example: type[E], split: str
) -> Callable[[str, Row, SplitReading[Any]], E | None]:
    try:
        getters = _getters(reading, example)
        classes = class_lookup(reading, labels) if getters.keys() & {"label", "tags"} else None
    except RequestError as error:
        raise RequestError(f"split '{split}': {error}") from None

    raw_labels = tuple(reading.label_values or labels) if classes is not None else ()
    wanted = [(getter(column, FieldSpec(column=column)), value) for column, value in reading.only.items()]

    def build(key: str, row: Row, result: SplitReading[Any]) -> E | None:
        if any(as_text(get(row)) != value for get, value in wanted):
            return None
        values = {name: get(row) for name, get in getters.items()}
        if classes is not None and "label" in values:
            values["label"] = classes(values["label"])
            if values["label"] is None:
                result.unclassed += 1
                return None
        if classes is not None and "tags" in values:
            values["tags"] = _tags(values["tags"], values.get("words"), classes)
        _check_values(values)
        if swallowed := unclosed_quote(values, reading, raw_labels):
            raise RequestError(swallowed)
        values |= _converted(values, reading, example)
        values["id"] = as_text(values["id"]) if "id" in values else f"{split}-{key}"
        values |= _group(values)
        try:
            return example.model_validate(values)
        except ValidationError as error:
            raise RequestError(_message(error)) from None

    return build


def _converted(values: Mapping[str, Any], reading: Reading, example: type[Example]) -> dict[str, Any]:
    """Return the values that files write in several forms, as the example has them."""
    if issubclass(example, ChoiceExample):
        check_choices(values["choices"])
        return {"answer": answer_place(values["answer"], values["choices"], reading.answers)}
    if issubclass(example, RationaleExample):
        return {"rationale": rationale_spans(values["rationale"], values["text"], reading.rationales)}
    return {}


def _group(values: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the group of an example by its key; a row without one is in none."""
    if "group" not in values:
        return {}
    return {"group": None if is_missing(values["group"]) else group_key(as_text(values["group"]))}


def _getters(reading: Reading, example: type[Example]) -> dict[str, Getter]:
    fields: Mapping[str, FieldSpec] = reading.fields
    model_fields = example.model_fields
    if reading.format is FileFormat.TEMPLATES and not fields:  # templates name their fields themselves
        fields = {field: FieldSpec(column=field) for field in model_fields if field != "id"}
    for name in fields:
        if name not in model_fields:
            raise unknown_name(f"field of a {example.__name__}", name, model_fields, where="fields")
    missing = [field for field, info in model_fields.items() if info.is_required() and field not in {"id", *fields}]
    if missing:
        raise RequestError(f"fields: a {example.__name__} also needs: {', '.join(missing)}")
    return {field: getter(field, spec) for field, spec in fields.items()}


def _tags(raw: Any, words: Any, classes: Classes) -> list[int | None]:
    if not isinstance(raw, list):
        raise RequestError(f"field 'tags': {raw!r} is not a list of tags (a `pattern` with `every: true` makes one)")
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
    """Check that values are present, without NUL and unpaired surrogates.

    Raises:
        MissingValueError: for a field without a value.
        RequestError: for NUL, or half a surrogate pair, which no encoding can write.
    """
    for name, value in values.items():
        if is_missing(value) and name not in _OPTIONAL:
            raise MissingValueError(f"field '{name}': no value ({value!r}); `missing: drop` leaves such rows out")
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                check_text(name, text)


def check_text(field: str, text: str) -> None:
    """Check a text of an example.

    Raises:
        RequestError: for NUL, or half a surrogate pair, which no encoding can write.
    """
    if "\0" in text:
        raise RequestError(f"field '{field}': {_quoted(text)} has a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        half = text[error.start].encode("ascii", "backslashreplace").decode()
        raise RequestError(
            f"field '{field}': character {error.start + 1} is half of a surrogate pair ({half}), no character"
        ) from None


def unclosed_quote(values: Mapping[str, Any], reading: Reading, raw_labels: tuple[str, ...]) -> str:
    """Describe a quoted text of several lines, one of which ends like a row: in a delimiter and a label."""
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


def _message(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    field = ".".join(map(str, first["loc"]))
    message = first["msg"].removeprefix("Value error, ")
    return f"field '{field}': {message}" if field else message


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
