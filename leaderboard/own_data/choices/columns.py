"""Choice of the columns of multiple-choice questions: question, choices and answer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leaderboard.data.record import Row
from leaderboard.data.specification import FieldSpec
from leaderboard.errors import RequestError, unknown_name
from leaderboard.own_data.choices.column_names import ANSWERS, CONTEXTS, LISTS, QUESTIONS, choice_columns
from leaderboard.own_data.column_names import plain_name, ranked
from leaderboard.own_data.detection import Detection, listed, question
from leaderboard.own_data.options import NO_CHOICES, DataOptions
from leaderboard.own_data.yaml_flow import Value

_TEXT_KEYS, _LABEL_KEYS = ("text", "choice", "content"), ("label", "key")
"""Keys of the text and of the letter in choices that are objects."""


@dataclass(frozen=True, slots=True)
class ChoiceColumns:
    """The columns of questions that are read.

    Attributes:
        question: column of the question.
        context: column of the text before it; None where there is none.
        choices: place of the choices, as a task file has it.
        answer: column of the answer.
        detections: how each was chosen.
    """

    question: str
    context: str | None
    choices: Value
    answer: str
    detections: tuple[Detection, ...]

    @property
    def fields(self) -> Mapping[str, Value]:
        """Fields of a question, each with its place in a row."""
        text: Value = self.question
        if self.context is not None:
            text = {"template": f"{{{{ row[{self.context!r}] }}}}\n{{{{ row[{self.question!r}] }}}}"}
        return {"question": text, "choices": self.choices, "answer": self.answer}

    @property
    def names(self) -> list[str]:
        """Names of the columns that are read."""
        specs = map(FieldSpec.model_validate, self.fields.values())
        context = [] if self.context is None else [self.context, self.question]
        return [*context, *(name for spec in specs for name in spec.column_names)]


def find_choice_columns(path: Path, rows: Sequence[Row], options: DataOptions) -> ChoiceColumns | None:
    """Return the columns of multiple-choice questions; None for a file that has none.

    Args:
        path: path of the file, for messages.
        rows: its first rows.
        options: the user's answers.

    Raises:
        RequestError: for a column that does not exist; as a question where several columns are as likely.
    """
    if options.choices == (NO_CHOICES,):
        return None
    flat = [dict(_flat(row)) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    named = {"--text": options.text, "--second": options.second, "--label": options.label}
    for flag, name in [*named.items(), *(("--choices", name) for name in options.choices)]:
        if options.choices and name is not None and name not in names:
            raise unknown_name("column", name, names, where=f"{path}: {flag}")
    choices = list(options.choices) or _usual_choices(flat, names, options)
    if not choices:
        _ask_about_written_lists(path, flat, names, options)
        return None
    others = [name for name in names if name not in choices and not _are_nested(flat, name)]
    answer = options.label or _only(path, "answer", others, ANSWERS, "--label COLUMN")
    rest = [name for name in others if name != answer]
    stem = options.text or _only(path, "question", rest, QUESTIONS, "--text COLUMN")
    if answer is None or stem is None:
        if not options.choices:
            return None
        role, flag = ("answer", "--label COLUMN") if answer is None else ("question", "--text COLUMN")
        raise question(path, f"no column looks like the {role} (columns: {listed(rest)})", flag)
    context = options.second or next(
        (name for name in rest if plain_name(name) in CONTEXTS and name != stem and _are_texts(flat, name)),
        None,
    )
    roles = [
        ("question", stem, options.text, "--text COLUMN"),
        ("context", context, options.second, "--second COLUMN"),
        ("choices", ", ".join(choices), options.choices, "--choices COLUMN,… or none"),
        ("answer", answer, options.label, "--label COLUMN"),
    ]
    detections = [
        Detection(role, column, flag.partition(" ")[0] if chosen else "usual name", flag)
        for role, column, chosen, flag in roles
        if column is not None
    ]
    return ChoiceColumns(stem, context, _place(path, flat, choices), answer, tuple(detections))


def _flat(row: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of a row; those of objects by dotted names, too."""
    for name, value in row.items():
        yield f"{prefix}{name}", value
        if isinstance(value, Mapping) and not prefix:
            yield from _flat(value, f"{name}.")


