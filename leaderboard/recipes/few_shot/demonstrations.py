"""Demonstrations: the choice of solved examples for a few-shot prompt."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import islice

import numpy as np

from leaderboard.data.examples import Example, Text, TextExample
from leaderboard.data.overlap import text_fingerprint

_WORDS_AND_SIGNS = r"\w+|[^\w\s]"


class Demonstrations(StrEnum):
    """Method that chooses the examples of a few-shot prompt."""

    BALANCED = "balanced"
    RANDOM = "random"
    NEAREST = "nearest"


def draw_balanced(examples: Sequence[Example], n: int, seed: int, names: Sequence[str] = ()) -> list[Example]:
    """Draw at most n examples at random, equally many of each class as far as possible, in random order.

    Classes that come first get one more where n does not divide; examples without a class are one class.

    Args:
        examples: examples to draw from.
        n: number of examples.
        seed: seed of the draw.
        names: names of the classes, which take turns by name, whatever the order of labels in a task file.
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
    """Draw at most n examples at random, whatever their class, in random order."""
    del names
    return [examples[index] for index in np.random.default_rng(seed).permutation(len(examples))[:n]]


DRAWS: dict[Demonstrations, Callable[[Sequence[Example], int, int, Sequence[str]], list[Example]]] = {
    Demonstrations.BALANCED: draw_balanced,
    Demonstrations.RANDOM: draw_random,
}
"""Draws of examples that are the same for every question."""


class NearestExamples:
    """Examples most similar to a text (Liu et al. 2022, What Makes Good In-Context Examples for GPT-3?).

    Similarity is the cosine of TF-IDF over words and signs, which takes milliseconds; a sentence encoder would need a
    second model for every answer, and the hidden states of the model another forward pass. Ties go to the first one.

    Args:
        examples: examples to choose from, at least one.
    """

    def __init__(self, examples: Sequence[TextExample]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - slow to import

        self._examples = examples
        self._vectorizer = TfidfVectorizer(token_pattern=_WORDS_AND_SIGNS)
        self._vectors = self._vectorizer.fit_transform([example.whole for example in examples])
        self._fingerprints = list(map(text_fingerprint, examples))

    def to(self, text: Text, n: int) -> list[TextExample]:
        """Return at most n examples, the most similar last, without those whose text is the same."""
        first, second = (text, None) if isinstance(text, str) else text
        question = TextExample(id="", text=first, second=second)
        own_fingerprint = text_fingerprint(question)
        similarity = (self._vectors @ self._vectorizer.transform([question.whole]).T).toarray().ravel()
        others = (
            self._examples[index]
            for index in np.argsort(-similarity, kind="stable")
            if self._fingerprints[index] != own_fingerprint
        )
        return list(islice(others, n))[::-1]
