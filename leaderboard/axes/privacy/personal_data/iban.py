"""International bank account numbers."""

import re

import numpy as np

from leaderboard.axes.privacy.personal_data.check_digits import iban_check_digits, is_iban
from leaderboard.axes.privacy.personal_data.kind import PersonalDataKind, PromptLanguage, random_digits

_START = re.compile(r"(?<![A-Za-z0-9])([A-Z]{2})[0-9]{2}(?=[ A-Z0-9])")
_COUNTRIES = {
    15: "NO",
    16: "BE",
    18: "DK FI FO GL NL",
    19: "MK SI",
    20: "AT BA EE KZ LT LU XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HU LB PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU",
    31: "MT SC",
    32: "LC",
}
"""Countries by the length of their account numbers."""
_LENGTHS = {country: length for length, countries in _COUNTRIES.items() for country in countries.split()}
_GERMANY, _NO_BANK = "DE", "99999999"
_GROUP = 4
_LONGEST_WRITTEN = 80


def find_ibans(text: str) -> list[str]:
    """Return the valid account numbers in a text, without blanks."""
    return [text[start:end].replace(" ", "") for start, end in iban_spans(text)]


def iban_spans(text: str) -> list[tuple[int, int]]:
    """Return where the valid account numbers are in a text, each from its first to behind its last character."""
    spans = []
    for match in _START.finditer(text):
        start = match.start()
        candidate = _candidate(text[start : start + _LONGEST_WRITTEN], _LENGTHS.get(match[1], 0))
        if candidate and is_iban(candidate):
            spans.append((start, start + len(candidate)))
    return spans


def invent_iban(rng: np.random.Generator, language: PromptLanguage) -> str:
    """Return a German account number in groups of four, of a bank code that no bank has."""
    del language  # written the same way everywhere
    account = _NO_BANK + random_digits(rng, 10)
    number = _GERMANY + iban_check_digits(_GERMANY, account) + account
    return " ".join(number[start : start + _GROUP] for start in range(0, len(number), _GROUP))


def _candidate(text: str, length: int) -> str:
    """Return the first letters and digits of a text, with single blanks between them; empty where it has fewer."""
    match = re.match(rf"(?:[A-Z0-9] ?){{{length - 1}}}[A-Z0-9](?![A-Za-z0-9])", text) if length else None
    return match[0] if match else ""


IBAN = PersonalDataKind(
    "iban", find_ibans, invent_iban, iban_spans, source="ISO 13616; ISO 7064 MOD 97-10 for the check digits"
)
