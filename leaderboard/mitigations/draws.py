"""Random draws: they depend on the seed and the example alone, whatever else is in the data."""

import hashlib
from functools import lru_cache

import numpy as np


def generator(seed: int, mitigation: str, about: str) -> np.random.Generator:
    """Return the random numbers of one mitigation for one example (its id) or one term of a text.

    Args:
        seed: seed of the run.
        mitigation: name of the mitigation; each has its own random numbers.
        about: id of the example, or the term.
    """
    digest = hashlib.sha256(f"{mitigation}\x1f{about}".encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:16])])


def is_chosen(share: float, seed: int, mitigation: str, about: str) -> bool:
    """Return whether an example is in a random share of all; a larger share includes every smaller one."""
    return _uniform(seed, f"{mitigation} chosen", about) < share


@lru_cache(maxsize=1 << 17)  # one subject after the other is made from the same examples
def _uniform(seed: int, purpose: str, about: str) -> float:
    return float(generator(seed, purpose, about).random())
