"""Written answers: extraction, normalisation and comparison with reference answers."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from leaderboard.axes.accuracy import span_answers
from leaderboard.data.patterns import limited_pattern

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_UNSPACED = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
"""Kana and Han characters, which are written without spaces: each is a word."""
_ASCII_SYMBOLS = frozenset("$+<=>^`|~")
"""Characters of Python's `string.punctuation` that Unicode classifies as symbols."""
_NUMBER = re.compile(
    r"(?:\$\s*)?(?P<sign>[+-]?)\$?"
    r"(?P<whole>[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]*)(?:\.(?P<fraction>[0-9]*))?(?:\s*\$)?"
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width forms of ASCII characters, as Chinese and Japanese texts have them."""


class AnswerKind(StrEnum):
    """How answers are compared."""

    TEXT = "text"
    NUMBER = "number"
    SQUAD = "squad"
    CMRC = "cmrc"


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """Rule that finds the answer in a text.

    Attributes:
        pattern: regular expression; the first group of its last match is the answer (the whole match without groups).
            Empty: the whole text is the answer.
        kind: whether the answer is a text, a number, or a span that is compared as a script of SQuAD or CMRC 2018 does.
    """

    pattern: str = ""
    kind: AnswerKind = AnswerKind.TEXT

    def answer(self, text: str) -> str | None:
        """Return the answer in a model's text; None without a match, and for a number that is none.

        Raises:
            PatternLimitError: for a pattern that takes too long on this text.
        """
        match = self._last_match(text)
        return None if match is None or (self.kind is AnswerKind.NUMBER and number(match) is None) else match

    def reference(self, text: str) -> str | None:
        """Return the answer in a reference, which may be the bare answer; None where a number is none.

        Raises:
            PatternLimitError: for a pattern that takes too long on this text.
        """
        match = self._last_match(text)
        expected = text if match is None else match
        return None if self.kind is AnswerKind.NUMBER and number(expected) is None else expected

    def words(self, answer: str) -> list[str]:
        """Return the normalised words of an answer; of a number, one."""
        value = number(answer) if self.kind is AnswerKind.NUMBER else None
        return normalised_words(answer) if value is None else [value]

    def matches(self, answer: str, references: Sequence[str]) -> bool:
        """Return whether an answer is one of its references."""
        match self.kind:
            case AnswerKind.SQUAD:
                return span_answers.squad_match(answer, references)
            case AnswerKind.CMRC:
                return span_answers.cmrc_match(answer, references)
            case _:
                return exact_match(self.words(answer), list(map(self.words, references)))

    def f1(self, answer: str, references: Sequence[str]) -> float:
        """Return the largest F1 of an answer over its references."""
        match self.kind:
            case AnswerKind.SQUAD:
                return span_answers.squad_f1(answer, references)
            case AnswerKind.CMRC:
                return span_answers.cmrc_f1(answer, references)
            case _:
                return token_f1(self.words(answer), list(map(self.words, references)))

    def _last_match(self, text: str) -> str | None:
        if not self.pattern:
            return text
        matches = limited_pattern(self.pattern).every(text)
        return matches[-1] if matches else None


def number(text: str) -> str | None:
    """Return a decimal number without the differences of writing that do not change it; None for another text.

    White space around it, a dollar sign, commas between thousands, a full stop or a comma at the end, leading zeros and
    zeros at the end of the fraction do not count: "$1,234.50." is "1234.5". Full-width digits are digits; superscripts
    and those of other scripts are none, and a comma elsewhere, as in "1,5", makes no number. As `exact_match` of gsm8k
    in lm-evaluation-harness, but by value, and without joining what a comma separates.
    """
    plain = text.translate(_FULL_WIDTH).replace("\N{MINUS SIGN}", "-").strip().rstrip(",").removesuffix(".")
    match = _NUMBER.fullmatch(plain)
    if match is None or not re.search("[0-9]", plain):
        return None
    whole = match["whole"].replace(",", "").lstrip("0") or "0"
    fraction = (match["fraction"] or "").rstrip("0")
    value = f"{whole}.{fraction}" if fraction else whole
    return f"-{value}" if match["sign"] == "-" and value != "0" else value


def normalised_words(text: str) -> list[str]:
    """Return the words of a text as SQuAD compares them: lower case, without punctuation and articles.

    Punctuation is that of Unicode, and each Han or kana character is a word, as in MLQA (Lewis et al. 2020) and in the
    segmentation of CMRC 2018. Two encodings of a letter, such as é, are one (NFC). For ASCII these are the words of
    SQuAD (Rajpurkar et al. 2016). A text of nothing but articles and punctuation, such as the answer "A", keeps them:
    it would equal an empty one.
    """
    lowered = unicodedata.normalize("NFC", text).lower()
    bare = "".join(letter for letter in lowered if not _is_punctuation(letter))
    return _separated(_ARTICLES.sub(" ", bare)) or _separated(lowered)


def exact_match(answer: Sequence[str], references: Sequence[Sequence[str]]) -> bool:
    """Return whether the words of an answer are those of one of its references."""
    return any(list(answer) == list(reference) for reference in references)


def token_f1(answer: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Return the largest F1 of an answer's words over its references: 2 shared / (words of both).

    Equal words count as often as they occur in both. Without words on one side it is 1 if the other has none either,
    else 0 (SQuAD 2.0).
    """
    return max(_f1(answer, reference) for reference in references)


def _f1(answer: Sequence[str], reference: Sequence[str]) -> float:
    if not answer or not reference:
        return float(not answer and not reference)
    shared = (Counter(answer) & Counter(reference)).total()
    return 2 * shared / (len(answer) + len(reference))


def _is_punctuation(letter: str) -> bool:
    return letter in _ASCII_SYMBOLS or unicodedata.category(letter).startswith("P")


def _separated(text: str) -> list[str]:
    return _UNSPACED.sub(r" \1 ", text).split()
