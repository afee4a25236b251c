"""Leakage between the parts of a file that its column of splits names."""

from collections.abc import Iterator, Mapping

from leaderboard.own_data.inspected import InspectedFile
from leaderboard.own_data.leakage import shared_rows


def part_leakage_notes(main: InspectedFile, parts: Mapping[str, InspectedFile]) -> Iterator[str]:
    """Yield a sentence for every two parts that share rows, with the rule that handles them.

    Args:
        main: the rows to be trained on, with fingerprints.
        parts: the other rows of the file by split, with fingerprints.
    """
    for part in parts.values():
        if shared := shared_rows(part.survey, main.survey):
            yield (
                f"{shared:,} of {main.survey.usable:,} rows of {main.name} are also in {part.name}: they are left out "
                "of training (`overlap: drop`)"
            )
    if {"search", "test"} <= parts.keys():
        search, test = parts["search"], parts["test"]
        if shared := shared_rows(test.survey, search.survey):
            yield (
                f"{shared:,} of {search.survey.usable:,} rows of {search.name} are also in {test.name}: nothing is "
                "fitted or stopped by them (`overlap: drop`)"
            )
