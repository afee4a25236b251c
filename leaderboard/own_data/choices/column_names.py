"""Usual names of the columns of multiple-choice questions."""

import re
import string
from collections.abc import Sequence
from itertools import takewhile

from leaderboard.own_data.column_names import plain_name

_QUESTIONS = "question question_stem stem ctx goal 问题 题目 题干"
_FURTHER_QUESTIONS = "query prompt sentence premise problem input context text 句子"
_LISTS = "choices options endings candidates 选项 候选"
_ANSWERS = "answer answerkey answer_key correct_answer correct_option answer_idx correct cop 答案 正确答案"
_FURTHER_ANSWERS = "label gold target ans key solution"
QUESTIONS = frozenset(_QUESTIONS.split()), frozenset(_FURTHER_QUESTIONS.split())
LISTS = frozenset(_LISTS.split()), frozenset({"answers"})
ANSWERS = frozenset(_ANSWERS.split()), frozenset(_FURTHER_ANSWERS.split())
"""Sets of names; a name of an earlier set counts more than one of a later."""
CONTEXTS = frozenset(["context", "passage", "article", "paragraph", "premise", "文章", "上下文"])
"""Names of a text that a question is about."""
_STEMS = "option|choice|opt|op|ending|solution|sol|answer|candidate|选项"
_FAMILY = re.compile(rf"(?P<stem>{_STEMS})?_?(?P<mark>[a-j]|\d{{1,2}})")
_NUMBERS = tuple(map(str, range(11)))
_MARKS = (tuple(string.ascii_lowercase[:10]), _NUMBERS[1:], _NUMBERS)


def choice_columns(names: Sequence[str]) -> list[str]:
    """Return the columns with one choice each, in their order: `A, B, C`, `option1, option2`, `ending0, ending1`.

    Args:
        names: names of all columns.
    """
    families: dict[str, dict[str, str]] = {}
    for name in names:
        match = _FAMILY.fullmatch(plain_name(name))
        if match is not None and (match["stem"] or match["mark"].isalpha()):
            families.setdefault(match["stem"] or "", {}).setdefault(match["mark"], name)
    rows = [
        [family[mark] for mark in takewhile(family.__contains__, marks)]
        for family in families.values()
        for marks in _MARKS
    ]
    return max((row for row in rows if len(row) > 1), key=len, default=[])
