"""Fields of answers, checked: a server may answer anything."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from leaderboard.backends.openai.connection import ServerAnswer
from leaderboard.backends.openai.server_errors import ServerFailureError
from leaderboard.errors import NotMeasurableError

_LOWEST = -9998.0
"""Servers write -9999 for a log-probability that they do not have."""
_ROUNDING = 1e-3
"""Largest log-probability above 0 that is a rounding error."""


def only_choice(answer: ServerAnswer, model: str) -> Mapping[str, Any]:
    """Return the only choice of an answer.

    Args:
        answer: of the server.
        model: name that the answers of the model have; empty where it is unknown.

    Raises:
        ServerFailureError: for an answer of another form, or of another model.
    """
    content = answer.content
    if not isinstance(content, dict):
        raise ServerFailureError("the server's answer is no JSON object")
    answering = content.get("model")
    if model and isinstance(answering, str) and answering != model:
        raise ServerFailureError(f"the server answered with the model '{answering}' instead of '{model}'")
    choices = content.get("choices")
    if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0], dict):
        raise ServerFailureError("the server's answer has no `choices` with one text")
    return choices[0]


def answering_model(answer: ServerAnswer) -> str:
    """Return the name of the model in an answer; empty where there is none."""
    name = answer.content.get("model") if isinstance(answer.content, dict) else None
    return name if isinstance(name, str) else ""


def prompt_tokens(answer: ServerAnswer) -> int:
    """Return the number of tokens of the prompt.

    Raises:
        NotMeasurableError: If the answer has none.
    """
    usage = answer.content.get("usage") if isinstance(answer.content, dict) else None
    count = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise NotMeasurableError("the server does not say how many tokens a prompt has (`usage.prompt_tokens`)")
    return count


def logprob(value: object) -> float | None:
    """Return a log-probability; None for what is none: missing, not finite, positive, or a stand-in like -9999."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return min(float(value), 0.0) if _LOWEST < value < _ROUNDING else None


def list_of(value: object, length: int) -> Sequence[Any] | None:
    """Return the first elements of a list; None for anything else and for one that is too short."""
    return value[:length] if isinstance(value, list) and len(value) >= length else None


def token_list(content: object) -> list[int]:
    """Return the tokens of an answer.

    Raises:
        ServerFailureError: If it has none.
    """
    tokens = content.get("tokens") if isinstance(content, dict) else None
    if not isinstance(tokens, list) or not all(type(token) is int for token in tokens):
        raise ServerFailureError("the server's answer to /tokenize has no `tokens`")
    return tokens
