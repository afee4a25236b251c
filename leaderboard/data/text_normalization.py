"""Normalisation of text for comparisons: case, width, white space and punctuation do not count."""

import re
import unicodedata

_SUPERSCRIPTS = {ord(raised): f"^{digit}" for digit, raised in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
"""Superscripts, since NFKC would turn 10² into 102."""
_QUOTES = re.compile(r"[`´＇]")
"""Quotation marks that Unicode classifies as symbols."""
_DASHES = re.compile(r"[‐‑‒–—―−﹘﹣－]")
_FACE = re.compile(
    r"[<>]?[:;=8x][-o'^]?[()\[\]{}|/\\dpo3*@]+(?!\w)"
    r"|(?<![()\[\]{}|/\\])[()\[\]{}|/\\]++[-o'^]?[:;=](?!\w)"  # a run of brackets is read once, from its start
)
"""An emoticon in lower case: eyes and a mouth in either order."""
_OPERATOR = re.compile(r"(?<=\d)\s*([^\w\s])\s*(?=\d)")
_SIGN = re.compile(r"(?<![\w)\]])-(?=\d)")
UNSPACED = re.compile(r"([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")
"""Thai, Lao, Burmese, Khmer, kana and Han characters, which are written without spaces."""
_KEPT_PUNCTUATION = frozenset("%‰@#&")
_MARK = "\ue000"
"""First private character for punctuation that is kept, so that it is not a letter of the text."""


def normalized(text: str) -> str:
    """Normalise case, width, white space and most punctuation, which differ between corpora.

    Letters, digits, combining marks (Unicode's M) and symbols (S: +, =, €, emoji) stay. So does meaningful punctuation:
    %, ‰, @, #, &, between two digits (3-2, 1.5), the sign of a number, emoticons. A text of only punctuation is
    unchanged.

    Returns:
        The text in NFKC, its case folded (Unicode's compatibility caseless matching).
    """
    plain = _folded(text)
    if not plain.translate(_LETTERS):
        return "".join(plain.split())
    kept = _FACE.sub(lambda face: _spelled(face[0]), plain)
    kept = _OPERATOR.sub(lambda between: _spelled(between[1]), kept)
    kept = _SIGN.sub(_spelled("-"), kept)
    return kept.translate(_LETTERS)


def words_of(text: str) -> list[str]:
    """Return the words of a text, normalised and without punctuation; single characters in scripts without spaces."""
    spaced = _folded(text).translate(_LETTERS_AND_SPACE)
    if not UNSPACED.search(spaced):
        return spaced.split()
    return [word for chunk in spaced.split() for word in UNSPACED.split(chunk) if word]


def _folded(text: str) -> str:
    raised = _QUOTES.sub("'", _DASHES.sub("-", text.translate(_SUPERSCRIPTS)))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", raised).casefold())
    return folded.replace("\ufe0e", "").replace("\ufe0f", "")  # an emoji drawn in colour or not


def _spelled(punctuation: str) -> str:
    """Replace punctuation by private characters, which are not dropped as punctuation."""
    return "".join(chr(ord(_MARK) + ord(letter) % 0x1800) for letter in punctuation)


def _is_content(letter: str) -> bool:
    return unicodedata.category(letter)[0] not in "PZC" or letter in _KEPT_PUNCTUATION or "\ue000" <= letter <= "\uf8ff"


class _Letters(dict[int, int | None]):
    """A table for `str.translate` that drops characters without content; each is looked up once."""

    def __init__(self, *, with_space: bool = False) -> None:
        super().__init__()
        self._with_space = with_space

    def __missing__(self, code: int) -> int | None:
        letter = chr(code)
        self[code] = code if _is_content(letter) or (self._with_space and letter.isspace()) else None
        return self[code]


_LETTERS = _Letters()
_LETTERS_AND_SPACE = _Letters(with_space=True)
