"""Options with several values in one text: names and ranges of labels."""

import itertools
import math
from collections.abc import Mapping

from leaderboard.errors import RequestError


def parse_names(text: str) -> dict[str, str]:
    """Parse `--label-names RAW=NAME,…`: class name by label in the file.

    Raises:
        RequestError: for a part that is not `RAW=NAME`, or a label that is there twice.
    """
    names: dict[str, str] = {}
    for raw, name in _pairs("--label-names", text, "0=negative,1=positive"):
        if raw in names:
            raise RequestError(f"--label-names: the label {raw!r} is there twice")
        names[raw] = name
    return names


def parse_ranges(text: str) -> dict[str, tuple[float, float]]:
    """Parse `--label-ranges NAME=FROM..TO,…`: closed range of a numeric label by class name.

    Raises:
        RequestError: for a part that is not `NAME=FROM..TO`, or a range that is empty.
    """
    example = "negative=1..2,positive=4..5"
    ranges: dict[str, tuple[float, float]] = {}
    for name, span in _pairs("--label-ranges", text, example):
        low, _, high = span.partition("..")
        try:
            ends = float(low), float(high)
        except ValueError:
            raise RequestError(f"--label-ranges: {span!r} is not FROM..TO; write it as {example}") from None
        if name in ranges or not all(map(math.isfinite, ends)) or ends[0] > ends[1]:
            raise RequestError(f"--label-ranges: {name}={span}: each class has one range, and FROM is at most TO")
        ranges[name] = ends
    return ranges


def check_ranges(ranges: Mapping[str, tuple[float, float]]) -> None:
    """Refuse ranges that share a number: its rows would be of the class that was written first.

    A task file may have ranges that share an end; there the first that holds the number counts.

    Args:
        ranges: closed range by class name.

    Raises:
        RequestError: naming both classes and the number.
    """
    ordered = sorted(ranges.items(), key=lambda item: item[1])
    for (one, (_, end)), (other, (start, _)) in itertools.pairwise(ordered):
        if start <= end:
            raise RequestError(
                f"--label-ranges: {start:g} is in the ranges of both {one!r} and {other!r}\n"
                f"  Both ends belong to a range. End {one!r} below {start:g}, or begin {other!r} above {end:g}."
            )


def _pairs(flag: str, text: str, example: str) -> list[tuple[str, str]]:
    pairs = []
    for part in text.split(","):
        key, separator, value = (each.strip() for each in part.partition("="))
        if not (key and separator and value):
            raise RequestError(f"{flag}: {part!r} has no value; write it as {example}")
        pairs.append((key, value))
    return pairs
