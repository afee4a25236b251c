"""Choice plausibility: the protocol that compares attributions of an answer with the words that people marked."""

from collections.abc import Sequence
from typing import Any, ClassVar

import scipy

from leaderboard.arrays import FloatArray
from leaderboard.axes.explainability.plausibility import MarkedText, MethodNames, Plausibility, PlausibilityParameters
from leaderboard.axes.explainability.rationale_words import marked_words
from leaderboard.axes.explainability.word_units import split_words
from leaderboard.axes.protocol import Parameters
from leaderboard.axes.question_wording import MultipleChoiceParameters
from leaderboard.backends.capability import Capability
from leaderboard.backends.classifiers import Classifier
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, RationaleChoiceExample, Text
from leaderboard.data.template import render
from leaderboard.errors import NotMeasurableError


class ChoicePlausibilityParameters(PlausibilityParameters, MultipleChoiceParameters):
    """Parameters of choice plausibility: those of plausibility, and the wording of the questions.

    Attributes:
        methods: attribution methods that need only answers, such as occlusion.
    """

    methods: MethodNames = ("occlusion",)


class ChoicePlausibility(Plausibility):
    """Protocol that compares attributions of the right answer to a question with human rationales (CoS-E).

    Explained are the log-odds of the right choice among the choices of its question, as a function of the words of the
    question; the wording around them and the choices stay. Subjects that choose by log-likelihoods have the softmax of
    those as probabilities, others that of the scores of their head. Gradients and attention are not measured.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CHOOSE})
    example: ClassVar[type[Example] | None] = RationaleChoiceExample
    parameters_type: ClassVar[type[Parameters]] = ChoicePlausibilityParameters

    def marked_text(self, example: Any) -> MarkedText:
        """Return the words of a question, and which of them are marked."""
        words = split_words(example.question, self.parameters.units)
        marked = marked_words(example.question, words, example.rationale)
        return MarkedText(words, marked, example.answer, example.cluster)

    def classifier_of(self, subject: Subject, example: Any) -> Classifier:
        """Return what classifies the question of an example by its choices."""
        return ChoiceClassifier(subject, self.parameters, example.choices)


class ChoiceClassifier:
    """Classifier of questions whose classes are the choices of one question."""

    def __init__(self, subject: Subject, parameters: Any, choices: Sequence[str]) -> None:
        """Offer the same choices after any question.

        Args:
            subject: subject that chooses.
            parameters: wording of the question, of `MultipleChoiceParameters`.
            choices: the choices.
        """
        self._subject = subject
        self._wording: MultipleChoiceParameters = parameters
        self._choices = tuple(choices)

    @property
    def labels(self) -> tuple[str, ...]:
        """The choices."""
        return self._choices

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """Return the log-probabilities of the choices after each question, shape (texts, choices).

        Raises:
            NotMeasurableError: for an answer that names none of the choices.
        """
        if self._subject.chooses_by_likelihood:
            answers = [self._wording.separator + choice for choice in self._choices]
            scores = self._subject.likelihood().choices([(self._context(text), answers) for text in texts])
        else:
            scores = self._subject.chooser().scores([(str(text), self._choices) for text in texts])
        if any(len(each) != len(self._choices) for each in scores):
            raise NotMeasurableError("an answer names none of the choices, so that it has no probability")
        log_probabilities: FloatArray = scipy.special.log_softmax(scores, axis=1)
        return log_probabilities

    def answer(self, text: Text) -> FloatArray:
        """Return the log-probabilities for one question, shape (choices,)."""
        row: FloatArray = self.log_probabilities([text])[0]
        return row

    def token_count(self, text: Text) -> int:
        """Return the number of tokens of a question with all of its choices."""
        if not self._subject.chooses_by_likelihood:
            return self._subject.chooser().token_count(str(text), self._choices)
        answers = [self._wording.separator + choice for choice in self._choices]
        return sum(self._subject.likelihood().token_counts([(self._context(text), answer) for answer in answers]))

    def _context(self, text: Text) -> str:
        return self._subject.opening(str(text), self._choices) + render(self._wording.template, {"question": str(text)})
