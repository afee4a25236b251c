"""Answers to multiple-choice questions, as files write them."""

import string
from collections.abc import Sequence
from typing import Any

from leaderboard.data.class_lookup import NUMBER, as_number, is_missing
from leaderboard.data.fields import as_text
from leaderboard.data.specification import AnswerForm
from leaderboard.errors import RequestError, shortened

_SHOWN = 60
_DIGITS = "123456789"
_FIRST = {AnswerForm.NUMBER: 1, AnswerForm.INDEX: 0}


def answer_place(raw: Any, choices: Any, form: AnswerForm) -> Any:
    """Return the index of the right choice.

    Args:
        raw: the answer, as the file has it.
        choices: the choices.
        form: how answers are written; an integer of JSON in the form of texts is already an index.

    Raises:
        RequestError: for an answer that is none of the choices, or several.
    """
    if isinstance(raw, bool):
        raise RequestError(f"field 'answer': {raw} is neither the number of a choice, from 0, nor its text")
    if form is AnswerForm.TEXT:
        return _of_text(raw, choices) if isinstance(raw, str) else raw
    place = _of_letter(as_text(raw)) if form is AnswerForm.LETTER else _of_number(as_text(raw), _FIRST[form])
    if place is None or not 0 <= place < len(choices):
        raise RequestError(
            f"the answer {shortened(as_text(raw), _SHOWN)!r} is none of {len(choices)} choices "
            f"(`answers: {form}`{_counted(form)})"
        )
    return place


def check_choices(choices: Any) -> None:
    """Check that no choice is empty: its likelihood would be that of the separator alone.

    Raises:
        RequestError: naming its place.
    """
    texts = choices if isinstance(choices, list) else []
    if blank := next((n for n, text in enumerate(texts, start=1) if isinstance(text, str) and is_missing(text)), None):
        raise RequestError(f"field 'choices': choice {blank} of {len(texts)} is empty")


def _counted(form: AnswerForm) -> str:
    return " counts from A" if form is AnswerForm.LETTER else f" counts from {_FIRST[form]}"


def _of_letter(text: str) -> int | None:
    """Return the place of a letter; exams that call the choices of some questions 1, 2, 3 are common (ARC)."""
    letter = text.strip().strip("().").upper()
    if len(letter) == 1 and letter in _DIGITS:
        return int(letter) - 1
    return string.ascii_uppercase.find(letter) if len(letter) == 1 and letter in string.ascii_uppercase else None


def _of_number(text: str, first: int) -> int | None:
    if not NUMBER.fullmatch(text) or not as_number(text).is_integer():
        return None
    return int(as_number(text)) - first


def _of_text(raw: str, choices: Sequence[Any]) -> int:
    if list(choices).count(raw) > 1:
        raise RequestError(f"the answer {raw!r} is several of the choices: {', '.join(map(repr, choices))}")
    if raw not in choices:
        raise RequestError(f"the answer {raw!r} is none of the choices: {', '.join(map(repr, choices))}")
    return list(choices).index(raw)
