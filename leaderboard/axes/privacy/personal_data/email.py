"""E-mail addresses."""

import re

import numpy as np

from leaderboard.axes.privacy.personal_data.kind import PersonalDataKind, PromptLanguage

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}"
_LOCAL = rf"{_ATOM}(?:\.{_ATOM}){{0,31}}"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# A Chinese character may be next to an address, which `\w` would take for a part of it.
_PATTERN = re.compile(rf"(?<![A-Za-z0-9._%+@-]){_LOCAL}@(?:{_LABEL}\.)+[A-Za-z]{{2,63}}(?![A-Za-z0-9_@-])")
_LONGEST_LOCAL = 64
_RESERVED_DOMAINS = ("example.com", "example.net", "example.org")
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_SYLLABLES = 3


def find_emails(text: str) -> list[str]:
    """Return the e-mail addresses in a text, in lower case; without quoted local parts and IP literals."""
    return [text[start:end].lower() for start, end in email_spans(text)]


def email_spans(text: str) -> list[tuple[int, int]]:
    """Return where the e-mail addresses are in a text, each from its first to behind its last character."""
    matches = _PATTERN.finditer(text)
    return [match.span() for match in matches if len(match[0].partition("@")[0]) <= _LONGEST_LOCAL]


def invent_email(rng: np.random.Generator, language: PromptLanguage) -> str:
    """Return an address on a domain that is reserved for examples (RFC 2606), unrelated to any name."""
    del language  # written the same way everywhere
    letters = (rng.choice(list(group)) for _ in range(_SYLLABLES) for group in (_CONSONANTS, _VOWELS))
    return f"{''.join(map(str, letters))}{rng.integers(10, 100)}@{rng.choice(_RESERVED_DOMAINS)}"


EMAIL = PersonalDataKind(
    "email", find_emails, invent_email, email_spans, source="RFC 5321, RFC 5322; RFC 2606 for reserved domains"
)
