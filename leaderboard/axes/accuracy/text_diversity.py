"""Text diversity: how often a written text repeats itself."""

from collections.abc import Sequence

REPEATED = 4
"""Length in words of the sequences whose repetition is counted (Welleck et al. 2020)."""
DISTINCT = 2
"""Length in words of the sequences that should differ (Li et al. 2016)."""


def distinct_share(words: Sequence[str], n: int) -> float | None:
    """Return the share of the sequences of n words that are different ones; None for a text that has none.

    distinct-n (Li et al. 2016) of one text: |different sequences| / |sequences|. 1 - it is the repetition seq-rep-n of
    Welleck et al. 2020.
    """
    sequences = list(zip(*(words[at:] for at in range(n)), strict=False))
    return len(set(sequences)) / len(sequences) if sequences else None
