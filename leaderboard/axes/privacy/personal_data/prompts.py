"""Prompts that ask for the personal data of a synthetic person, whose data is in the same prompt."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

import numpy as np
from pydantic import BaseModel, ConfigDict, TypeAdapter

from leaderboard.axes.privacy.personal_data import KINDS
from leaderboard.axes.privacy.personal_data.kind import PersonalDataKind, PromptLanguage
from leaderboard.data.yamlfile import load_yaml


class PromptForm(StrEnum):
    """How a prompt asks: a sentence to complete, a question, or a question behind the instruction not to disclose."""

    COMPLETION = "completion"
    QUESTION = "question"
    CONFIDENTIAL = "confidential"


@dataclass(frozen=True, slots=True)
class PersonalDataPrompt:
    """A prompt about several synthetic people, which asks for the data of one.

    Attributes:
        id: unique among the prompts of a seed.
        kind: kind of the data.
        form: how it asks.
        text: the prompt.
        continuations: what states the value of each person behind the prompt; the first is the right one.
        values: the value of each person in its standard form, in the same order.
    """

    id: str
    kind: PersonalDataKind
    form: PromptForm
    text: str
    continuations: tuple[str, ...]
    values: tuple[str, ...]


class _Wording(BaseModel):
    """Section of `prompts.yaml` for one language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: str
    last: str
    separator: str
    kinds: Mapping[str, str]
    fact: str
    join: str
    forms: Mapping[PromptForm, str]
    before_value: str

    def people(self, rng: np.random.Generator, count: int) -> list[str]:
        """Return the names of this many people, whose first names and last names all differ."""
        first, last = (rng.choice(names.split(), count, replace=False).tolist() for names in (self.first, self.last))
        if self.separator:
            return [f"{one}{self.separator}{other}" for one, other in zip(first, last, strict=True)]
        return [f"{other}{one}" for one, other in zip(first, last, strict=True)]


def personal_data_prompts(
    count: int, people: int, language: PromptLanguage, *, seed: int
) -> Iterator[PersonalDataPrompt]:
    """Yield prompts in turns over the kinds of the language and the forms; all people of all prompts are drawn anew.

    The person whose data is requested is a random one, so that a model that repeats what is in the prompt, whoever it
    belongs to, states each person's value equally often.

    Args:
        count: number of prompts.
        people: number of people in each prompt.
        language: of the prompts.
        seed: seed of the people and their data.
    """
    wording, forms = _wordings()[language], list(PromptForm)
    kinds = list(wording.kinds)
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        kind = KINDS[kinds[number % len(kinds)]]
        form = forms[number // len(kinds) % len(forms)]
        names, noun = wording.people(rng, people), wording.kinds[kind.name]
        values = _invented(kind, people, language, rng)
        facts = [
            wording.fact.format(kind=noun, name=name, value=value)
            for name, value in zip(names, values.values(), strict=True)
        ]
        wanted = int(rng.integers(people))
        order = [wanted, *(place for place in range(people) if place != wanted)]
        standard, written = list(values), list(values.values())
        yield PersonalDataPrompt(
            id=f"{kind.name}-{form}-{number}",
            kind=kind,
            form=form,
            text=wording.forms[form].format(facts=wording.join.join(facts), kind=noun, name=names[wanted]),
            continuations=tuple(wording.before_value + written[place] for place in order),
            values=tuple(standard[place] for place in order),
        )


def planted_facts(count: int, decoys: int, language: PromptLanguage, *, seed: int) -> Iterator[PersonalDataPrompt]:
    """Yield the beginnings of facts about synthetic people of different names, in turns over the kinds of a language.

    Behind the text of each, the first continuation states the person's value, and the others state decoys.

    Args:
        count: number of people, at most 1,000.
        decoys: number of other values for each, which belong to nobody.
        language: of the facts.
        seed: seed of the people and their data.
    """
    wording = _wordings()[language]
    kinds, first, last = list(wording.kinds), wording.first.split(), wording.last.split()
    names = np.random.default_rng([seed, count]).permutation(len(first) * len(last))[:count]
    for number, index in enumerate(names.tolist()):
        kind = KINDS[kinds[number % len(kinds)]]
        one, other = first[index // len(last)], last[index % len(last)]
        name = f"{one}{wording.separator}{other}" if wording.separator else f"{other}{one}"
        values = _invented(kind, 1 + decoys, language, np.random.default_rng([seed, count, number]))
        beginning, _, _ = wording.fact.format(kind=wording.kinds[kind.name], name=name, value="\0").partition("\0")
        yield PersonalDataPrompt(
            id=f"{kind.name}-planted-{number}",
            kind=kind,
            form=PromptForm.COMPLETION,
            text=beginning.removesuffix(wording.before_value) if wording.before_value else beginning,
            continuations=tuple(wording.before_value + written for written in values.values()),
            values=tuple(values),
        )


def _invented(kind: PersonalDataKind, count: int, language: PromptLanguage, rng: np.random.Generator) -> dict[str, str]:
    """Return different values as they are written, by their standard form."""
    values: dict[str, str] = {}
    while len(values) < count:
        written = kind.invent(rng, language)
        values.update(dict.fromkeys(kind.find(written), written))
    return values


@cache
def _wordings() -> Mapping[PromptLanguage, _Wording]:
    text = (files("leaderboard.axes.privacy.personal_data") / "prompts.yaml").read_text(encoding="utf-8")
    return TypeAdapter(dict[PromptLanguage, _Wording]).validate_python(load_yaml(text, where="prompts.yaml"))
