"""Language of texts, by scripts and by frequent words."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

UNDETERMINED = "und"
"""ISO 639-2 code of an undetermined language."""
LEAST_WORDS = 0.08
"""Minimum share of words that are frequent ones of the language."""
LEAST_KANA = 0.05
"""Minimum share of kana that makes a text with Han characters Japanese."""
CLEAR = 0.5
"""Share of letters from which a script is that of the text."""
_SCRIPTS = {"HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh", "LATIN": "latin"}
_FREQUENT = {
    "en": "the of and to in is was it that this for with not are you but i my very be have",
    "de": "der die das und ist nicht ich mit ein eine es war zu auf für sehr den auch sind",
    "fr": "le la les et est de des un une je pas que très pour dans il avec ce sur plus",
    "es": "el la los y es de que un una no en muy con para por se lo más fue del",
    "it": "il la che di è un una non per molto con sono del le ma in questo si ho come",
    "pt": "o a os que de é um uma não em muito com para por se do da foi mais eu",
    "nl": "de het een en is van niet ik dat in op te zijn was met voor heel erg er maar",
}
_STOP_WORDS = {code: frozenset(words.split()) for code, words in _FREQUENT.items()}
"""Frequent words of languages in Latin script, about a third of a running text."""
LANGUAGES = (*_FREQUENT, "zh", "ja", "ko")
"""Codes of the languages that are recognised (ISO 639-1)."""
_WORD = re.compile(r"[^\W\d_]+")
_LEAD = 1.2
"""Least ratio of the frequent words of a language to those of the next one."""


def language_of(texts: Sequence[str]) -> str:
    """Return the code of the language of most letters of texts; `UNDETERMINED` where it is none of `LANGUAGES`."""
    shares = script_shares(texts)
    if shares.get("ja", 0) >= LEAST_KANA:
        return "ja"
    script = max(shares, key=shares.__getitem__, default="")
    if script == "latin":
        return latin_language(texts)[0]
    return script if script in {"zh", "ko"} and shares[script] >= CLEAR else UNDETERMINED


def script_shares(texts: Sequence[str]) -> Mapping[str, float]:
    """Return the share of the letters of texts that are of each script: `latin`, or a language that has its own."""
    counts = Counter(_script(letter) for text in texts for letter in text if letter.isalpha())
    return {script: count / counts.total() for script, count in counts.items()}


def latin_language(texts: Sequence[str]) -> tuple[str, float]:
    """Return the language of texts in Latin script and the share of its frequent words; `UNDETERMINED` without one."""
    words = [word.casefold() for text in texts for word in _WORD.findall(text)]
    shares = {code: sum(word in stop for word in words) / max(1, len(words)) for code, stop in _STOP_WORDS.items()}
    first, second = sorted(shares, key=shares.__getitem__, reverse=True)[:2]
    if shares[first] < LEAST_WORDS or shares[first] < _LEAD * shares[second]:
        return UNDETERMINED, shares[first]
    return first, shares[first]


def _script(letter: str) -> str:
    if letter.isascii():
        return "latin"
    prefix = unicodedata.name(letter, "").partition(" ")[0]
    return _SCRIPTS.get(prefix, prefix)
