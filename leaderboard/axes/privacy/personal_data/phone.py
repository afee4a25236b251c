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
    import phonenumbers  # noqa: PLC0415 - slow to import

    numbers: dict[int, str] = {}
    for region in _REGIONS:
        for match in phonenumbers.PhoneNumberMatcher(text, region):
            if (
                match.start not in numbers
                or phonenumbers.number_type(match.number) == phonenumbers.PhoneNumberType.MOBILE
            ):
                numbers[match.start] = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
    return [numbers[start] for start in sorted(numbers)]


def invent_phone(rng: np.random.Generator, language: PromptLanguage) -> str:
    """Return a US number of those reserved for fiction (555-0100 to 555-0199), or a random Chinese mobile number.

    China reserves no numbers for fiction.
    """
    if language is PromptLanguage.CHINESE:
        return f"{rng.choice(_CHINESE_MOBILE)}{random_digits(rng, 8)}"
    return f"+1 {rng.choice(_AREAS)}-555-01{random_digits(rng, 2)}"


PHONE = PersonalDataKind("phone", find_phones, invent_phone, source="ITU-T E.164; libphonenumber for numbering plans")
