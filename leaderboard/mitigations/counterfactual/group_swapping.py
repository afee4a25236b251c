"""Counterfactual texts: the same sentence about another group.

Counterfactual data augmentation: Lu et al. 2020, Gender Bias in Neural Natural Language Processing; Zmigrod et al.
2019; first names: Hall Maudslay et al. 2019. The words are in `group_terms.yaml`.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from pydantic import TypeAdapter

from leaderboard.data.strict import Strict
from leaderboard.data.yamlfile import load_yaml

_AFTER_AN_OBJECT = frozenset(
    """
    a about again all an and any are as at away back because before being but by can could did do does down during
    even every for from had has have he how i if in into is it just like may might more not now of off on once only
    or out over rather she should since so some than that the then there they this those though through to together
    too toward towards under until up was we were what when where whether which while who why will with without would
    you
    """.split()  # noqa: SIM905 - a list of words is read more easily so
)
"""Words that begin no noun phrase after "her" or "his", or begin one of their own: "told her a", "a friend of his and".

Nouns that are verbs too make mistakes: "her" in "let her talk" is read as possessive.
"""
_NEXT = re.compile(r"[\s\"'`“‘(]*(?P<word>[^\W_]+)?(?:\s+(?P<other>his|her)\b)?", re.IGNORECASE)


class _Pairs(Strict):
    """Two groups, and words that name them: pairs that are exchanged both ways, and `into`, one way only."""

    groups: tuple[str, str]
    pairs: tuple[tuple[str, str], ...]
    into: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Term:
    """Replacement of a word when groups are exchanged.

    `order` is that of the two groups in the lexicon, `group` the one that the word names.
    """

    order: int
    group: str
    other: str


@lru_cache(maxsize=1 << 17)  # one subject after the other learns from the same texts
def swap_groups(text: str) -> str | None:
    """Exchange every word of a text that names a group for its counterpart, with upper and lower case kept.

    "Her father praised her." becomes "His mother praised him.": "her" and "his" are possessive before a word that may
    begin a noun phrase, decided by a list of words that cannot; this is wrong before verbs ("let her go").

    Returns:
        None where the text names no group.
    """
    swapped = _pattern().sub(lambda match: _match_case(match[0], _counterpart(match)), text)
    return None if swapped == text else swapped


def named_group(text: str) -> str | None:
    """Return the group that a text names: "female", "muslim", …, as in `group_terms.yaml`.

    Of two groups that are exchanged for each other it is the one named more often. Where several such pairs are named
    the first in the lexicon counts, which is gender.

    Returns:
        None where the text names no group, or each as often as its counterpart.
    """
    mentions = Counter(_terms()[_normalised(match[0])] for match in _pattern().finditer(text))
    for order in sorted({term.order for term in mentions}):
        counts = Counter[str]()
        for term, occurrences in mentions.items():
            if term.order == order:
                counts[term.group] += occurrences
        (group, top_count), *others = counts.most_common()
        if not others or top_count > others[0][1]:
            return group
    return None


def _counterpart(match: re.Match[str]) -> str:
    word = _normalised(match[0])
    other = _terms()[word].other
    if word not in {"her", "his"}:
        return other
    following = _NEXT.match(match.string, match.end())
    next_word = following["word"].casefold() if following and following["word"] else ""
    joined = (
        next_word in {"or", "and"} and following is not None and following["other"] is not None
    )  # "his or her life"
    if joined or (next_word and next_word not in _AFTER_AN_OBJECT):
        return other
    return "him" if word == "her" else "hers"


@cache
def _terms() -> dict[str, _Term]:
    text = (files("leaderboard.mitigations.counterfactual") / "group_terms.yaml").read_text(encoding="utf-8")
    terms: dict[str, _Term] = {}
    for order, entry in enumerate(TypeAdapter(list[_Pairs]).validate_python(load_yaml(text, where="group_terms.yaml"))):
        first, second = entry.groups
        for one, two in entry.pairs:
            terms[one] = _Term(order, first, two)
            terms[two] = _Term(order, second, one)
        for one, two in entry.into:
            terms[one] = _Term(order, second if terms[two].group == first else first, two)
    gender = terms["he"]
    terms |= {word: _Term(gender.order, "female", other) for word, other in {"her": "his", "hers": "his"}.items()}
    return terms | {word: _Term(gender.order, "male", "her") for word in ("him", "his")}


@cache
def _pattern() -> re.Pattern[str]:
    """Return the pattern of whole terms, not within "man-made", "@john" or "he-man"; the longest match counts."""
    words = "|".join(r"\s+".join(map(re.escape, word.split())) for word in sorted(_terms(), key=len, reverse=True))
    return re.compile(rf"(?<![\w@#'’-])(?:{words})(?![\w-])", re.IGNORECASE)


def _normalised(term: str) -> str:
    return " ".join(term.casefold().split())


def _match_case(original: str, word: str) -> str:
    """Return a word in the upper and lower case of the original."""
    if original.isupper():
        return word.upper()
    if original.istitle():
        return word.title() if " " in original else word[:1].upper() + word[1:]
    return word[:1].upper() + word[1:] if original[:1].isupper() else word
