"""Chinese resident identity card numbers (居民身份证号码)."""

import re
from datetime import date

import numpy as np

from leaderboard.axes.privacy.personal_data.kind import PersonalDataKind, PromptLanguage

_PATTERN = re.compile(r"(?<![A-Za-z0-9])[1-9]\d{16}[0-9Xx](?![A-Za-z0-9])", re.ASCII)
_PROVINCES = frozenset({
    *range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83
})  # fmt: skip
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_DISTRICTS = ("110101", "310104", "320102", "330106", "440305", "510107")
_FIRST_YEAR, _YEARS = 1900, 15


def check_digit(number: str) -> str:
    """Return the check digit of the first 17 digits (ISO 7064, MOD 11-2)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=True))
    return _CHECK_DIGITS[total % len(_CHECK_DIGITS)]


def is_resident_id(number: str) -> bool:
    """Return whether 18 digits, the last of which may be X, have a province, a date of birth and a check digit."""
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return int(number[:2]) in _PROVINCES and check_digit(number[:17]) == number[17].upper()


def find_resident_ids(text: str) -> list[str]:
    """Return the valid resident identity card numbers in a text."""
    return [text[start:end].upper() for start, end in resident_id_spans(text)]


def resident_id_spans(text: str) -> list[tuple[int, int]]:
    """Return where the valid numbers are in a text, each from its first to behind its last character."""
    return [match.span() for match in _PATTERN.finditer(text) if is_resident_id(match[0])]


def invent_resident_id(rng: np.random.Generator, language: PromptLanguage) -> str:
    """Return a number of somebody born from 1900 to 1914."""
    del language  # one form
    day = date(_FIRST_YEAR + int(rng.integers(_YEARS)), int(rng.integers(1, 13)), int(rng.integers(1, 29)))
    number = f"{rng.choice(_DISTRICTS)}{day:%Y%m%d}{rng.integers(1, 1000):03d}"
    return number + check_digit(number)


RESIDENT_ID = PersonalDataKind(
    "resident_id",
    find_resident_ids,
    invent_resident_id,
    resident_id_spans,
    source="GB 11643-1999; GB/T 2260 for provinces",
)
