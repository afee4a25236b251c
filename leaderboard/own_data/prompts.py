"""Prompts for models that continue text, from the names of columns and classes."""

from collections.abc import Sequence

from leaderboard.own_data.column_names import plain_name
from leaderboard.own_data.columns import Columns

_ENGLISH = {
    "review": "Review",
    "reviews": "Review",
    "comment": "Comment",
    "tweet": "Tweet",
    "sentence": "Sentence",
    "question": "Question",
    "premise": "Premise",
    "hypothesis": "Hypothesis",
    "sentiment": "Sentiment",
    "category": "Category",
    "topic": "Topic",
    "intent": "Intent",
    "emotion": "Emotion",
    "rating": "Rating",
    "stars": "Stars",
}
_CHINESE = {
    "text": "文本",
    "review": "评论",
    "comment": "评论",
    "sentence": "句子",
    "label": "标签",
    "sentiment": "情感",
    "category": "类别",
    "评论": "评论",
    "评论内容": "评论",
    "情感": "情感",
    "情感倾向": "情感",
    "类别": "类别",
    "句子": "句子",
}
"""Headings of a prompt by the name of a column. Other names are not used: they may be any text."""


def prompt_template(columns: Columns, language: str) -> str:
    """Return a Jinja template that shows the texts and asks for the label.

    Args:
        columns: columns of the file.
        language: ISO 639 code; prompts are in Chinese for `zh`, else in English.
    """
    is_chinese = language == "zh"
    headings = _CHINESE if is_chinese else _ENGLISH
    text, label = ("文本", "标签") if is_chinese else ("Text", "Label")
    if columns.second is not None:
        names = [
            headings.get(plain_name(column), f"{text}{place}" if is_chinese else f"{text} {place}")
            for place, column in ((1, columns.text), (2, columns.second))
        ]
        parts = [(names[0], "text"), (names[1], "second")]
    else:
        parts = [(headings.get(plain_name(columns.text), text), "text")]
    label = headings.get(plain_name(columns.label), label)
    colon = "：" if is_chinese else ": "
    lines = [f"{heading}{colon}{{{{ {field} }}}}" for heading, field in parts]
    return "\n".join([*lines, f"{label}{colon.rstrip()}"])


def prompt_choices(names: Sequence[str], language: str) -> list[str]:
    """Return the continuation for each class: its name, after a space except in Chinese.

    Args:
        names: class names.
        language: ISO 639 code.
    """
    return [name if language == "zh" else f" {name}" for name in names]
