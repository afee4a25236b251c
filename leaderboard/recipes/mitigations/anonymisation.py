"""Anonymisation: what names or reaches a person is masked, or replaced by something invented.

Own patterns: precise rather than complete, for a review without any such thing should stay as it is. A name counts
where a frequent first name stands before another capitalised word; names in lower case are not found.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
import yaml
from pydantic import TypeAdapter

from leaderboard.recipes.mitigations.chance import generator


class Anonymisation(StrEnum):
    """What becomes of personal data: nothing, a word that says what was there, or an invented one of the same form."""

    NONE = "none"
    MASK = "mask"
    PSEUDONYM = "pseudonym"


class Kind(StrEnum):
    """A kind of personal data."""

    EMAIL = "email"
    URL = "url"
    IBAN = "iban"
    CARD = "card"
    PHONE = "phone"
    HANDLE = "handle"
    NAME = "name"


_PATTERNS = {
    Kind.EMAIL: r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    Kind.URL: r"\b(?:https?://|www\.)[^\s<>\"]*[^\s<>\"'.,;:!?)\]]",
    Kind.IBAN: r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b",
    Kind.CARD: r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w.-]*\d)",
    Kind.PHONE: (
        r"(?<![\w+])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){5,11}"
        r"|\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}[.-]\d{3}[.-]\d{4})(?!\w)"
    ),
    # TweetEval writes @user for every handle: that is a mask already
    Kind.HANDLE: r"(?<![\w@./])@(?!user\b)[A-Za-z_]\w{1,30}",
}
_BEHIND_FIRST_NAME = r"(?: [A-Z]\.)? (?:[A-Z]['’]|Mc|Mac)?[A-Z][a-z]+(?:-[A-Z][a-z]+)?"


class _Names(StrEnum):
    """Sections of `names.yaml`."""

    FIRST = "first"
    LAST = "last"
    NO_LAST = "no_last"


@lru_cache(maxsize=1 << 17)  # one subject after the other learns from the same texts
def anonymised(text: str, how: Anonymisation, *, seed: int) -> str:
    """The text without e-mail and web addresses, IBANs, cards, phone numbers, handles, and names of two words.

    Args:
        text: any.
        how: `mask` writes "[EMAIL]"; `pseudonym` an invented thing, the same for the same thing in every text.
        seed: of what is invented.
    """
    if how is Anonymisation.NONE:
        return text

    def replace(match: re.Match[str]) -> str:
        kind = Kind(str(match.lastgroup))
        if not _is_one(kind, match[0]):
            return match[0]
        if how is Anonymisation.MASK:
            return f"[{kind.upper()}]"
        return _INVENT[kind](match[0], generator(seed, f"pseudonym {kind}", match[0]))

    return _pattern().sub(replace, text)


def is_iban(text: str) -> bool:
    """Whether the check digits are right (ISO 13616: the number leaves 1 when divided by 97)."""
    plain = text.replace(" ", "")
    return int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97 == 1


def is_card(text: str) -> bool:
    """Whether the check digit is right (Luhn 1960)."""
    digits = [int(letter) for letter in reversed(text) if letter.isdigit()]
    return sum(digits[::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def _is_one(kind: Kind, found: str) -> bool:
    match kind:
        case Kind.IBAN:
            return is_iban(found)
        case Kind.CARD:
            return is_card(found)
        case Kind.NAME:
            return found.rsplit(maxsplit=1)[-1] not in _names()[_Names.NO_LAST]
    return True


@cache
def _pattern() -> re.Pattern[str]:
    first = "|".join(sorted(_names()[_Names.FIRST], key=len, reverse=True))
    patterns = {**_PATTERNS, Kind.NAME: rf"\b(?:{first}){_BEHIND_FIRST_NAME}\b"}
    return re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in patterns.items()))


@cache
def _names() -> Mapping[_Names, tuple[str, ...]]:
    text = (files("leaderboard.recipes.mitigations") / "names.yaml").read_text(encoding="utf-8")
    written = TypeAdapter(dict[_Names, str]).validate_python(yaml.safe_load(text))
    return {section: tuple(names.split()) for section, names in written.items()}


def _one_of(section: _Names, rng: np.random.Generator) -> str:
    return _names()[section][rng.integers(len(_names()[section]))]


def _name(_: str, rng: np.random.Generator) -> str:
    return f"{_one_of(_Names.FIRST, rng)} {_one_of(_Names.LAST, rng)}"


def _email(_: str, rng: np.random.Generator) -> str:
    return f"{_name('', rng).lower().replace(' ', '.')}@example.org"


def _url(_: str, rng: np.random.Generator) -> str:
    return f"https://example.org/{rng.integers(10**6):06d}"


def _handle(_: str, rng: np.random.Generator) -> str:
    return f"@{_one_of(_Names.FIRST, rng).lower()}{rng.integers(1000):03d}"


def _digits(found: str, rng: np.random.Generator) -> str:
    """Other digits and letters in the same form."""
    return re.sub(r"\d", lambda _: str(rng.integers(10)), found)


_INVENT: Mapping[Kind, Callable[[str, np.random.Generator], str]] = {
    Kind.EMAIL: _email,
    Kind.URL: _url,
    Kind.IBAN: _digits,
    Kind.CARD: _digits,
    Kind.PHONE: _digits,
    Kind.HANDLE: _handle,
    Kind.NAME: _name,
}