def _usual_choices(rows: Sequence[Row], names: Sequence[str], options: DataOptions) -> list[str]:
    """Return the columns that hold the choices by their names and values; none where no column does."""
    taken = {options.text, options.second, options.label, options.group, options.sensitive}
    free = [name for name in names if name not in taken]
    plain = {name: name.rpartition(".")[2] for name in free}
    for tier in LISTS:
        for name in free:
            if plain_name(plain[name]) in tier and _are_lists(rows, name):
                return [name]
    return choice_columns([name for name in free if "." not in name])


def _ask_about_written_lists(path: Path, rows: Sequence[Row], names: Sequence[str], options: DataOptions) -> None:
    """Ask about a column of choices that are lists written as text, as pandas writes them to CSV.

    Raises:
        RequestError: as a question.
    """
    for name in names:
        if not any(plain_name(name) in tier for tier in LISTS) or name in {options.text, options.second, options.label}:
            continue
        values = [row[name].strip() for row in rows if isinstance(row.get(name), str)]
        if values and all(value.startswith(("[", "{")) and value.endswith(("]", "}")) for value in values):
            raise question(
                path,
                f"the column {name!r} holds lists written as text, such as {values[0][:60]!r}",
                "a file of JSON lines, in which lists stay lists, a column for each choice",
                "--choices none, which takes it as texts with classes",
            )


def _are_nested(rows: Sequence[Row], name: str) -> bool:
    return any(isinstance(row.get(name), Mapping | list) for row in rows)


def _are_lists(rows: Sequence[Row], name: str) -> bool:
    values = [row[name] for row in rows if row.get(name) is not None]
    return bool(values) and all(_items(value) is not None for value in values)


def _items(value: Any) -> list[Any] | None:
    """Return the choices of a value: a list, or an object of lists with the texts in one; None for any other."""
    if isinstance(value, Mapping):
        value = next((value[key] for key in _TEXT_KEYS if key in value), None)
    return value if isinstance(value, list) and len(value) > 1 else None


def _are_texts(rows: Sequence[Row], name: str) -> bool:
    return all(isinstance(row.get(name), str) for row in rows)


def _only(path: Path, role: str, names: Sequence[str], tiers: Iterable[frozenset[str]], flag: str) -> str | None:
    """Return the only column with a usual name; None where there is none.

    Raises:
        RequestError: as a question.
    """
    likely = ranked(names, tiers)
    if len(likely) > 1:
        texts = "--choices none, which takes it as texts with classes"
        problem = f"several columns may hold the {role}: {listed(likely)} (columns: {listed(names)})"
        raise question(path, problem, flag, texts)
    return likely[0] if likely else None


def _place(path: Path, rows: Sequence[Row], choices: Sequence[str]) -> Value:
    """Return the place of the choices in a row, as a task file has it.

    Raises:
        RequestError: for one column that holds no lists; for letters of choices that are not in order.
    """
    if len(choices) > 1:
        return {"columns": list(choices)}
    (name,) = choices
    value = next((row[name] for row in rows if row.get(name) is not None), None)
    if isinstance(value, Mapping):
        key = next((key for key in _TEXT_KEYS if key in value), None)
        _check_letters(path, name, [labels for row in rows for labels in [_label_list(row.get(name))] if labels])
        if key is not None:
            return f"{name}.{key}"
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        key = next((key for key in _TEXT_KEYS if key in value[0]), None)
        _check_letters(path, name, [labels for row in rows for labels in [_item_labels(row.get(name))] if labels])
        if key is not None:
            return {"column": name, "each": key}
    if isinstance(value, list):
        return name
    raise RequestError(
        f"{path}: column {name!r} holds no list of choices, such as {str(value)[:60]!r}\n"
        "  Name the columns with one choice each (--choices A,B,C,D), or write lists as JSON does."
    )


def _label_list(value: Any) -> list[str] | None:
    labels = next((value[key] for key in _LABEL_KEYS if key in value), None) if isinstance(value, Mapping) else None
    return list(map(str, labels)) if isinstance(labels, list) else None


def _item_labels(value: Any) -> list[str] | None:
    items = value if isinstance(value, list) else []
    labels = [str(item[key]) for item in items if isinstance(item, Mapping) for key in _LABEL_KEYS if key in item]
    return labels if len(labels) == len(items) else None


def _check_letters(path: Path, name: str, every: Sequence[list[str]]) -> None:
    for labels in every:
        if labels != list("ABCDEFGHIJ"[: len(labels)]) and labels != [str(n + 1) for n in range(len(labels))]:
            raise RequestError(
                f"{path}: column {name!r} has choices called {listed(labels)}; an answer names a choice by its place, "
                "A or 1 for the first\n  Write the choices in this order."
            )
