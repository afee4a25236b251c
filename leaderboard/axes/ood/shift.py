"""Shift: the protocol that classifies texts of several distributions."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from leaderboard.axes.accuracy.classification import chance_notes, classify, prediction_arrays
from leaderboard.axes.accuracy.metrics import accuracy
from leaderboard.axes.metric import Metric
from leaderboard.axes.ood import OOD_ACCURACY, OOD_DROP
from leaderboard.axes.ood.distributions import Distributions
from leaderboard.axes.protocol import Answer, Observation
from leaderboard.axes.ties import tie_notes
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled


class Shift(Distributions[TextExample]):
    """Protocol in which the same subject classifies every split."""

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = TextExample
    metrics: ClassVar[tuple[Metric, ...]] = (OOD_ACCURACY, OOD_DROP)
    score: ClassVar[Metric] = OOD_ACCURACY
    drop: ClassVar[Metric] = OOD_DROP

    def ask(self, subject: Subject, examples: Sequence[TextExample]) -> Iterator[Observation]:
        """Yield the predictions for one distribution."""
        return classify(subject.classifier(), examples)

    def rate(self, observations: Sequence[Observation]) -> Estimate:
        """Estimate the accuracy on one distribution."""
        probabilities, truth = prediction_arrays(observations)
        return accuracy(probabilities.argmax(axis=1), truth)

    def resample(self, observations: Sequence[Observation]) -> Resampled:
        """Return the accuracy on one distribution as a function of how often each example counts."""
        probabilities, truth = prediction_arrays(observations)
        ids = sorted(observation.example_id for observation in observations)
        return Resampled.mean(ids, probabilities.argmax(axis=1) == truth)

    def answer(self, observation: Observation) -> Answer | None:
        """Return the true and the predicted class of an example; indices where earlier versions recorded no names."""
        predicted = int(np.argmax(observation.data["log_probabilities"]))
        return Answer(
            str(observation.data.get("true", observation.data["label"])),
            str(observation.data.get("predicted", predicted)),
        )

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return a note where predictions on the own distribution, or on all without one, are worse than chance."""
        home = [observation for observation in observations if observation.data["distribution"] == self.parameters.home]
        ties = tie_notes((each.data["log_probabilities"] for each in observations), "classes")
        return (*ties, *chance_notes(home or observations))
