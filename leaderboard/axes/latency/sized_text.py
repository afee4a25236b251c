"""Texts of a number of tokens, made of common words."""

from collections.abc import Callable

import numpy as np

from leaderboard.axes.latency.load_prompts import WORDS
from leaderboard.errors import NotMeasurableError

_LEAST = 0.75
"""Smallest share of the requested tokens that a text may have, since words have several."""


def sized_text(token_count: Callable[[str], int], tokens: int, rng: np.random.Generator) -> str:
    """Return a text of random words of which the model reads a number of tokens, or a few less.

    Args:
        token_count: returns the number of tokens that the model reads for a text, with what stands around it.
        tokens: number of tokens to reach.
        rng: draws the words.

    Raises:
        NotMeasurableError: When one word has more tokens already, or the model reads less.
    """
    words = rng.choice(WORDS, tokens).tolist()  # none has less than one token
    fewest, most = 1, len(words)
    while fewest < most:
        middle = (fewest + most + 1) // 2
        if token_count(" ".join(words[:middle])) <= tokens:
            fewest = middle
        else:
            most = middle - 1
    text = " ".join(words[:fewest])
    count = token_count(text)
    if count > tokens:
        raise NotMeasurableError(f"a text of one word has {count} tokens, with what stands around it")
    if count < _LEAST * tokens:
        raise NotMeasurableError(f"it reads at most {count} tokens")
    return text
