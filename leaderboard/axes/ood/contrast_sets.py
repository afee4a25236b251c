"""Contrast sets: the protocol that classifies texts together with small edits of them that change the class."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.accuracy.classification import chance_notes, classify
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.ood import CONTRAST_ACCURACY, CONTRAST_CONSISTENCY
from leaderboard.axes.protocol import Answer, Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.axes.ties import tie_notes
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ContrastExample, Example
from leaderboard.stats.intervals import bootstrap_of_rows, proportion
from leaderboard.stats.resampled import Resampled

SET = "set"
"""Key of an observation: the contrast set of the text."""


class ContrastSets(Protocol[Parameters]):
    """Protocol in which the subject classifies every text of split `test`, whose groups are contrast sets.

    A set of which a single text is there, as where a limit cuts the last one, does not count.
    """

    axis: ClassVar[Axis] = Axis.OOD
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = ContrastExample
    metrics: ClassVar[tuple[Metric, ...]] = (CONTRAST_CONSISTENCY, CONTRAST_ACCURACY)

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the class, the prediction and the set of each text."""
        del seed  # nothing is random
        examples = splits["test"]
        sets = {example.id: example.group for example in examples}
        for observation in classify(subject.classifier(), examples):
            yield Observation(observation.example_id, {**observation.data, SET: sets[observation.example_id]})

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate consistency, the share of sets that are right in every text, and accuracy over all of their texts.

        The set is the unit of both: consistency has Wilson's interval over sets, accuracy the bootstrap over sets.
        """
        sets = _right_answers(observations)
        consistent = [all(answers.values()) for answers in sets.values()]
        rows = np.array([[sum(each.values()), len(each)] for each in sets.values()], dtype=np.float64).reshape(-1, 2)
        return [
            attempt(CONTRAST_CONSISTENCY, lambda: proportion(sum(consistent), len(consistent))),
            attempt(CONTRAST_ACCURACY, lambda: bootstrap_of_rows(_ratio, rows)),
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return consistency by the first text of each set, and accuracy by all texts, whose clusters are sets."""
        sets = _right_answers(observations)
        if not sets:
            return {}
        texts = {text: (name, right) for name, answers in sets.items() for text, right in answers.items()}
        return {
            (CONTRAST_CONSISTENCY.name, ""): Resampled.mean(
                [min(answers) for answers in sets.values()], [all(answers.values()) for answers in sets.values()]
            ),
            (CONTRAST_ACCURACY.name, ""): Resampled.mean(
                list(texts), [right for _, right in texts.values()], [name for name, _ in texts.values()]
            ),
        }

    def answer(self, observation: Observation) -> Answer | None:
        """Return the true and the predicted class of a text."""
        return Answer(observation.data["true"], observation.data["predicted"])

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return notes on texts that are alone in their set, ties, and predictions worse than chance."""
        alone = len(observations) - sum(map(len, _right_answers(observations).values()))
        single = (f"{alone} of {len(observations)} texts are alone in their contrast set and do not count",)
        ties = tie_notes((each.data["log_probabilities"] for each in observations), "classes")
        return (*(single if alone else ()), *ties, *chance_notes(observations))


def _right_answers(observations: Sequence[Observation]) -> dict[str, dict[str, bool]]:
    """Return whether the answer to each text is right, by set and id; sets of one text are left out."""
    sets: dict[str, dict[str, bool]] = {}
    for each in sorted(observations, key=lambda observation: observation.example_id):
        right = int(np.argmax(each.data["log_probabilities"])) == each.data["label"]
        sets.setdefault(each.data[SET], {})[each.example_id] = right
    return {name: answers for name, answers in sorted(sets.items()) if len(answers) > 1}


def _ratio(sums: FloatArray) -> FloatArray:
    """Return right answers by texts, shape (m, 2) to (m,)."""
    ratio: FloatArray = sums[:, 0] / sums[:, 1]
    return ratio
