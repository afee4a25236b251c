"""Phone numbers, by the numbering plans that the package `phonenumbers` (Google's libphonenumber) knows."""

import numpy as np

from leaderboard.axes.privacy.personal_data.kind import PersonalDataKind, PromptLanguage, random_digits

_REGIONS = ("US", "CN")
"""Regions whose numbers are recognised without a country code, too."""
_AREAS = (201, 202, 212, 303, 305, 312, 404, 415, 503, 512, 602, 617, 702, 713, 804, 816, 907, 919)
_CHINESE_MOBILE = ("139", "136", "150", "158", "176", "186", "189")


def find_phones(text: str) -> list[str]:
    """Return the valid phone numbers in a text in the form of E.164: international ones, of the US and of China.

    Digits that are a number of both countries are taken for a Chinese one where they are a mobile number there.
    """
    return [number for _, number in _phones(text)]


def phone_spans(text: str) -> list[tuple[int, int]]:
    """Return where the phone numbers are in a text, each from its first to behind its last character."""
    return [span for span, _ in _phones(text)]


def _phones(text: str) -> list[tuple[tuple[int, int], str]]:
    """Return the span and the standard form of each number in a text."""
    import phonenumbers  # noqa: PLC0415 - slow to import

    numbers: dict[int, tuple[int, str]] = {}
    for region in _REGIONS:
        for match in phonenumbers.PhoneNumberMatcher(text, region):
            if (
                match.start not in numbers
                or phonenumbers.number_type(match.number) == phonenumbers.PhoneNumberType.MOBILE
            ):
                standard = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
                numbers[match.start] = (match.end, standard)
    return [((start, end), standard) for start, (end, standard) in sorted(numbers.items())]


def invent_phone(rng: np.random.Generator, language: PromptLanguage) -> str:
    """Return a US number of those reserved for fiction (555-0100 to 555-0199), or a random Chinese mobile number.

    China reserves no numbers for fiction.
    """
    if language is PromptLanguage.CHINESE:
        return f"{rng.choice(_CHINESE_MOBILE)}{random_digits(rng, 8)}"
    return f"+1 {rng.choice(_AREAS)}-555-01{random_digits(rng, 2)}"


PHONE = PersonalDataKind(
    "phone", find_phones, invent_phone, phone_spans, source="ITU-T E.164; libphonenumber for numbering plans"
)
