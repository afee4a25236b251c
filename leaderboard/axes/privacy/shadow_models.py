"""Shadow models: models of the subject's form, each trained on a random part of the texts that are attacked."""

from collections.abc import Sequence

import numpy as np

from leaderboard.arrays import BoolArray, FloatArray
from leaderboard.axes.privacy.attacks.evidence import ShadowLosses
from leaderboard.backends.classifiers import Classifier
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.shadow_training import ShadowTraining
from leaderboard.backends.subject import Training
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError

FEWEST = 4
"""Fewest shadow models: two that were trained on an example, and two that were not."""
MOST_OF_POPULATION = 1000
LEAST_SHARE, MOST_SHARE = 0.25, 0.75
"""Bounds of the share of all texts that a shadow model is trained on: some are trained on each text, and some not."""


def losses(classifier: Classifier, examples: Sequence[TextExample], source: str) -> FloatArray:
    """Return the cross-entropy of each example's label in nats, shape (n,).

    Raises:
        NotMeasurableError: when one is not a finite number; the message names the source.
    """
    answers = classifier.log_probabilities([example.content for example in examples])
    truth = np.array([example.label for example in examples], dtype=np.intp)
    return -require_finite(answers[np.arange(len(truth)), truth], source)


def shadow_losses(
    training: Training,
    shadows: ShadowTraining,
    classifier: Classifier,
    examples: Sequence[TextExample],
    *,
    count: int,
    seed: int,
) -> ShadowLosses:
    """Train shadow models and return their losses on the attacked examples and on a population.

    Each model is trained on a random part of all texts (members, non-members, and others that the subject has not
    seen), which is as large as the subject's training data where a quarter to three quarters of the texts are members.
    What is in it does not depend on which texts are members.

    Args:
        training: training data of the subject.
        shadows: how its training is repeated.
        classifier: classifier of the subject.
        examples: attacked examples, members or non-members.
        count: number of shadow models, at least `FEWEST`.
        seed: seed of the parts and of the trainings.

    Raises:
        NotMeasurableError: when there is no population, or a part has too few examples to learn from.
    """
    rng = np.random.default_rng([seed, *b"shadow models"])
    pool = _pool([*training.members, *training.nonmembers, *shadows.others])
    places = {text: place for place, text in enumerate(pool)}
    attacked = {example.whole for example in examples} | {example.whole for example in training.members}
    population = _sample([each for text, each in pool.items() if text not in attacked], rng)
    if not population:
        raise NotMeasurableError("no text is left that is neither attacked nor trained on")
    share = min(max(len(training.members) / len(pool), LEAST_SHARE), MOST_SHARE)
    design = shadow_design(len(pool), count, share, rng)
    texts, scored_examples = list(pool.values()), [*examples, *population]
    shadow_seeds = rng.integers(2**31, size=count).tolist()
    rows = [
        losses(shadows.train([texts[place] for place in np.flatnonzero(part)], each), scored_examples, "a shadow model")
        for part, each in zip(design, shadow_seeds, strict=True)
    ]
    included = design[:, [places[example.whole] for example in scored_examples]]
    attacked_losses, population_losses = np.split(np.array(rows), [len(examples)], axis=1)
    return ShadowLosses(
        attacked_losses,
        included[:, : len(examples)],
        losses(classifier, population, "the attacked model"),
        population_losses,
        included[:, len(examples) :],
    )


def _pool(examples: Sequence[TextExample]) -> dict[str, TextExample]:
    """Return the labelled examples by text, the first of each text."""
    pool: dict[str, TextExample] = {}
    for example in examples:
        if example.label is not None:
            pool.setdefault(example.whole, example)
    return pool


def _sample(examples: Sequence[TextExample], rng: np.random.Generator) -> list[TextExample]:
    chosen = rng.permutation(len(examples))[:MOST_OF_POPULATION]
    return [examples[index] for index in np.sort(chosen)]


def shadow_design(texts: int, count: int, share: float, rng: np.random.Generator) -> BoolArray:
    """Return which texts each shadow model is trained on, shape (count, texts).

    Each text is in the training data of equally many models (Carlini et al. 2022), and of at least two, and not of two.

    Args:
        texts: number of texts.
        count: number of shadow models.
        share: share of the models that are trained on a text.
        rng: source of random numbers.
    """
    inside = min(max(round(share * count), 2), count - 2)
    design: BoolArray = rng.random((count, texts)).argsort(axis=0) < inside
    return design
