"""Building of an example from the row of a file."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from leaderboard.data.answers import answer_place, check_choices
from leaderboard.data.class_lookup import Classes, class_lookup, is_missing
from leaderboard.data.examples import ChoiceExample, Example, RationaleChoiceExample, RationaleExample
from leaderboard.data.fields import Getter, as_text, getter
from leaderboard.data.rationales import rationale_spans
from leaderboard.data.record import Row
from leaderboard.data.sampling import group_key
from leaderboard.data.specification import DataSpec, FieldSpec, FileFormat, Reading
from leaderboard.data.split_reading import SplitReading
from leaderboard.data.value_checks import check_values, unclosed_quote
from leaderboard.errors import RequestError, unknown_name

E = TypeVar("E", bound=Example)


def check_fields(data: DataSpec, example: type[Example]) -> None:
    """Check that the fields of each split are those of the example type, without reading data.

    Raises:
        RequestError: naming the split and the field.
    """
    for name, split in data.splits.items():
        example_builder(split.read or data.read, data.labels, example, name)
        if split.perturbation is not None and issubclass(example, RationaleExample):
            raise RequestError(f"split '{name}': `perturbation` would move the texts under their rationales; remove it")


def example_builder(
    reading: Reading, labels: tuple[str, ...], example: type[E], split: str
) -> Callable[[str, Row, SplitReading[Any]], E | None]:
    """Return a function of a row's key, its values and the reading that counts it, which returns the row's example.

    The function returns None for a row that `only` leaves out, and for one without a class, which it counts.

    Args:
        reading: settings for reading.
        labels: names of the classes.
        example: type of the examples.
        split: name of the split, part of the ids of rows without one.

    Raises:
        RequestError: when the fields are not those of the type; from the function, for a row that cannot be read.
    """
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
        check_values(values)
        if swallowed := unclosed_quote(values, reading, raw_labels):
            raise RequestError(swallowed)
        values |= _converted(values, reading, example)
        values["id"] = as_text(values["id"]) if "id" in values else f"{split}-{key}"
        values |= _groups(values)
        try:
            return example.model_validate(values)
        except ValidationError as error:
            raise RequestError(_message(error)) from None

    return build


def _converted(values: Mapping[str, Any], reading: Reading, example: type[Example]) -> dict[str, Any]:
    """Return the values that files write in several forms, as the example has them."""
    if issubclass(example, ChoiceExample):
        check_choices(values["choices"])
        answer = {"answer": answer_place(values["answer"], values["choices"], reading.answers)}
        if not issubclass(example, RationaleChoiceExample):
            return answer
        return {**answer, "rationale": rationale_spans(values["rationale"], values["question"], reading.rationales)}
    if "rationale" in values:
        return {"rationale": rationale_spans(values["rationale"], values["text"], reading.rationales)}
    return {}


def _groups(values: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the groups of an example by their keys; a row without one is in none."""
    groups = {name: values[name] for name in ("group", "sensitive") if name in values}
    return {name: None if is_missing(raw) else group_key(as_text(raw)) for name, raw in groups.items()}


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


def _message(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    field = ".".join(map(str, first["loc"]))
    message = first["msg"].removeprefix("Value error, ")
    return f"field '{field}': {message}" if field else message
