"""Rationales: the parts of a text that a person marked as reasons for its label, as files write them."""

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from leaderboard.data.specification import RationaleForm
from leaderboard.errors import RequestError, shortened

Span = tuple[int, int]
"""First character, and the one after the last; characters are counted from 0."""

_SHOWN = 60
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+|[^\w\s]")
"""A word, a character of Chinese or Japanese, or a punctuation mark: what an editor changes."""


def rationale_spans(raw: Any, text: Any, form: RationaleForm) -> list[Span]:
    """Return the marked spans of a text.

    Args:
        raw: the rationale, as the file has it; a list may be written as JSON.
        text: the text.
        form: how rationales are written.

    Raises:
        RequestError: for a value of another form. That spans lie within the text is checked by `RationaleExample`.
    """
    if form is RationaleForm.REVISION:
        if not isinstance(raw, str):
            raise RequestError(f"field 'rationale': {_short(raw)} is no text (`rationales: {form}`)")
        return changed_spans(str(text), raw)
    if form is RationaleForm.QUOTATION:
        return quoted_spans(str(text), raw)
    values = _list(raw, form)
    if form is RationaleForm.CHARACTERS:
        if not all(_is_place(value) for value in values):
            raise RequestError(f"field 'rationale': {_short(raw)} is no list of numbers of characters, counted from 0")
        return _runs(values)
    if not all(isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_place, value)) for value in values):  # noqa: PLR2004
        raise RequestError(
            f"field 'rationale': {_short(raw)} is no list of spans, such as [[0, 4], [10, 17]]{_hint(values)}"
        )
    return [(start, end) for start, end in values]


def quoted_spans(text: str, quotation: Any) -> list[Span]:
    """Return the span of a text that a quotation repeats, ignoring case and white space around it.

    Its first occurrence counts. An empty quotation marks nothing.

    Raises:
        RequestError: for a quotation that is not in the text.
    """
    if not isinstance(quotation, str):
        raise RequestError(f"field 'rationale': {_short(quotation)} is no text (`rationales: quotation`)")
    words = quotation.strip()
    if not words:
        return []
    match = re.search(re.escape(words), text, re.IGNORECASE)
    if match is None:
        raise RequestError(f"field 'rationale': {_short(words)} is not in the text (`rationales: quotation`)")
    return [match.span()]


def changed_spans(text: str, revision: str) -> list[Span]:
    """Return the spans of a text that a revision deletes or replaces, by word (Kaushik et al. 2020).

    Words that the revision only inserts mark nothing.
    """
    tokens = list(_TOKEN.finditer(text))
    words, others = [token.group() for token in tokens], _TOKEN.findall(revision)
    changes = difflib.SequenceMatcher(None, words, others, autojunk=False).get_opcodes()
    return [
        (tokens[first].start(), tokens[last - 1].end())
        for kind, first, last, _, _ in changes
        if kind in {"delete", "replace"}
    ]


def _list(raw: Any, form: RationaleForm) -> Sequence[Any]:
    value = raw
    if isinstance(raw, str):
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, list | tuple):
        wanted = "spans, such as [[0, 4], [10, 17]]" if form is RationaleForm.SPANS else "numbers of characters"
        raise RequestError(f"field 'rationale': {_short(raw)} is no list of {wanted} (`rationales: {form}`)")
    return value


def _hint(values: Sequence[Any]) -> str:
    numbers = values and all(_is_place(value) for value in values)
    return "; `rationales: characters` reads the numbers of the marked characters" if numbers else ""


def _is_place(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _runs(places: Iterable[int]) -> list[Span]:
    """Join adjacent characters to spans."""
    ordered = sorted(set(places))
    if not ordered:
        return []
    ends = [place for place, following in pairwise(ordered) if following != place + 1] + [ordered[-1]]
    starts = [ordered[0]] + [following for place, following in pairwise(ordered) if following != place + 1]
    return [(start, end + 1) for start, end in zip(starts, ends, strict=True)]


def _short(raw: Any) -> str:
    return repr(shortened(str(raw), _SHOWN))
