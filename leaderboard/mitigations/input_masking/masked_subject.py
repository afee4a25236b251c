"""Masked subject: classifier, chooser and model of a subject read texts with placeholders for personal data."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import (
    Chooser,
    Classifier,
    UnspacedWords,
    attributor_of,
    joined_words,
    logits_of,
    with_prompt,
)
from leaderboard.backends.passed_attribution import PassedAttribution, text_scores_of, words_read_by
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Text
from leaderboard.errors import NotMeasurableError
from leaderboard.mitigations.input_masking.masked_model import MaskedInputModel
from leaderboard.mitigations.input_masking.placeholders import mask_content, mask_text

if TYPE_CHECKING:
    from leaderboard.backends.local.engine.text_scores import TextScores


def masked_subject(subject: Subject) -> Subject:
    """Return a subject that reads placeholders instead of personal data, whatever capability is used.

    Raises:
        NotMeasurableError: for a tagger, whose words would be others.
    """
    if subject.tags_with is not None:
        raise NotMeasurableError(
            f"{subject.name} tags words, and recipe.mask_inputs would replace words that are to be tagged"
        )
    classifier, chooser, training = subject.classifies_with, subject.chooses_with, subject.training
    return replace(
        subject,
        model=MaskedInputModel(subject.model),
        classifies_with=None if classifier is None else MaskedInputClassifier(classifier),
        chooses_with=None if chooser is None else MaskedInputChooser(chooser),
        stages={name: MaskedInputClassifier(stage) for name, stage in subject.stages.items()},
        training=None if training is None else replace(training, reference=_masked(training.reference)),
        members=tuple(MaskedInputModel(member) for member in subject.members),
    )


def _masked(reference: Callable[[], Classifier]) -> Callable[[], Classifier]:
    return lambda: MaskedInputClassifier(reference())


class MaskedInputClassifier(PassedAttribution):
    """Classifier of texts with placeholders for personal data."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._classifier.labels

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """Return the log-probabilities of each class for the masked texts, shape (texts, classes)."""
        return self._classifier.log_probabilities([mask_content(text) for text in texts])

    def logits(self, texts: Sequence[Text]) -> FloatArray:
        """Return the scores of classes for the masked texts, shape (texts, classes)."""
        return logits_of(self._classifier, [mask_content(text) for text in texts])

    def with_prompt(self, template: str, choices: Sequence[str]) -> "MaskedInputClassifier":
        """Return the classifier of masked texts with another prompt."""
        return self.around(with_prompt(self._classifier, template, choices))

    def answer(self, text: Text) -> FloatArray:
        """Return the log-probabilities of one masked text, computed without the cache."""
        return self._classifier.answer(mask_content(text))

    def token_count(self, text: Text) -> int:
        """Return the number of tokens of the masked text."""
        return self._classifier.token_count(mask_content(text))

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """Return the gradient attribution of each word, masked words included.

        Raises:
            NotMeasurableError: where personal data of several words has one placeholder, or without gradients.
        """
        return attributor_of(self._classifier).word_gradients(_masked_words(words), label)

    def text_scores(self, words: Sequence[str]) -> "TextScores":
        """Return the log-probabilities as a function of the embeddings of the masked text.

        Raises:
            NotMeasurableError: where personal data of several words has one placeholder, or without gradients.
        """
        return text_scores_of(self._classifier, _masked_words(words))

    def around(self, classifier: Classifier) -> "MaskedInputClassifier":
        """Return another classifier of masked texts."""
        return MaskedInputClassifier(classifier)

    def words_read(self, words: Sequence[str]) -> range:
        """Return the words that the model reads; all where a placeholder replaces several."""
        try:
            return words_read_by(self._classifier, _masked_words(words))
        except NotMeasurableError:
            return range(len(words))


def _masked_words(words: Sequence[str]) -> Sequence[str]:
    """Return the words with placeholders, each in its place.

    Raises:
        NotMeasurableError: where personal data of several words has one placeholder.
    """
    masked = [mask_text(word) for word in words]
    kept = UnspacedWords(masked) if isinstance(words, UnspacedWords) else masked
    if joined_words(kept) != mask_text(joined_words(words)):
        raise NotMeasurableError("one placeholder replaces several words, which then have no attribution each")
    return kept


class MaskedInputChooser:
    """Chooser whose questions have placeholders for personal data; the choices stay."""

    def __init__(self, chooser: Chooser) -> None:
        self._chooser = chooser

    def scores(self, questions: Sequence[tuple[str, Sequence[str]]]) -> list[FloatArray]:
        """Return a score for each choice of each masked question."""
        return self._chooser.scores([(mask_text(question), choices) for question, choices in questions])

    def answer(self, question: str, choices: Sequence[str]) -> FloatArray:
        """Return the scores of one masked question, computed without the cache."""
        return self._chooser.answer(mask_text(question), choices)

    def token_count(self, question: str, choices: Sequence[str]) -> int:
        """Return the number of tokens of the masked question with all of its choices."""
        return self._chooser.token_count(mask_text(question), choices)
