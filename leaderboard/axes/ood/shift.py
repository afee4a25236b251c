"""Shift: does the subject still classify rightly when the texts come from elsewhere?"""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from leaderboard.axes.accuracy.classification import arrays, classify, worse_than_chance
from leaderboard.axes.accuracy.metrics import accuracy
from leaderboard.axes.catalogue import OOD_ACCURACY, OOD_DROP
from leaderboard.axes.metric import Metric
from leaderboard.axes.ood.distributions import Distributions
from leaderboard.axes.protocol import Answer, Observation
from leaderboard.data.examples import Example, TextExample
from leaderboard.models.subject import Capability, Subject
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled


class Shift(Distributions[TextExample]):
    """The same prepared subject classifies every split."""

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = TextExample
    metrics: ClassVar[tuple[Metric, ...]] = (OOD_ACCURACY, OOD_DROP)
    score: ClassVar[Metric] = OOD_ACCURACY
    drop: ClassVar[Metric] = OOD_DROP

    def ask(self, subject: Subject, examples: Sequence[TextExample]) -> Iterator[Observation]:
        """See `Distributions.ask`."""
        return classify(subject.classify(), examples)

    def rate(self, observations: Sequence[Observation]) -> Estimate:
        """Accuracy."""
        probabilities, truth = arrays(observations)
        return accuracy(probabilities.argmax(axis=1), truth)

    def resample(self, observations: Sequence[Observation]) -> Resampled:
        """See `Distributions.resample`."""
        probabilities, truth = arrays(observations)
        ids = sorted(seen.example_id for seen in observations)
        return Resampled.mean(ids, probabilities.argmax(axis=1) == truth)

    def answer(self, seen: Observation) -> Answer | None:
        """See `Protocol.answer`; what was seen before observations had the names of classes has none."""
        said = int(np.argmax(seen.data["log_probabilities"]))
        return Answer(str(seen.data.get("true", seen.data["label"])), str(seen.data.get("predicted", said)))

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """See `Protocol.notes`: of the distribution that the subject was made for; of all where that is not asked."""
        home = [seen for seen in observations if seen.data["distribution"] == self.parameters.home]
        return worse_than_chance(home or observations)
