"""Personal data: names, addresses and numbers of persons are masked, or replaced by invented ones.

The patterns are precise rather than complete, so that a text without personal data stays as it is. A name is matched
as a frequent first name before another capitalised word; names in lower case are not matched.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
from pydantic import TypeAdapter

from leaderboard.axes.privacy.personal_data.check_digits import is_iban, is_luhn
from leaderboard.data.yamlfile import load_yaml
from leaderboard.mitigations.draws import generator


class AnonymisationMethod(StrEnum):
    """Method for personal data: unchanged, a mask with its kind, or an invented replacement of the same form."""

    NONE = "none"
    MASK = "mask"
    PSEUDONYM = "pseudonym"


class Kind(StrEnum):
    """Kind of personal data."""

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
_AFTER_FIRST_NAME = r"(?: [A-Z]\.)? (?:[A-Z]['’]|Mc|Mac)?[A-Z][a-z]+(?:-[A-Z][a-z]+)?"


class _Names(StrEnum):
    """Sections of `names.yaml`."""

    FIRST = "first"
    LAST = "last"
    NO_LAST = "no_last"


@lru_cache(maxsize=1 << 17)  # one subject after the other learns from the same texts
def anonymise_text(text: str, method: AnonymisationMethod, *, seed: int) -> str:
    """Remove e-mail and web addresses, IBANs, card and phone numbers, handles and two-word names from a text.

    Args:
        text: any.
        method: `mask` writes "[EMAIL]"; `pseudonym` writes an invented value, the same for one value in every text.
        seed: seed of the invented values.
    """
    if method is AnonymisationMethod.NONE:
        return text

    def replace(match: re.Match[str]) -> str:
        kind = Kind(str(match.lastgroup))
        if not _is_valid(kind, match[0]):
            return match[0]
        if method is AnonymisationMethod.MASK:
            return f"[{kind.upper()}]"
        return _REPLACEMENTS[kind](match[0], generator(seed, f"pseudonym {kind}", match[0]))

    return _pattern().sub(replace, text)


def _is_valid(kind: Kind, text: str) -> bool:
    match kind:
        case Kind.IBAN:
            return is_iban(text)
        case Kind.CARD:
            return is_luhn(text)
        case Kind.NAME:
            return text.rsplit(maxsplit=1)[-1] not in _names()[_Names.NO_LAST]
    return True


@cache
def _pattern() -> re.Pattern[str]:
    first = "|".join(sorted(_names()[_Names.FIRST], key=len, reverse=True))
    patterns = {**_PATTERNS, Kind.NAME: rf"\b(?:{first}){_AFTER_FIRST_NAME}\b"}
    return re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in patterns.items()))


@cache
def _names() -> Mapping[_Names, tuple[str, ...]]:
    text = (files("leaderboard.mitigations.anonymisation") / "names.yaml").read_text(encoding="utf-8")
    sections = TypeAdapter(dict[_Names, str]).validate_python(load_yaml(text, where="names.yaml"))
    return {section: tuple(names.split()) for section, names in sections.items()}


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


def _digits(text: str, rng: np.random.Generator) -> str:
    """Replace the digits at random and keep the form."""
    return re.sub(r"\d", lambda _: str(rng.integers(10)), text)


_REPLACEMENTS: Mapping[Kind, Callable[[str, np.random.Generator], str]] = {
    Kind.EMAIL: _email,
    Kind.URL: _url,
    Kind.IBAN: _digits,
    Kind.CARD: _digits,
    Kind.PHONE: _digits,
    Kind.HANDLE: _handle,
    Kind.NAME: _name,
}
