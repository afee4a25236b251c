"""Matches: replacement of a share of the matches of a pattern, which key and text alone decide."""

import re
from collections.abc import Callable

from leaderboard.data.sampling import position


def replace_matches(
    pattern: re.Pattern[str], change: Callable[[str, str], str], text: str, key: str, share: float
) -> str:
    """Change a share of the matches, at least one: those that come first in an order that key and text alone decide."""
    spans = [match.span() for match in pattern.finditer(text)]
    order = sorted(range(len(spans)), key=lambda number: position(f"{key}:{number}:{text}"))
    for number in sorted(order[: max(1, round(share * len(spans)))], reverse=True):
        start, end = spans[number]
        text = text[:start] + change(text[start:end], f"{key}:change:{number}:{text[:end]}") + text[end:]
    return text


def other_number(number: str, key: str) -> str:
    """Return another number of as many digits; no further one begins with 0."""
    first = 0 if len(number) == 1 else 10 ** (len(number) - 1)
    others = 10 ** len(number) - first - 1
    drawn = first + int(position(key) * others)
    return f"{drawn + (drawn >= int(number)):0{len(number)}d}"
