"""Chance: what happens to an example is drawn from the seed and the example alone, whatever else is in the data."""

import hashlib
from functools import lru_cache

import numpy as np


def generator(seed: int, mitigation: str, about: str) -> np.random.Generator:
    """The random numbers of one mitigation for one example (its id) or one thing in a text.

    Args:
        seed: of the run.
        mitigation: which one; each draws for itself.
        about: what is drawn for.
    """
    drawn = hashlib.sha256(f"{mitigation}\x1f{about}".encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(drawn[:16])])


def is_chosen(share: float, seed: int, mitigation: str, about: str) -> bool:
    """Whether an example is in a random share of all. Who is in a share is in every larger one as well."""
    return _drawn(seed, f"{mitigation} chosen", about) < share


@lru_cache(maxsize=1 << 17)  # one subject after the other is made from the same examples
def _drawn(seed: int, what: str, about: str) -> float:
    return float(generator(seed, what, about).random())
