"""Rows of files in the format of SQuAD: questions about paragraphs, with spans of the paragraph as answers."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from leaderboard.bounded_json import JsonError, parse_json
from leaderboard.data.json_rows import MOST_VALUES
from leaderboard.data.record import Record
from leaderboard.errors import RequestError


def squad_rows(text: str, path: Path) -> Iterator[Record]:
    """Yield one record for each question of a file (Rajpurkar et al. 2016; CMRC 2018 and XQuAD have the same format).

    Its columns are those of the question (`id`, `question`, `answers`), the `context` and `title` that it is about, and
    `paragraph`, the number of the paragraph in the file. Empty answers are left out; a question without any, as SQuAD
    2.0 has them, lacks a value.

    Raises:
        RequestError: for a file that is not an object with articles under `data`.
    """
    try:
        content = parse_json(text, unique_keys=True, most_values=MOST_VALUES)
    except JsonError as error:
        raise RequestError(f"{path}: not JSON: {error}") from None
    articles = content.get("data") if isinstance(content, dict) else None
    if not isinstance(articles, list):
        raise RequestError(f"{path}: `format: squad` is an object with a list of articles under `data`")
    number = 0
    for place, (title, paragraph) in enumerate(_paragraphs(articles), start=1):
        context = {"title": title, "context": paragraph.get("context"), "paragraph": str(place)}
        for question in _objects(paragraph.get("qas")):
            number += 1
            answers = [each for each in _objects(question.get("answers")) if str(each.get("text", "")).strip()]
            yield Record(number, 0, {**question, "answers": answers or None, **context})
    if not number:
        raise RequestError(f"{path}: has no question: articles have `paragraphs`, and those have `context` and `qas`")


def _paragraphs(articles: list[Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the title and the object of each paragraph."""
    for article in _objects(articles):
        for paragraph in _objects(article.get("paragraphs")):
            yield str(article.get("title", "")), paragraph


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list; none of anything else."""
    yield from (each for each in value if isinstance(each, dict)) if isinstance(value, list) else ()
