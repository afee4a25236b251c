"""A pass over the questions of a file: what cannot be read, what is there twice, and where each falls."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from leaderboard.data.answers import answer_place, check_choices
from leaderboard.data.class_lookup import is_missing
from leaderboard.data.examples import ChoiceExample
from leaderboard.data.fields import MissingValueError, getter
from leaderboard.data.overlap import text_fingerprint
from leaderboard.data.record import Row
from leaderboard.data.sampling import content, split_position
from leaderboard.data.specification import AnswerForm, FieldSpec
from leaderboard.data.value_checks import check_text
from leaderboard.errors import RequestError
from leaderboard.own_data.choices.columns import ChoiceColumns
from leaderboard.own_data.file_layout import FileLayout
from leaderboard.own_data.survey import MOST_SAMPLED, SHOWN_ROWS, Survey, print_key

Fields = dict[str, Any]


@dataclass
class QuestionSurvey(Survey):
    """Counts of questions: `repeated_elsewhere` are those with another answer, `classes` the places of the answers.

    Attributes:
        numbers: number of questions by their number of choices.
    """

    numbers: Counter[int] = field(default_factory=Counter)

    @property
    def chance(self) -> float:
        """Mean accuracy of guessing."""
        return sum(count / number for number, count in self.numbers.items()) / max(1, self.numbers.total())


def answered_rows(layout: FileLayout, columns: ChoiceColumns) -> list[tuple[Any, list[Any]]]:
    """Return the answer and the choices of each row that has both."""
    read = _FieldReader(columns)
    rows = []
    for record in layout.records():
        try:
            values = None if record.problem else read(record.row)
        except RequestError:
            continue
        if values is not None and isinstance(values["choices"], list) and not is_missing(values["answer"]):
            rows.append((values["answer"], values["choices"]))
    return rows


def survey_questions(layout: FileLayout, columns: ChoiceColumns, form: AnswerForm, *, prints: bool) -> QuestionSurvey:
    """Count the questions of a file as reading them for a task will treat them.

    Args:
        layout: how the file is read.
        columns: its columns.
        form: how answers are written.
        prints: whether fingerprints of the questions are needed.
    """
    survey = QuestionSurvey()
    answers: dict[str, int] = {}
    for example in _examples(layout, columns, form, survey):
        mark = text_fingerprint(example)
        survey.repeated += mark in answers
        survey.repeated_elsewhere += answers.setdefault(mark, example.answer) != example.answer
        survey.numbers[len(example.choices)] += 1
        place = f"choice {example.answer + 1}"
        survey.classes[place] += 1
        survey.positions.append(((place,), split_position(content(example), None)))
        if len(survey.texts) < MOST_SAMPLED:
            survey.texts.append("\n".join((example.question, *example.choices)))
        if prints:
            survey.prints[print_key(mark)] += 1
    return survey


class _FieldReader:
    """Reads the fields of a question from a row."""

    def __init__(self, columns: ChoiceColumns) -> None:
        """Prepare the fields of the columns."""
        specs = {name: FieldSpec.model_validate(place) for name, place in columns.fields.items()}
        self._getters = {name: getter(name, spec) for name, spec in specs.items()}

    def __call__(self, row: Row) -> Fields:
        """Return the fields of a row.

        Raises:
            RequestError: for a row that lacks one.
        """
        return {name: get(row) for name, get in self._getters.items()}


def _examples(
    layout: FileLayout, columns: ChoiceColumns, form: AnswerForm, survey: QuestionSurvey
) -> Iterator[ChoiceExample]:
    """Yield the questions that can be read; count the others."""
    read = _FieldReader(columns)
    for record in layout.records():
        survey.rows += 1
        try:
            if record.problem:
                raise RequestError(record.problem)  # noqa: TRY301 - reported like wrong values
            values = read(record.row)
            if is_missing(values["question"]) or values["choices"] is None:
                survey.no_text += 1
                continue
            if is_missing(values["answer"]):
                survey.no_label += 1
                continue
            example = _example(values, form)
        except MissingValueError:
            survey.no_text += 1
        except RequestError as error:
            survey.bad += 1
            if len(survey.unreadable) < SHOWN_ROWS:
                survey.unreadable.append(f"{record.place}: {error}")
        else:
            yield example


def _example(values: Fields, form: AnswerForm) -> ChoiceExample:
    for name, value in values.items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                check_text(name, text)
    check_choices(values["choices"])
    answer = answer_place(values["answer"], values["choices"], form)
    try:
        return ChoiceExample.model_validate({**values, "answer": answer, "id": ""})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        raise RequestError(f"{'.'.join(map(str, first['loc']))}: {message}" if first["loc"] else message) from None
