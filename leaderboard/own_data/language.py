"""Detection of the language of texts, by scripts and by frequent words."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from leaderboard.own_data.detection import Detected, Detection, question

UNDETERMINED = "und"
"""ISO 639-2 code of an undetermined language."""
_FLAG = "--language CODE"
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
_WORD = re.compile(r"[^\W\d_]+")
_LEAST_WORDS = 0.08
"""Minimum share of words that are frequent ones of the language."""
_CLEAR, _MIXED = 0.5, 0.15
"""Share of letters from which a script is that of the text, and up to which it may be ignored."""
_LEAST_KANA = 0.05
"""Minimum share of kana that makes a text with Han characters Japanese."""


def detect_language(path: Path, texts: Sequence[str], *, language: str | None) -> Detected[str]:
    """Detect the language of texts.

    Args:
        path: path of the file, for messages.
        texts: a sample.
        language: the user's own answer.

    Raises:
        RequestError: as a question where Chinese and Latin script are mixed.
    """
    if language is not None:
        return _detected(language, "--language")
    counts = Counter(_script(letter) for text in texts for letter in text if letter.isalpha())
    shares = {script: count / counts.total() for script, count in counts.items()}
    if shares.get("ja", 0) >= _LEAST_KANA:
        return _detected("ja", f"{shares['ja']:.0%} of the letters are kana")
    script = max(shares, key=shares.__getitem__, default="")
    other = max((share for name, share in shares.items() if name != script), default=0.0)
    if script in {"zh", "latin"} and {"zh", "latin"} <= shares.keys() and min(shares["zh"], shares["latin"]) > _MIXED:
        mixed = f"{shares['zh']:.0%} of the letters are Chinese and {shares['latin']:.0%} Latin"
        raise question(path, mixed, "--language zh", "--language en")
    if script == "latin":
        return _of_latin(texts)
    if script in {"zh", "ko"} and shares[script] >= _CLEAR:
        evidence = f"{shares[script]:.0%} of the letters are {'Chinese' if script == 'zh' else 'Korean'}"
        return _detected(script, evidence + (f", {other:.0%} others" if other else ""))
    return _detected(UNDETERMINED, "neither Latin, Chinese, Japanese nor Korean script")


def _detected(code: str, evidence: str) -> Detected[str]:
    name = "undetermined" if code == UNDETERMINED else code
    return Detected(code, Detection("language", name, evidence, _FLAG))


def _script(letter: str) -> str:
    if letter.isascii():
        return "latin"
    prefix = unicodedata.name(letter, "").partition(" ")[0]
    return _SCRIPTS.get(prefix, prefix)


def _of_latin(texts: Sequence[str]) -> Detected[str]:
    words = [word.casefold() for text in texts for word in _WORD.findall(text)]
    shares = {code: sum(word in stop for word in words) / len(words) for code, stop in _STOP_WORDS.items()}
    first, second = sorted(shares, key=shares.__getitem__, reverse=True)[:2]
    if shares[first] < _LEAST_WORDS or shares[first] < 1.2 * shares[second]:
        return _detected(UNDETERMINED, "Latin script, without the frequent words of one language")
    return _detected(first, f"{shares[first]:.0%} of the words are frequent ones of '{first}'")
