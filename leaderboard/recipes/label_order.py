"""Label order: a subject's classes in the order of a task's labels, matched by name and never by position."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import Classifier, Tagger, attributor_of, logits_of, with_prompt
from leaderboard.backends.passed_attribution import PassedAttribution, text_scores_of
from leaderboard.backends.shadow_training import ShadowTraining
from leaderboard.backends.subject import Subject, Training
from leaderboard.data.examples import Example, Splits, TaggedExample, Text, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.identity import digest
from leaderboard.recipes.labels import find_order
from leaderboard.training.preparation import Lesson

if TYPE_CHECKING:
    from leaderboard.backends.local.engine.text_scores import TextScores

E = TypeVar("E", bound=Example)


def reorder_subject(subject: Subject, labels: Sequence[str], *, task: str) -> Subject:
    """Return a subject with its classes in the order of a task's labels.

    Args:
        subject: any; a subject without classes is returned unchanged.
        labels: labels of the task.
        task: name of the task, for messages.

    Raises:
        NotMeasurableError: when the subject's classes are not the same set of names.
    """
    names, subject_name = tuple(labels), subject.name
    classifier, tagger = subject.classifies_with, subject.tags_with
    if classifier is not None and classifier.labels != names:
        order = require_label_order(names, classifier.labels, subject_name=subject_name, task=task)
        reordered = partial(_reorder_classifier, labels=names, subject_name=subject_name, task=task)
        subject = replace(
            subject,
            classifies_with=reordered(classifier),
            stages={name: reordered(stage) for name, stage in subject.stages.items()},
            training=None if subject.training is None else _training(subject.training, order, reordered),
        )
    if tagger is not None and tagger.labels != names:
        order = require_label_order(names, tagger.labels, subject_name=subject_name, task=task)
        return replace(subject, tags_with=ReorderedTagger(tagger, names, order))
    return subject


def require_label_order(
    labels: Sequence[str], subject_labels: Sequence[str], *, subject_name: str, task: str
) -> tuple[int, ...]:
    """Return, for each of a task's labels, its index among those of a subject.

    Args:
        labels: labels of the task.
        subject_labels: labels of the subject.
        subject_name: name of the subject, for messages.
        task: name of the task, for messages.

    Raises:
        NotMeasurableError: when the two are not the same set of names.
    """
    order = find_order(labels, subject_labels)
    if order is None:
        raise NotMeasurableError(
            f"task '{task}' has the labels {', '.join(labels)}, but {subject_name} answers with "
            f"{', '.join(subject_labels)}; a task needs a subject with the same label names. Give the task a split "
            "`train`, a prompt with a choice for each label, or `adapt_to: TASK` that names a task with its labels"
        )
    return order


def reorder_lesson(lesson: Lesson, labels: Sequence[str]) -> Lesson | None:
    """Return a lesson with its labels, and those of its examples, in another order.

    Args:
        lesson: lesson of texts or tagged words.
        labels: the same set of names, in the new order.

    Returns:
        The lesson, whose splits are read when they are used; None where its labels are not that set.
    """
    data, names = lesson.task.data, tuple(labels)
    own_names = data.labels if data else ()
    if own_names == names:
        return lesson
    order = find_order(names, own_names)
    if order is None or data is None:
        return None
    task = lesson.task.model_copy(update={"data": data.model_copy(update={"labels": names})})
    readers = {name: partial(_relabel_split, lesson.splits, name, order) for name in lesson.splits}
    return Lesson(task, digest([lesson.digest, names]), Splits(readers))


def relabel(example: E, order: Sequence[int]) -> E:
    """Return an example with its label, or tags, in another order of the classes.

    Args:
        example: any; an example without a label is returned unchanged.
        order: for each class of the new order, its index in the old one.
    """
    if isinstance(example, TextExample) and example.label is not None:
        return example.model_copy(update={"label": order.index(example.label)})
    if isinstance(example, TaggedExample):
        return example.model_copy(update={"tags": tuple(map(order.index, example.tags))})
    return example


class ReorderedClassifier(PassedAttribution):
    """Classifier with its classes in another order."""

    def __init__(self, classifier: Classifier, labels: tuple[str, ...], order: Sequence[int]) -> None:
        """Reorder the classes of a classifier.

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
        """Return the log-probabilities of each class, shape (texts, classes)."""
        return self._classifier.log_probabilities(texts)[:, self._order]

    def logits(self, texts: Sequence[Text]) -> FloatArray:
        """Return the scores of classes before they are normalised, shape (texts, classes)."""
        return logits_of(self._classifier, texts)[:, self._order]

    def with_prompt(self, template: str, choices: Sequence[str]) -> "ReorderedClassifier":
        """Return the classifier with another prompt, whose choices are in the new order of the classes."""
        own = [choices[self._order.index(index)] for index in range(len(choices))]
        return self.around(with_prompt(self._classifier, template, own))

    def answer(self, text: Text) -> FloatArray:
        """Return the log-probabilities of one text."""
        return self._classifier.answer(text)[self._order]

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """Return the gradient attribution of each word for a class."""
        return attributor_of(self._classifier).word_gradients(words, self._order[label])

    def text_scores(self, words: Sequence[str]) -> "TextScores":
        """Return the log-probabilities in the new order as a function of the embeddings of a text."""
        from leaderboard.backends.local.engine.changed_scores import changed_scores  # noqa: PLC0415 - imports torch

        return changed_scores(text_scores_of(self._classifier, words), lambda answers: answers[..., self._order])

    def around(self, classifier: Classifier) -> "ReorderedClassifier":
        """Return another classifier with its classes in this order."""
        return ReorderedClassifier(classifier, self._labels, self._order)

    def token_count(self, text: Text) -> int:
        """Return the number of tokens of a text."""
        return self._classifier.token_count(text)


