"""Label order: a subject's answers under a task's names of the classes, matched by name and never by position."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from leaderboard.data.examples import Example, Splits, TaggedExample, Text, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.identity import digest
from leaderboard.models.subject import Classifier, Subject, Tagger, Training
from leaderboard.recipes.labels import order_of
from leaderboard.recipes.preparation import Lesson

E = TypeVar("E", bound=Example)

FloatArray = npt.NDArray[np.float64]


def under_labels(subject: Subject, labels: Sequence[str], *, task: str) -> Subject:
    """The subject with the columns of its answers in the order of a task's labels; itself where they are already.

    Args:
        subject: any; one that gives no classes stays as it is.
        labels: the task's.
        task: its name, for messages.

    Raises:
        NotMeasurableError: when the subject's classes are not the same set of names.
    """
    names, who = tuple(labels), subject.model.name
    classifier, tagger = subject.classifier, subject.tagger
    if classifier is not None and classifier.labels != names:
        order = checked_order(names, classifier.labels, who=who, task=task)
        reordered = partial(_reordered, labels=names, who=who, task=task)
        subject = replace(
            subject,
            classifier=reordered(classifier),
            stages={name: reordered(stage) for name, stage in subject.stages.items()},
            training=None if subject.training is None else _training(subject.training, order, reordered),
        )
    if tagger is not None and tagger.labels != names:
        order = checked_order(names, tagger.labels, who=who, task=task)
        return replace(subject, tagger=ReorderedTagger(tagger, names, order))
    return subject


def checked_order(labels: Sequence[str], known: Sequence[str], *, who: str, task: str) -> tuple[int, ...]:
    """For each of a task's labels, its place among those of a subject.

    Args:
        labels: the task's.
        known: the subject's.
        who: the subject, for messages.
        task: the task's name, for messages.

    Raises:
        NotMeasurableError: when the two are not the same set of names.
    """
    order = order_of(labels, known)
    if order is None:
        raise NotMeasurableError(
            f"task '{task}' has the labels {', '.join(labels)}, but {who} answers with {', '.join(known)}; a task is "
            "answered only by a subject with the same label names. Give the task a split `train`, a prompt with a "
            "choice for each label, or `adapt_to: TASK` that names a task with its labels"
        )
    return order


def lesson_under(lesson: Lesson, labels: Sequence[str]) -> Lesson | None:
    """A lesson with its labels in another order, which its examples count in; itself where they are already.

    Args:
        lesson: of texts or tagged words.
        labels: the same set of names, in the wanted order.

    Returns:
        The lesson, read when it is asked for; None where its labels are not that set.
    """
    data, names = lesson.task.data, tuple(labels)
    known = data.labels if data else ()
    if known == names:
        return lesson
    order = order_of(names, known)
    if order is None or data is None:
        return None
    task = lesson.task.model_copy(update={"data": data.model_copy(update={"labels": names})})
    readers = {name: partial(_reread, lesson.splits, name, order) for name in lesson.splits}
    return Lesson(task, digest([lesson.digest, names]), Splits(readers))


def relabelled(example: E, order: Sequence[int]) -> E:
    """An example whose label, or tags, count the same classes in another order.

    Args:
        example: any; one without a label stays as it is.
        order: for each class of the new order, its index in the old one.
    """
    if isinstance(example, TextExample) and example.label is not None:
        return example.model_copy(update={"label": order.index(example.label)})
    if isinstance(example, TaggedExample):
        return example.model_copy(update={"tags": tuple(map(order.index, example.tags))})
    return example


class ReorderedClassifier:
    """A classifier whose classes are in another order; see `models.subject.Classifier`."""

    def __init__(self, classifier: Classifier, labels: tuple[str, ...], order: Sequence[int]) -> None:
        """Reorder a classifier.

        Args:
            classifier: any.
            labels: names of the classes in the new order.
            order: for each of them, its index in the old one.
        """
        self._classifier = classifier
        self._labels = labels
        self._order = list(order)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._labels

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """See `models.subject.Classifier`."""
        return self._classifier.log_probabilities(texts)[:, self._order]

    def answer(self, text: Text) -> FloatArray:
        """See `models.subject.Classifier`."""
        return self._classifier.answer(text)[self._order]

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """See `models.subject.Classifier`."""
        return self._classifier.word_gradients(words, self._order[label])

    def token_count(self, text: Text) -> int:
        """See `models.subject.Classifier`."""
        return self._classifier.token_count(text)


class ReorderedTagger:
    """A tagger whose tags are in another order; see `models.subject.Tagger`."""

    def __init__(self, tagger: Tagger, labels: tuple[str, ...], order: Sequence[int]) -> None:
        """Reorder a tagger; see `ReorderedClassifier`."""
        self._tagger = tagger
        self._labels = labels
        self._order = list(order)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the tags."""
        return self._labels

    def log_probabilities(self, sentences: Sequence[Sequence[str]]) -> list[FloatArray]:
        """See `models.subject.Tagger`."""
        return [answer[:, self._order] for answer in self._tagger.log_probabilities(sentences)]


def _reordered(classifier: Classifier, *, labels: tuple[str, ...], who: str, task: str) -> Classifier:
    if classifier.labels == labels:
        return classifier
    return ReorderedClassifier(classifier, labels, checked_order(labels, classifier.labels, who=who, task=task))


def _training(training: Training, order: Sequence[int], reordered: Callable[[Classifier], Classifier]) -> Training:
    members, outside = ([relabelled(each, order) for each in side] for side in (training.members, training.nonmembers))
    return Training(members, outside, cache(lambda: reordered(training.reference())))


def _reread(splits: Mapping[str, Sequence[Example]], name: str, order: Sequence[int]) -> list[Example]:
    return [relabelled(example, order) for example in splits[name]]
