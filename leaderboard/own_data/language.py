"""Detection of the language of texts, by scripts and by frequent words."""

from collections.abc import Sequence
from pathlib import Path

from leaderboard.data.text_language import CLEAR, LEAST_KANA, UNDETERMINED, latin_language, script_shares
from leaderboard.own_data.detection import Detected, Detection, question

_FLAG = "--language CODE"
_MIXED = 0.15
"""Share of letters up to which a second script may be ignored."""


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
    shares = script_shares(texts)
    if shares.get("ja", 0) >= LEAST_KANA:
        return _detected("ja", f"{shares['ja']:.0%} of the letters are kana")
    script = max(shares, key=shares.__getitem__, default="")
    other = max((share for name, share in shares.items() if name != script), default=0.0)
    if script in {"zh", "latin"} and {"zh", "latin"} <= shares.keys() and min(shares["zh"], shares["latin"]) > _MIXED:
        mixed = f"{shares['zh']:.0%} of the letters are Chinese and {shares['latin']:.0%} Latin"
        raise question(path, mixed, "--language zh", "--language en")
    if script == "latin":
        return _of_latin(texts)
    if script in {"zh", "ko"} and shares[script] >= CLEAR:
        evidence = f"{shares[script]:.0%} of the letters are {'Chinese' if script == 'zh' else 'Korean'}"
        return _detected(script, evidence + (f", {other:.0%} others" if other else ""))
    return _detected(UNDETERMINED, "neither Latin, Chinese, Japanese nor Korean script")


def _detected(code: str, evidence: str) -> Detected[str]:
    name = "undetermined" if code == UNDETERMINED else code
    return Detected(code, Detection("language", name, evidence, _FLAG))


def _of_latin(texts: Sequence[str]) -> Detected[str]:
    code, share = latin_language(texts)
    if code == UNDETERMINED:
        return _detected(code, "Latin script, without the frequent words of one language")
    return _detected(code, f"{share:.0%} of the words are frequent ones of '{code}'")
