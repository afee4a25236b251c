"""Preparation of active learning: rounds of choosing texts by the last member, and training the next one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import Classifier, DropoutClassifier
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import RequestError
from leaderboard.recipes.active import Active, Strategy
from leaderboard.recipes.active.acquisition import bald, entropy, negative_margin
from leaderboard.recipes.active.start import pool_and_start
from leaderboard.recipes.labelled_rounds import curve_note, search_accuracy
from leaderboard.training.learning_examples import trained_on
from leaderboard.training.preparation import Preparation

Scores = Callable[[Active, Classifier, Sequence[TextExample], int], FloatArray]
"""Returns the acquisition score of each text, for a seed of dropout."""


def prepare_active(recipe: Active, preparation: Preparation) -> Subject:
    """Prepare the member that has learned from the whole budget of labels.

    Each member is kept in the cache, so that an interrupted preparation goes on with the round it was in. All texts of
    the pool count as trained on, chosen or not, since the choice has read them.

    Raises:
        NotMeasurableError: when the task has no labelled texts, or the member cannot be prepared.
        RequestError: when the budget is larger than the pool, or the start lacks a class.
    """
    lesson = preparation.lesson
    start = pool_and_start(recipe, lesson, preparation.seed)
    pool, chosen, rng = start.pool, start.chosen, start.random
    curve: list[tuple[int, float | None]] = []
    while True:
        examples = [pool[index] for index in chosen]
        subject = recipe.member.prepare(replace(preparation, lesson=lesson.learning(examples)))
        curve.append((len(chosen), search_accuracy(subject, lesson)))
        if len(chosen) == recipe.budget:
            break
        labelled = set(chosen)
        candidates = rng.permutation([index for index in range(len(pool)) if index not in labelled])
        candidates = candidates[: recipe.candidates]
        texts = [pool[index] for index in candidates]
        # Ties are broken by the random order of the candidates.
        order = np.argsort(-_scores(recipe, subject, texts, preparation.seed), kind="stable")
        size = min(recipe.batch, recipe.budget - len(chosen))
        chosen = sorted([*chosen, *candidates[order[:size]].tolist()])
    notes = (*subject.preparation_notes, _note(recipe, len(pool), curve))
    return replace(subject, preparation_notes=notes, trained_on=trained_on(lesson))


def _note(recipe: Active, size: int, curve: Sequence[tuple[int, float | None]]) -> str:
    chosen = f"active learning ({recipe.strategy}) chose {recipe.budget} of {size} training texts to learn from"
    return f"{chosen}{curve_note(curve, 'labels')}"


def _scores(recipe: Active, subject: Subject, texts: Sequence[TextExample], seed: int) -> FloatArray:
    """Return the acquisition score of each text; all the same for random choice."""
    scores_of = _SCORES.get(recipe.strategy)
    return np.zeros(len(texts)) if scores_of is None else scores_of(recipe, subject.classifier(), texts, seed)


def _entropy(_recipe: Active, classifier: Classifier, texts: Sequence[TextExample], _seed: int) -> FloatArray:
    return entropy(classifier.log_probabilities([each.content for each in texts]))


def _margin(_recipe: Active, classifier: Classifier, texts: Sequence[TextExample], _seed: int) -> FloatArray:
    return negative_margin(classifier.log_probabilities([each.content for each in texts]))


def _bald(recipe: Active, classifier: Classifier, texts: Sequence[TextExample], seed: int) -> FloatArray:
    if not isinstance(classifier, DropoutClassifier):
        raise RequestError(
            f"recipe.strategy bald: a member by {recipe.member.recipe} has no dropout to sample its answers with\n"
            "  Choose the member probe, finetune or lora, or another strategy: entropy, margin or random."
        )
    return bald(classifier.dropout_log_probabilities([each.content for each in texts], passes=recipe.passes, seed=seed))


_SCORES: Mapping[Strategy, Scores] = {Strategy.ENTROPY: _entropy, Strategy.MARGIN: _margin, Strategy.BALD: _bald}
"""Scores of the strategies; the random one needs none."""
