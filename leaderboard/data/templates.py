"""Counterfactual templates: sentences with slots, filled in for every two groups of a category."""

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from leaderboard.data.specification import repeated
from leaderboard.data.strict import Strict
from leaderboard.data.yamlfile import read_yaml
from leaderboard.errors import RequestError

Words = Mapping[str, str]

MOST_PAIRS = 200_000
"""Maximum pairs of texts of a file; a model reads both texts of each."""
MOST_CHARACTERS = 200_000_000
"""Maximum characters of these texts."""
MOST_WORDS = 1_000_000
"""Maximum words of all groups; a shared set of pronouns counts for each group."""
_SLOT = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(r"an? ")
_SENTENCE_START = re.compile(r"(?:^|(?<=[.!?] ))[a-z]")


class Sentiment(StrEnum):
    """Sentiment of a template; it balances the set and is not used by any metric."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"


class Template(Strict):
    """A sentence with slots.

    Attributes:
        text: the sentence; `{person}` is a word of the group, `{a_person}` the same with its article.
        sentiment: sentiment of the sentence.
        categories: categories of the groups to fill in.
    """

    text: Annotated[str, Field(min_length=1)]
    sentiment: Sentiment
    categories: Annotated[tuple[str, ...], Field(min_length=1)]


class TemplateFile(Strict):
    """A file of templates.

    Attributes:
        pronouns: sets of words that several groups share, by name.
        categories: category to group to the group's own words; the word `pronouns` names a shared set. A word that is
            written with its article ("a woman", "an older") can be used with and without it.
        templates: the sentences.
    """

    pronouns: dict[str, dict[str, str]] = Field(default_factory=dict)
    categories: dict[str, dict[str, dict[str, str]]]
    templates: Annotated[tuple[Template, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _groups_meet(self) -> Self:
        for category, groups in self.categories.items():
            if len(groups) < 2:  # noqa: PLR2004 - it takes two to be compared
                raise ValueError(f"category '{category}' needs two groups or more")
            for group, words in groups.items():
                if "pronouns" in words and words["pronouns"] not in self.pronouns:
                    raise ValueError(f"{category}.{group}: no pronouns are called '{words['pronouns']}'")
        return self

    @model_validator(mode="after")
    def _templates_differ(self) -> Self:
        if twice := repeated(template.text for template in self.templates):
            raise ValueError(f"template {twice[0]!r} is there twice")
        for template in self.templates:
            for category in template.categories:
                if category not in self.categories:
                    raise ValueError(f"template {template.text!r}: no category is called '{category}'")
        return self

    @model_validator(mode="after")
    def _is_not_too_large(self) -> Self:
        groups = [words for groups in self.categories.values() for words in groups.values()]
        words = sum(len(words) + len(self.pronouns.get(words.get("pronouns", ""), {})) for words in groups)
        _check_number(words, MOST_WORDS, "words of groups")
        longest = {category: self._longest_word(category) for category in self.categories}
        pairs = characters = 0
        for template in self.templates:
            slots = len(_SLOT.findall(template.text))
            for category in template.categories:
                own = math.comb(len(self.categories[category]), 2)
                pairs += own
                characters += 2 * own * (len(template.text) + slots * longest[category])
        _check_number(pairs, MOST_PAIRS, "pairs of texts (templates × pairs of groups)")
        _check_number(characters, MOST_CHARACTERS, "characters in the pairs of texts (templates × pairs of groups)")
        return self

    @model_validator(mode="after")
    def _templates_can_be_filled(self) -> Self:
        slots_of = {category: [set(words) for words in self.words(category).values()] for category in self.categories}
        shared = {category: set.intersection(*slots) for category, slots in slots_of.items()}
        for template in self.templates:
            slots = set(_SLOT.findall(template.text))
            for category in template.categories:
                if slots - shared[category]:
                    group, words = next(each for each in self.words(category).items() if slots - set(each[1]))
                    raise ValueError(
                        f"template {template.text!r}: '{group}' ({category}) has no {{{min(slots - set(words))}}}; "
                        f"it has {', '.join(sorted(words))}"
                    )
        return self

    def words(self, category: str) -> dict[str, dict[str, str]]:
        """Return the words for the slots of each group of a category."""
        return {group: self._words_of(own) for group, own in self.categories[category].items()}

    def _words_of(self, group: Words) -> dict[str, str]:
        own = dict(group)
        words = {**self.pronouns.get(own.pop("pronouns", ""), {}), **own}
        bare = {slot: _ARTICLE.sub("", word, count=1) for slot, word in words.items() if _ARTICLE.match(word)}
        return {**words, **bare, **{f"a_{slot}": words[slot] for slot in bare}}

    def _longest_word(self, category: str) -> int:
        groups = self.categories[category].values()
        shared = {words["pronouns"] for words in groups if "pronouns" in words}
        sets = [*groups, *(self.pronouns[name] for name in shared)]
        return max((len(word) for words in sets for word in words.values()), default=0)


def _check_number(number: int, most: int, unit: str) -> None:
    if number > most:
        raise ValueError(f"{number:,} {unit}; the most are {most:,}; name fewer groups or templates")


def read_templates(path: Path) -> Iterator[dict[str, str]]:
    """Yield every template for every two groups of its categories.

    Yields:
        Rows with the keys `text`, `counterfactual`, `category` and `template` (its text, which identifies it).

    Raises:
        RequestError: for a file that is not such templates, a slot without a word, or a template that reads the same
            for two groups.
    """
    file = read_yaml(path, TemplateFile, kind="a file of templates")
    words = {category: file.words(category) for category in file.categories}
    for template in file.templates:
        for category in template.categories:
            texts = {group: fill(template.text, own) for group, own in words[category].items()}
            for (one, text), (other, counterfactual) in itertools.combinations(texts.items(), 2):
                if text == counterfactual:
                    raise RequestError(f"{path}: template {template.text!r} reads the same for '{one}' and '{other}'")
                yield {
                    "text": text,
                    "counterfactual": counterfactual,
                    "category": category,
                    "template": template.text,
                }


def fill(template: str, words: Words) -> str:
    """Fill the slots of a template, and capitalise the beginnings of sentences."""
    text = _SLOT.sub(lambda slot: words[slot[1]], template)
    return _SENTENCE_START.sub(lambda letter: letter[0].upper(), text)
