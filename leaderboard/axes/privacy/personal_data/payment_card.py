"""Numbers of payment cards."""

import re

import numpy as np

from leaderboard.axes.privacy.personal_data.check_digits import is_luhn
from leaderboard.axes.privacy.personal_data.kind import PersonalDataKind, PromptLanguage, random_digits

_PATTERN = re.compile(r"(?<![A-Za-z0-9.-])[2-6](?:[ -]?[0-9]){12,18}(?![ -]?[0-9])(?![A-Za-z])")
_ISSUER = "400000"
_GROUP = 4


def find_payment_cards(text: str) -> list[str]:
    """Return the card numbers in a text, 13 to 19 digits without blanks and hyphens, whose check digit is valid."""
    return [re.sub(r"[ -]", "", text[start:end]) for start, end in payment_card_spans(text)]


def payment_card_spans(text: str) -> list[tuple[int, int]]:
    """Return where the card numbers are in a text, each from its first to behind its last digit."""
    return [match.span() for match in _PATTERN.finditer(text) if is_luhn(match[0])]


def invent_payment_card(rng: np.random.Generator, language: PromptLanguage) -> str:
    """Return a number of 16 digits in groups of four, of an issuer whose numbers are used for tests."""
    del language  # written the same way everywhere
    body = _ISSUER + random_digits(rng, 9)
    number = next(body + str(digit) for digit in range(10) if is_luhn(body + str(digit)))
    return " ".join(number[start : start + _GROUP] for start in range(0, len(number), _GROUP))


PAYMENT_CARD = PersonalDataKind(
    "payment_card",
    find_payment_cards,
    invent_payment_card,
    payment_card_spans,
    source="ISO/IEC 7812; Luhn 1960 for the check digit",
)
