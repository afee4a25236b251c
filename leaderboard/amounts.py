"""Parsers of sizes, ages and durations: `5GB`, `30d`, `10m`."""

import re
from datetime import timedelta

from leaderboard.errors import LONGEST_NAME, RequestError, shortened

_AMOUNT = re.compile(r"(?P<number>\d{1,12}(\.\d{1,12})?)\s*(?P<unit>[a-z]*)", re.IGNORECASE | re.ASCII)
_BYTES = {
    "": 1,
    "b": 1,
    **{f"{letter}{ending}": 1000**power for power, letter in enumerate("kmgt", 1) for ending in ("", "b")},
    **{f"{letter}ib": 1024**power for power, letter in enumerate("kmgt", 1)},
}
_AGES = {
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_SECONDS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def parse_size(text: str, *, where: str) -> int:
    """Parse a size in bytes: `5GB` and `5G` are 5 × 10⁹, `5GiB` is 5 × 2³⁰, a number alone is bytes.

    Args:
        text: the text to parse.
        where: name of the option or variable, for the message.

    Raises:
        RequestError: for anything else.
    """
    text = shortened(text.strip(), LONGEST_NAME)
    match = _AMOUNT.fullmatch(text)
    if match is None or match["unit"].lower() not in _BYTES:
        raise RequestError(f"{where}: '{text}' is not a size\n  Write a number and B, kB, MB, GB or TB, as in 5GB")
    return int(float(match["number"]) * _BYTES[match["unit"].lower()])


def parse_age(text: str, *, where: str) -> timedelta:
    """Parse an age: `90min`, `12h`, `30d` or `2w`.

    Raises:
        RequestError: for anything else.
    """
    text = shortened(text.strip(), LONGEST_NAME)
    match = _AMOUNT.fullmatch(text)
    if match is None or match["unit"].lower() not in _AGES:
        raise RequestError(f"{where}: '{text}' is not an age\n  Write a number and min, h, d or w, as in 30d")
    try:
        return float(match["number"]) * _AGES[match["unit"].lower()]
    except OverflowError:
        raise RequestError(f"{where}: '{text}' is longer ago than any calendar\n  Write less, as in 30d") from None


def parse_duration(text: str, *, where: str) -> float:
    """Parse a duration in seconds: `90`, `90s`, `10m`, `2h` or `1d`.

    Raises:
        RequestError: for anything else, or no time at all.
    """
    text = shortened(text.strip(), LONGEST_NAME)
    match = _AMOUNT.fullmatch(text)
    if match is None or match["unit"].lower() not in _SECONDS or not float(match["number"]):
        raise RequestError(f"{where}: '{text}' is not a duration\n  Write seconds, or a number and m, h or d: 10m")
    return float(match["number"]) * _SECONDS[match["unit"].lower()]
