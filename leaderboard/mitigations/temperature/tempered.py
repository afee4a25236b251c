"""Tempering: a subject at a given temperature, or at the fitted one."""

from dataclasses import replace
from typing import Literal

import numpy as np

from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TaggedExample
from leaderboard.errors import NotMeasurableError
from leaderboard.mitigations.temperature.scaling import TemperedClassifier, TemperedTagger, fit_temperature
from leaderboard.training.learning_examples import labelled_examples, labelled_texts
from leaderboard.training.preparation import Lesson


def temper_subject(subject: Subject, temperature: float | Literal["fitted"], lesson: Lesson) -> Subject:
    """Return the subject at another temperature; predictions stay, confidence changes.

    Args:
        subject: subject that classifies or tags.
        temperature: divisor of the logits; `fitted` is the one with the lowest log-loss on the search split.
        lesson: lesson with the search split.

    Raises:
        NotMeasurableError: when it gives no probabilities, or there is nothing to fit on.
    """
    if subject.classifies_with is not None:
        value = _fit_on_texts(subject, lesson) if temperature == "fitted" else temperature
        stages = {name: TemperedClassifier(stage, value) for name, stage in subject.stages.items()}
        return replace(subject, classifies_with=TemperedClassifier(subject.classifies_with, value), stages=stages)
    if subject.tags_with is not None:
        value = _fit_on_words(subject, lesson) if temperature == "fitted" else temperature
        return replace(subject, tags_with=TemperedTagger(subject.tags_with, value))
    raise NotMeasurableError(f"{subject.name} gives no probabilities of classes for recipe.temperature to change")


def _fit_on_texts(subject: Subject, lesson: Lesson) -> float:
    examples = labelled_texts(lesson, "search", "a temperature")
    log_probabilities = subject.classifier().log_probabilities([example.content for example in examples])
    return fit_temperature(log_probabilities, np.array([example.label for example in examples], dtype=np.intp))


def _fit_on_words(subject: Subject, lesson: Lesson) -> float:
    examples = labelled_examples(lesson, "search", "a temperature")
    sentences = [example for example in examples if isinstance(example, TaggedExample)]
    if subject.tags_with is None or not sentences:
        raise NotMeasurableError(f"task '{lesson.task.name}' has no tagged sentences to fit a temperature on")
    log_probabilities = subject.tags_with.log_probabilities([sentence.words for sentence in sentences])
    truth = np.array([tag for sentence in sentences for tag in sentence.tags], dtype=np.intp)
    return fit_temperature(np.concatenate(log_probabilities), truth)
