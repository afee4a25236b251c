"""Detection of how answers to questions are written: as text, letter, number or index."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leaderboard.data.answers import answer_place
from leaderboard.data.fields import as_text
from leaderboard.data.specification import AnswerForm
from leaderboard.errors import RequestError
from leaderboard.own_data.detection import Detection, listed, question
from leaderboard.own_data.yaml_flow import Value

_FLAG = "--answers FORM"
_NAMES = {
    AnswerForm.TEXT: "the text of a choice",
    AnswerForm.LETTER: "letters, A for the first choice",
    AnswerForm.NUMBER: "numbers, 1 for the first choice",
    AnswerForm.INDEX: "numbers, 0 for the first choice",
}


@dataclass(frozen=True, slots=True)
class Answers:
    """How answers are written.

    Attributes:
        form: their form.
        detection: how it was detected.
    """

    form: AnswerForm
    detection: Detection

    @property
    def settings(self) -> dict[str, Value]:
        """Settings of `read:`."""
        return {} if self.form is AnswerForm.TEXT else {"answers": self.form.value}


def detect_answers(path: Path, rows: Sequence[tuple[Any, Sequence[Any]]], *, form: AnswerForm | None) -> Answers:
    """Detect how answers are written.

    Args:
        path: path of the file, for messages.
        rows: answer and choices of each row that has both.
        form: the user's own answer.

    Raises:
        RequestError: where no form fits; as a question where several do.
    """
    if form is not None:
        return Answers(form, Detection("answers", _NAMES[form], "--answers", _FLAG))
    fitting = [each for each in AnswerForm if all(_fits(answer, choices, each) for answer, choices in rows)]
    if not any(any(map(str.isalpha, as_text(answer))) for answer, _ in rows):
        fitting = [each for each in fitting if each is not AnswerForm.LETTER]  # which digits stand for as well
    raw = Counter(as_text(answer) for answer, _ in rows)
    examples = listed(value for value, _ in raw.most_common(4))
    if len(fitting) == 1:
        return Answers(fitting[0], Detection("answers", _NAMES[fitting[0]], f"such as {examples}", _FLAG))
    if not fitting:
        shares = {each: sum(_fits(answer, choices, each) for answer, choices in rows) for each in AnswerForm}
        best = max(shares, key=shares.__getitem__)
        raise question(
            path,
            f"the answers, such as {examples}, are neither texts nor places of the choices in every row; most are "
            f"{_NAMES[best]} ({shares[best]:,} of {len(rows):,})",
            f"--answers {best} --drop-bad-rows, which leaves the others out,",
            "--label COLUMN",
            "--choices COLUMN,…",
        )
    raise question(
        path,
        f"the answers, such as {examples}, may be {' or '.join(_NAMES[each] for each in fitting)}",
        *(f"--answers {each}" for each in fitting),
    )


def _fits(answer: Any, choices: Sequence[Any], form: AnswerForm) -> bool:
    """Whether an answer names one of its choices in a form."""
    if isinstance(answer, bool) or (form is AnswerForm.TEXT and not isinstance(answer, str)):
        return False
    try:
        answer_place(answer, choices, form)
    except RequestError:
        return False
    return True
