"""TextExplainer: explains texts of one subject in step."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.attributions.classified_text import ClassifiedText, words_read
from leaderboard.attributions.in_step import run_in_step
from leaderboard.attributions.registry import attribution_method
from leaderboard.attributions.text_units import TextUnits
from leaderboard.axes.explainability.faithfulness_parameters import LONG, MINIMUM_WORDS, FaithfulnessParameters
from leaderboard.axes.explainability.text_explanation import TextExplanation
from leaderboard.axes.explainability.word_units import WordUnit
from leaderboard.axes.protocol import Observation
from leaderboard.backends.classifiers import joined_words
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.subject import Subject
from leaderboard.backends.word_deletion import WordDeletion
from leaderboard.errors import NotMeasurableError

DeletableUnits = Mapping[WordDeletion, TextUnits]


class TextExplainer:
    """Explains texts of one subject, with the methods that it supports."""

    def __init__(self, subject: Subject, parameters: FaithfulnessParameters, *, seed: int) -> None:
        """Choose the way to delete words.

        Raises:
            NotMeasurableError: where the parameters name a token that the model does not have.
        """
        self._classifier = subject.attributor()
        self._parameters = parameters
        self._seed = seed
        self._fillers = common_fillers(subject)
        default = WordDeletion.MASK if WordDeletion.MASK in self._fillers else WordDeletion.REMOVAL
        self._deletion = parameters.deletion or default
        if self._deletion not in {WordDeletion.REMOVAL, *self._fillers}:
            raise NotMeasurableError(f"{subject.name} has no token for `deletion: {self._deletion}`; use removal")
        self._methods = {name: attribution_method(name) for name in parameters.methods}
        self._refusals: dict[str, str] = {}

    def explain(self, texts: Sequence[tuple[str, Sequence[str]]], rng: np.random.Generator) -> list[Observation]:
        """Explain the predicted class of texts; one of which the model reads less than two words is left out.

        Args:
            texts: ids of the texts, each with its words.
            rng: draws random attributions and orders.
        """
        read = [(name, words_read(self._classifier, words), len(words)) for name, words in texts]
        read = [each for each in read if len(each[1]) >= MINIMUM_WORDS]
        if not read:
            return []
        answers = self._classifier.log_probabilities([joined_words(words) for _, words, _ in read])
        require_finite(np.exp(answers), "the subject")
        units = [self._units(words, answer) for (_, words, _), answer in zip(read, answers, strict=True)]
        works = [self._explanation(each).explain(own) for each, own in zip(units, rng.spawn(len(units)), strict=True)]
        return [
            Observation(name, result | self._facts(each[self._deletion], answer, total))
            for (name, _, total), each, answer, result in zip(read, units, answers, run_in_step(works), strict=True)
        ]

    def _units(self, words: Sequence[str], answer: FloatArray) -> DeletableUnits:
        """Return the units of a text by each way to delete them."""
        budget = self._parameters.max_words
        if len(words) > LONG:
            budget = max(MINIMUM_WORDS, min(budget, self._parameters.exact_words))
        texts = {
            deletion: ClassifiedText(
                self._classifier, words, filler=self._fillers.get(deletion), log_probabilities=answer
            )
            for deletion in WordDeletion
            if deletion is self._deletion
            or (self._parameters.compare_deletions and (deletion is WordDeletion.REMOVAL or deletion in self._fillers))
        }
        return {deletion: TextUnits(text, budget=budget) for deletion, text in texts.items()}

    def _explanation(self, units: DeletableUnits) -> TextExplanation:
        return TextExplanation(
            methods=self._methods,
            refusals=self._refusals,
            deletion=self._deletion,
            units=units,
            exact_words=self._parameters.exact_words,
            beam=self._parameters.beam,
            seed=self._seed,
        )

    def _facts(self, units: TextUnits, answer: FloatArray, total: int) -> dict[str, Any]:
        """Return what an observation says of the text; what is as usual is left out.

        Args:
            units: units of the text.
            answer: log-probabilities of its classes.
            total: number of its words, with those that the model does not read.
        """
        label, n_words = int(answer.argmax()), units.spans[-1].stop
        facts: dict[str, Any] = {"predicted": label, "predicted_label": self._classifier.labels[label]}
        if n_words > len(units):
            facts["spans"] = [[span.start, span.stop] for span in units.spans]
        if total > n_words:
            facts["unread_words"] = total - n_words
        if self._refusals:
            facts["refusals"] = dict(self._refusals)
        if self._parameters.units is not WordUnit.WORDS:
            facts["units"] = self._parameters.units.value
        return facts


def common_fillers(subject: Subject) -> Mapping[WordDeletion, str]:
    """Return the fillers that all models of a subject read alike."""
    first, *others = [model.fillers for model in subject.models]
    return {deletion: text for deletion, text in first.items() if all(each.get(deletion) == text for each in others)}
