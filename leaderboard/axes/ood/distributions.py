"""Distributions: the same question about splits that come from elsewhere, and what is lost on the way."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import numpy as np

from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.data.examples import Example
from leaderboard.models.subject import Subject
from leaderboard.stats.combination import difference, mean_of
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import FloatArray, Resampled

if TYPE_CHECKING:
    from leaderboard.engine.engine import Engine

E = TypeVar("E", bound=Example)


class ShiftParameters(Parameters):
    """Which split is the subject's own distribution; every other split is another."""

    home: str = "home"


class Distributions(Protocol[ShiftParameters], Generic[E]):
    """The same prepared subject is asked about every split, each of which is a distribution of its own.

    Class attributes:
        score: how well it does elsewhere.
        drop: how much worse that is than at home.
    """

    axis: ClassVar[Axis] = Axis.OOD
    parameters_type: ClassVar[type[Parameters]] = ShiftParameters
    score: ClassVar[Metric]
    drop: ClassVar[Metric]

    @abstractmethod
    def ask(self, subject: Subject, examples: Sequence[E]) -> Iterator[Observation]:
        """What is seen of one distribution, as the protocol of the accuracy axis sees it."""

    @abstractmethod
    def rate(self, observations: Sequence[Observation]) -> Estimate:
        """The score on one distribution."""

    @abstractmethod
    def resample(self, observations: Sequence[Observation]) -> Resampled:
        """The score on one distribution, as a function of how often each example counts."""

    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: "Engine", *, seed: int
    ) -> Iterator[Observation]:
        """See `Protocol.observe`."""
        del engine, seed  # the subject brings its own engine; nothing is random
        for name, examples in splits.items():
            for seen in self.ask(subject, examples):
                yield Observation(f"{name}:{seen.example_id}", {**seen.data, "distribution": name})

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """See `Protocol.estimate`: the mean over distributions, each distribution as a part, and the drop from home.

        The mean counts each distribution the same (Yuan et al. 2023): (1/|D|) Σ_d score_d.
        """
        scores = {
            name: attempt(self.score, partial(self.rate, seen)).estimate
            for name, seen in _by_distribution(observations).items()
        }
        home = scores.pop(self.parameters.home, Estimate.not_measured(f"no examples of '{self.parameters.home}'"))
        elsewhere = mean_of(list(scores.values()))
        return [
            Measurement(self.score, elsewhere),
            *(Measurement(self.score, estimate, name) for name, estimate in scores.items()),
            Measurement(self.drop, difference(home, elsewhere)),
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """See `Protocol.resampled`.

        The examples of all distributions are resampled as one sample. How many a distribution has then varies, which
        its own rate does not notice: given their number it is the rate of examples drawn from it alone.
        """
        scores = {name: self.resample(seen) for name, seen in _by_distribution(observations).items()}
        home = scores.pop(self.parameters.home, None)
        if not scores:
            return {}
        rates = {(self.score.name, name): score for name, score in scores.items()}
        away = dict.fromkeys(scores, 1 / len(scores))
        found = {(self.score.name, ""): _together(scores, away), **rates}
        if home is not None:
            minus = {self.parameters.home: 1.0} | {name: -weight for name, weight in away.items()}
            found[self.drop.name, ""] = _together({self.parameters.home: home, **scores}, minus)
        return found


def _by_distribution(observations: Sequence[Observation]) -> dict[str, list[Observation]]:
    by_name: dict[str, list[Observation]] = {}
    for observation in sorted(observations, key=lambda seen: seen.example_id):
        by_name.setdefault(observation.data["distribution"], []).append(observation)
    return dict(sorted(by_name.items()))


def _together(scores: Mapping[str, Resampled], weights: Mapping[str, float]) -> Resampled:
    """The weighted sum of the scores of several distributions, of the examples of all of them."""
    ends = np.cumsum([len(score.ids) for score in scores.values()])

    def value(times: FloatArray) -> FloatArray:
        columns = zip(scores.items(), np.split(times, ends[:-1], axis=1), strict=True)
        total: FloatArray = np.sum([weights[name] * score.value(part) for (name, score), part in columns], axis=0)
        return total

    return Resampled(tuple(example for score in scores.values() for example in score.ids), value)
