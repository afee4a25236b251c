"""Comparable text: what two settings of one sentence share, and two sentences do not."""

import re
import unicodedata
from functools import lru_cache

_SUPERSCRIPTS = {ord(raised): f"^{digit}" for digit, raised in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
"""NFKC would make 10² the number 102."""
_QUOTES = re.compile(r"[`´＇]")
"""Quotation marks that Unicode counts among the symbols."""
_DASHES = re.compile(r"[‐‑‒–—―−﹘﹣－]")
_FACE = re.compile(r"[<>]?[:;=8x][-o'^]?[()\[\]{}|/\\dpo3*@]+(?!\w)|[()\[\]{}|/\\]+[-o'^]?[:;=](?!\w)")
"""An emoticon, in lower case: eyes and a mouth in either order."""
_OPERATOR = re.compile(r"(?<=\d)\s*([^\w\s])\s*(?=\d)")
_SIGN = re.compile(r"(?<![\w)\]])-(?=\d)")
_UNSPACED = re.compile(r"([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")
"""Thai, Lao, Burmese, Khmer, kana and Han characters: their words stand side by side."""
_KEPT_PUNCTUATION = frozenset("%‰@#&")
_MARK = "\ue000"
"""Begins what is kept of punctuation, so that it is no letter of the text."""


def comparable(text: str) -> str:
    """The text without what corpora set in different ways: case, width, white space and most punctuation.

    Letters, digits, combining marks (Unicode's M) and symbols (S: +, =, €, emoji) stay. So does the punctuation that
    says something by itself: %, ‰, @, #, &, between two digits (3-2, 1.5), the sign of a number, emoticons. A text of
    nothing but punctuation is taken as it is.

    Returns:
        The text in NFKC, its case folded (Unicode's compatibility caseless matching).
    """
    plain = _folded(text)
    if not any(map(_says, plain)):
        return "".join(plain.split())
    kept = _FACE.sub(lambda face: _spelled(face[0]), plain)
    kept = _OPERATOR.sub(lambda between: _spelled(between[1]), kept)
    kept = _SIGN.sub(_spelled("-"), kept)
    return "".join(letter for letter in kept if _says(letter))


def words_of(text: str) -> list[str]:
    """The words of a text in the same form, without punctuation; a character each where a script has no spaces."""
    words: list[str] = []
    for chunk in _folded(text).split():
        said = "".join(letter for letter in chunk if _says(letter))
        words += _UNSPACED.split(said) if _UNSPACED.search(said) else [said]
    return [word for word in words if word]


def _folded(text: str) -> str:
    raised = _QUOTES.sub("'", _DASHES.sub("-", text.translate(_SUPERSCRIPTS)))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", raised).casefold())
    return folded.replace("\ufe0e", "").replace("\ufe0f", "")  # an emoji drawn in colour or not


def _spelled(punctuation: str) -> str:
    """Punctuation in private characters, which are left where punctuation is dropped."""
    return "".join(chr(ord(_MARK) + ord(letter) % 0x1800) for letter in punctuation)


@lru_cache(maxsize=1 << 16)
def _says(letter: str) -> bool:
    return unicodedata.category(letter)[0] not in "PZC" or letter in _KEPT_PUNCTUATION or "\ue000" <= letter <= "\uf8ff"
