"""Kinds of answers that are explained, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from leaderboard.errors import unknown_name
from leaderboard.evaluation.explanation_kinds.class_of_text import ClassOfText
from leaderboard.evaluation.explanation_kinds.kind import ExplanationKind
from leaderboard.evaluation.explanation_kinds.masked_token import MaskedToken
from leaderboard.evaluation.explanation_kinds.tag_of_words import TagOfWords
from leaderboard.evaluation.explanation_kinds.written_answer import WrittenAnswer

KINDS: Mapping[str, ExplanationKind] = MappingProxyType(
    {kind.name: kind for kind in (MaskedToken(), ClassOfText(), TagOfWords(), WrittenAnswer())}
)
"""All kinds, in the order in which they are tried."""


def explanation_kind(name: str) -> ExplanationKind:
    """Return the kind with a name.

    Raises:
        RequestError: for an unknown name, with the nearest known one.
    """
    if name not in KINDS:
        raise unknown_name("kind of answer", name, KINDS, where="--kind")
    return KINDS[name]
