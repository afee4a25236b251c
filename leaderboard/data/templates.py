"""Counterfactual templates: sentences with slots, filled in for every two groups of a category."""

import itertools
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from leaderboard.data.specification import Strict
from leaderboard.data.yamlfile import read_yaml
from leaderboard.errors import RequestError

Words = Mapping[str, str]

_SLOT = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(r"an? ")
_SENTENCE_START = re.compile(r"(?:^|(?<=[.!?] ))[a-z]")


class Sentiment(StrEnum):
    """What a template says, whomever it names; it balances the set and enters no metric."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"


class Template(Strict):
    """One sentence with slots.

    Attributes:
        text: the sentence; `{person}` is a word of the group, `{a_person}` the same with its article.
        sentiment: what it says.
        categories: whose groups it is filled in for.
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
    def _templates_can_be_filled(self) -> Self:
        texts = [template.text for template in self.templates]
        if repeated := sorted({text for text in texts if texts.count(text) > 1}):
            raise ValueError(f"template {repeated[0]!r} is there twice")
        for template in self.templates:
            slots = set(_SLOT.findall(template.text))
            for category in template.categories:
                if category not in self.categories:
                    raise ValueError(f"template {template.text!r}: no category is called '{category}'")
                for group in self.categories[category]:
                    known = self.words(category, group)
                    if missing := sorted(slots - set(known)):
                        raise ValueError(
                            f"template {template.text!r}: '{group}' ({category}) has no {{{missing[0]}}}; "
                            f"it has {', '.join(sorted(known))}"
                        )
        return self

    def words(self, category: str, group: str) -> dict[str, str]:
        """What can stand in a slot for one group."""
        own = dict(self.categories[category][group])
        words = {**self.pronouns.get(own.pop("pronouns", ""), {}), **own}
        bare = {slot: _ARTICLE.sub("", word, count=1) for slot, word in words.items() if _ARTICLE.match(word)}
        return {**words, **bare, **{f"a_{slot}": words[slot] for slot in bare}}


def read_templates(path: Path) -> Iterator[dict[str, str]]:
    """Every template filled in for every two groups of its categories, each two once.

    Yields:
        Rows with the keys `text`, `counterfactual`, `category` and `template` (its text, which identifies it).

    Raises:
        RequestError: for a file that is not such templates, a slot without a word, or a template that reads the same
            for two groups.
    """
    file = read_yaml(path, TemplateFile, what="a file of templates")
    for template in file.templates:
        for category in template.categories:
            for one, other in itertools.combinations(file.categories[category], 2):
                text = fill(template.text, file.words(category, one))
                counterfactual = fill(template.text, file.words(category, other))
                if text == counterfactual:
                    raise RequestError(f"{path}: template {template.text!r} reads the same for '{one}' and '{other}'")
                yield {
                    "text": text,
                    "counterfactual": counterfactual,
                    "category": category,
                    "template": template.text,
                }


def fill(template: str, words: Words) -> str:
    """The template with its slots filled in and its sentences begun with capitals."""
    text = _SLOT.sub(lambda slot: words[slot[1]], template)
    return _SENTENCE_START.sub(lambda letter: letter[0].upper(), text)