class ReorderedTagger:
    """Tagger with its tags in another order."""

    def __init__(self, tagger: Tagger, labels: tuple[str, ...], order: Sequence[int]) -> None:
        """Reorder the tags of a tagger, with the arguments of `ReorderedClassifier`."""
        self._tagger = tagger
        self._labels = labels
        self._order = list(order)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the tags."""
        return self._labels

    def log_probabilities(self, sentences: Sequence[Sequence[str]]) -> list[FloatArray]:
        """Return the log-probabilities of the tags of each word, by sentence."""
        return [answer[:, self._order] for answer in self._tagger.log_probabilities(sentences)]

    def answer(self, words: Sequence[str]) -> FloatArray:
        """Return the log-probabilities of one sentence."""
        return self._tagger.answer(words)[:, self._order]

    def word_scores(self, words: Sequence[str], places: Sequence[int]) -> "TextScores":
        """Return the log-probabilities of the tags of some words by the embeddings, shape (points, places, tags)."""
        from leaderboard.backends.local.engine.changed_scores import changed_scores  # noqa: PLC0415 - imports torch
        from leaderboard.backends.local.engine.tag_attribution import word_scores_of  # noqa: PLC0415 - as above

        return changed_scores(word_scores_of(self._tagger, words, places), lambda answers: answers[..., self._order])

    def token_count(self, words: Sequence[str]) -> int:
        """Return the number of tokens of a sentence."""
        return self._tagger.token_count(words)


def _reorder_classifier(classifier: Classifier, *, labels: tuple[str, ...], subject_name: str, task: str) -> Classifier:
    if classifier.labels == labels:
        return classifier
    return ReorderedClassifier(
        classifier, labels, require_label_order(labels, classifier.labels, subject_name=subject_name, task=task)
    )


def _training(training: Training, order: Sequence[int], reordered: Callable[[Classifier], Classifier]) -> Training:
    members, nonmembers = ([relabel(each, order) for each in side] for side in (training.members, training.nonmembers))
    shadows = training.shadows and _shadows(training.shadows, order, reordered)
    return Training(members, nonmembers, cache(lambda: reordered(training.reference())), shadows)


def _shadows(
    shadows: ShadowTraining, order: Sequence[int], reordered: Callable[[Classifier], Classifier]
) -> ShadowTraining:
    """Return the training of shadow models on examples with labels in the new order."""
    back = [order.index(index) for index in range(len(order))]

    def train(examples: Sequence[TextExample], seed: int) -> Classifier:
        return reordered(shadows.train([relabel(each, back) for each in examples], seed))

    return ShadowTraining([relabel(each, order) for each in shadows.others], train, shadows.is_cheap)


def _relabel_split(splits: Mapping[str, Sequence[Example]], name: str, order: Sequence[int]) -> list[Example]:
    return [relabel(example, order) for example in splits[name]]
