"""Shift: does the subject still classify rightly when the texts come from elsewhere?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from leaderboard.axes.accuracy.classification import arrays, classify
from leaderboard.axes.accuracy.metrics import accuracy
from leaderboard.axes.catalogue import OOD_ACCURACY, OOD_DROP
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol
from leaderboard.data.examples import Example, TextExample
from leaderboard.engine.engine import Engine
from leaderboard.models.subject import Capability, Subject
from leaderboard.stats.combination import difference, mean_of
from leaderboard.stats.estimate import Estimate


class ShiftParameters(Parameters):
    """Which split is the subject's own distribution; every other split is another."""

    home: str = "home"


class Shift(Protocol[ShiftParameters]):
    """The same prepared subject classifies every split, each of which is a distribution of its own."""

    axis: ClassVar[Axis] = Axis.OOD
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = TextExample
    parameters_type: ClassVar[type[Parameters]] = ShiftParameters
    metrics: ClassVar[tuple[Metric, ...]] = (OOD_ACCURACY, OOD_DROP)

    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: Engine, *, seed: int
    ) -> Iterator[Observation]:
        """See `Protocol.observe`."""
        del engine, seed  # the classifier brings its own engine; nothing is random
        for name, examples in splits.items():
            for seen in classify(subject.classify(), examples, distribution=name):
                yield Observation(f"{name}:{seen.example_id}", seen.data)

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """See `Protocol.estimate`: the mean over distributions, each distribution as a part, and the drop from home.

        The mean counts each distribution the same (Yuan et al. 2023): (1/|D|) Σ_d accuracy_d.
        """
        by_name: dict[str, list[Observation]] = {}
        for observation in sorted(observations, key=lambda seen: seen.example_id):
            by_name.setdefault(observation.data["distribution"], []).append(observation)
        accuracies = {name: self._accuracy(seen) for name, seen in sorted(by_name.items())}
        home = accuracies.pop(self.parameters.home, Estimate.not_measured(f"no examples of '{self.parameters.home}'"))
        elsewhere = mean_of(list(accuracies.values()))
        return [
            Measurement(OOD_ACCURACY, elsewhere),
            *(Measurement(OOD_ACCURACY, estimate, name) for name, estimate in accuracies.items()),
            Measurement(OOD_DROP, difference(home, elsewhere)),
        ]

    @staticmethod
    def _accuracy(observations: Sequence[Observation]) -> Estimate:
        probabilities, truth = arrays(observations)
        return accuracy(probabilities.argmax(axis=1), truth)
