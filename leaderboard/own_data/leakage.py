"""Leakage between the files of a user: the same texts, and nearly the same texts, in two of them."""

from collections.abc import Iterator

from leaderboard.data.near_duplicates import NearDuplicates
from leaderboard.own_data.survey import Survey

_MOST_INDEXED = 20_000
"""Maximum number of texts that are compared with; the survey keeps fewer."""


def leakage_notes(main: Survey, other: Survey, *, names: tuple[str, str], role: str) -> Iterator[str]:
    """Yield a sentence on the texts that a file shares with the main file, and one on nearly the same texts.

    Exact copies are counted over all rows; nearly equal texts in samples from the beginning of both files.

    Args:
        main: counts of the main file, with fingerprints.
        other: counts of the other file, with fingerprints.
        names: names of both files.
        role: role of the other file: `--test` or `--ood`.
    """
    shared = sum(count for mark, count in other.prints.items() if mark in main.prints)
    if shared:
        rule = (
            f"rows of {names[0]} that are in {names[1]} are left out of training (`overlap: drop`)"
            if role == "--test"
            else "those that are trained on count as known, and the shift is smaller than it seems"
        )
        yield f"{shared:,} of {other.usable:,} rows of {names[1]} ({role}) are also in {names[0]}: {rule}"
    near = sum(NearDuplicates(main.texts[:_MOST_INDEXED]).near(other.texts))
    if near > max(1, shared, len(other.texts) // 100):
        yield (
            f"{near:,} of the first {len(other.texts):,} rows of {names[1]} ({role}) repeat one of the first "
            f"{len(main.texts):,} of {names[0]} except for a few words"
        )
