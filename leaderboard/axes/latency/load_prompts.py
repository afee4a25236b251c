"""Prompts of the requests that load a server: random words, no two with a common beginning."""

import secrets
from collections.abc import Sequence

import numpy as np

_TEXT = (
    "time year people way day man thing woman life child world school state family student group country problem hand "
    "part place case week company system program question work number night point home water room mother area money "
    "story fact month lot right study book eye job word business issue side kind head house service friend father "
    "power hour game line end member law car city community name"
)
WORDS = _TEXT.split()
"""Words that common vocabularies have as one token."""


def load_prompts(count: int, words: int, rng: np.random.Generator) -> Sequence[str]:
    """Return prompts that no server has seen before, so that none has a part of them in its cache.

    Each begins with a random number that differs in every run. Otherwise a second run would measure how fast a server
    reads a prompt that it knows.

    Args:
        count: number of prompts.
        words: number of words of each.
        rng: draws the words.
    """
    return [
        f"{secrets.token_hex(8)}: write a long story with these words. {' '.join(rng.choice(WORDS, words))}.\n\nStory:"
        for _ in range(count)
    ]
