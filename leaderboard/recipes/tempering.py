"""Tempering: a subject whose probabilities are as sure as a given temperature makes them, or the one that fits best."""

from dataclasses import replace
from typing import Literal

import numpy as np

from leaderboard.data.examples import TaggedExample
from leaderboard.errors import NotMeasurableError
from leaderboard.models.subject import Subject
from leaderboard.recipes.preparation import Lesson
from leaderboard.recipes.temperature import TemperedClassifier, TemperedTagger, fit_temperature
from leaderboard.recipes.trained_on import examples_of, labelled


def tempered(subject: Subject, temperature: float | Literal["fitted"], lesson: Lesson) -> Subject:
    """The subject at another temperature; what it answers stays, how surely it does changes.

    Args:
        subject: classifies or tags.
        temperature: divides its logits; `fitted` is the one with the least log-loss on the lesson's search split.
        lesson: whose search split that is.

    Raises:
        NotMeasurableError: when it gives no probabilities, or there is nothing to fit on.
    """
    if subject.classifier is not None:
        wanted = _fitted_on_texts(subject, lesson) if temperature == "fitted" else temperature
        stages = {name: TemperedClassifier(stage, wanted) for name, stage in subject.stages.items()}
        return replace(subject, classifier=TemperedClassifier(subject.classifier, wanted), stages=stages)
    if subject.tagger is not None:
        wanted = _fitted_on_words(subject, lesson) if temperature == "fitted" else temperature
        return replace(subject, tagger=TemperedTagger(subject.tagger, wanted))
    raise NotMeasurableError(f"{subject.model.name} gives no probabilities of classes for recipe.temperature to change")


def _fitted_on_texts(subject: Subject, lesson: Lesson) -> float:
    examples = labelled(lesson, "search", "a temperature")
    said = subject.classify().log_probabilities([example.content for example in examples])
    return fit_temperature(said, np.array([example.label for example in examples], dtype=np.intp))


def _fitted_on_words(subject: Subject, lesson: Lesson) -> float:
    found = examples_of(lesson, "search", "a temperature")
    sentences = [example for example in found if isinstance(example, TaggedExample)]
    if subject.tagger is None or not sentences:
        raise NotMeasurableError(f"task '{lesson.task.name}' has no tagged sentences to fit a temperature on")
    said = subject.tagger.log_probabilities([sentence.words for sentence in sentences])
    truth = np.array([tag for sentence in sentences for tag in sentence.tags], dtype=np.intp)
    return fit_temperature(np.concatenate(said), truth)
