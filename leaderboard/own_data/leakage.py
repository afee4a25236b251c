"""Leakage between the files of a user: the same texts, and nearly the same texts, in two of them."""

from collections.abc import Iterator

from leaderboard.data.near_duplicates import NearDuplicates
from leaderboard.data.overlap import TOLERATED
from leaderboard.errors import RequestError
from leaderboard.own_data.detection import listed
from leaderboard.own_data.survey import Survey


def shared_rows(main: Survey, other: Survey) -> int:
    """Return the number of rows of a file whose text is in the main file."""
    return sum(count for mark, count in other.prints.items() if mark in main.prints)


def refuse_known_texts(main: Survey, other: Survey, *, names: tuple[str, str]) -> None:
    """Refuse a file of another distribution that has texts of the main file, except for coincidences.

    A run refuses to score a subject on such rows, as `data.overlap.refuse_leaks` does.

    Args:
        main: counts of the main file, with fingerprints.
        other: counts of the other file, with fingerprints.
        names: names of both files.

    Raises:
        RequestError: with the number of shared rows.
    """
    shared = shared_rows(main, other)
    if shared > max(1, TOLERATED * other.usable):
        raise RequestError(
            f"{shared:,} of {other.usable:,} rows of {names[1]} (--ood) are also in {names[0]}: no other distribution\n"
            f"  Remove them from {names[1]}, or name the file with --test where it holds the test rows."
        )


def refuse_shared_groups(main: Survey, other: Survey, *, names: tuple[str, str], role: str) -> None:
    """Refuse a file with groups of the main file: its rows would be scored by a subject that knows their group.

    Args:
        main: counts of the main file.
        other: counts of the other file.
        names: names of both files.
        role: role of the other file: `--test` or `--ood`.

    Raises:
        RequestError: with the number of shared groups and of their rows.
    """
    shared = sorted(main.groups.keys() & other.groups.keys())
    if shared:
        rows = sum(other.groups[group] for group in shared)
        raise RequestError(
            f"{len(shared):,} of {len(other.groups):,} groups of {names[1]} ({role}) are also in {names[0]}: "
            f"{listed(shared)}, with {rows:,} of its rows\n"
            "  With --group, all rows of a group belong to one side. Remove these groups from one of the files, or "
            "leave --group out to accept that they are in both."
        )


def leakage_notes(main: Survey, other: Survey, *, names: tuple[str, str], role: str) -> Iterator[str]:
    """Yield a sentence on the texts that a file shares with the main file, and one on nearly the same texts.

    Exact copies are counted over all rows; nearly equal texts in samples from the beginning of both files.

    Args:
        main: counts of the main file, with fingerprints.
        other: counts of the other file, with fingerprints.
        names: names of both files.
        role: role of the other file: `--test` or `--ood`.
    """
    shared = shared_rows(main, other)
    if shared:
        rule = (
            f"rows of {names[0]} that are in {names[1]} are left out of training (`overlap: drop`)"
            if role == "--test"
            else "so few coincide by chance, and are scored"
        )
        yield f"{shared:,} of {other.usable:,} rows of {names[1]} ({role}) are also in {names[0]}: {rule}"
    near = sum(NearDuplicates(main.texts).near(other.texts))
    if near > max(1, shared, len(other.texts) // 100):
        yield (
            f"{near:,} of the first {len(other.texts):,} rows of {names[1]} ({role}) repeat one of the first "
            f"{len(main.texts):,} of {names[0]} except for a few words"
        )
