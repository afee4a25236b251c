"""Demonstrations: which solved examples a model is shown before a question."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import islice

import numpy as np

from leaderboard.data.examples import Example, Text, TextExample
from leaderboard.data.overlap import fingerprint

_WORDS_AND_SIGNS = r"\w+|[^\w\s]"


class Demonstrations(StrEnum):
    """How they are chosen."""

    BALANCED = "balanced"
    RANDOM = "random"
    NEAREST = "nearest"


def draw_balanced(examples: Sequence[Example], n: int, seed: int, names: Sequence[str] = ()) -> list[Example]:
    """At most n examples at random, of each class as many as can be, in random order.

    Classes that come first get one more where n does not divide; examples without a class are one class.

    Args:
        examples: to draw from.
        n: how many.
        seed: of the draw.
        names: of the classes, which take their turns by name: a task file's order of them draws no others.
    """
    rng = np.random.default_rng(seed)
    classes: dict[int, list[Example]] = {}
    for index in rng.permutation(len(examples)):
        example = examples[index]
        classes.setdefault(example.label or 0 if isinstance(example, TextExample) else 0, []).append(example)
    chosen: list[Example] = []
    while len(chosen) < n and any(classes.values()):
        for label in sorted(classes, key=lambda each: (names[each] if names else "", each)):
            if classes[label] and len(chosen) < n:
                chosen.append(classes[label].pop())
    return [chosen[index] for index in rng.permutation(len(chosen))]


def draw_random(examples: Sequence[Example], n: int, seed: int, names: Sequence[str] = ()) -> list[Example]:
    """At most n examples at random, whatever their class, in random order."""
    del names
    return [examples[index] for index in np.random.default_rng(seed).permutation(len(examples))[:n]]


DRAWS: dict[Demonstrations, Callable[[Sequence[Example], int, int, Sequence[str]], list[Example]]] = {
    Demonstrations.BALANCED: draw_balanced,
    Demonstrations.RANDOM: draw_random,
}
"""How those are drawn that stand before every question alike."""


class Nearest:
    """The examples most like a text (Liu et al. 2022, What Makes Good In-Context Examples for GPT-3?).

    Alike by the cosine of TF-IDF over words and signs, a question of milliseconds: a sentence encoder of its own would
    make every answer wait for a second model, and the hidden states of the model itself for another forward pass.
    Ties go to the example that stands first.

    Args:
        examples: to choose from, at least one.
    """

    def __init__(self, examples: Sequence[TextExample]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - slow to import

        self._examples = examples
        self._vectorizer = TfidfVectorizer(token_pattern=_WORDS_AND_SIGNS)
        self._vectors = self._vectorizer.fit_transform([example.whole for example in examples])
        self._fingerprints = list(map(fingerprint, examples))

    def to(self, text: Text, n: int) -> list[TextExample]:
        """At most n of them, the most alike last, next to the question; never one that says the same as the text."""
        first, second = (text, None) if isinstance(text, str) else text
        asked = TextExample(id="", text=first, second=second)
        itself = fingerprint(asked)
        likeness = (self._vectors @ self._vectorizer.transform([asked.whole]).T).toarray().ravel()
        others = (
            self._examples[index]
            for index in np.argsort(-likeness, kind="stable")
            if self._fingerprints[index] != itself
        )
        return list(islice(others, n))[::-1]
