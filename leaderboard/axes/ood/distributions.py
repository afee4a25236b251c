"""Distributions: the protocol that measures a subject on splits of several distributions."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, Text, TextExample
from leaderboard.identity import digest
from leaderboard.stats.combination import correlated_sum, difference, mean_of
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled, resamples

E = TypeVar("E", bound=Example)

UNIT = "unit"
"""Key of an observation: what the changed forms of a text have in common, where a task has any."""


class ShiftParameters(Parameters):
    """Parameters of a shift: the split of the subject's own distribution; every other split is another one."""

    home: str = "home"


class Distributions(Protocol[ShiftParameters], Generic[E]):
    """Protocol that measures the same subject on every split, each of which is a distribution.

    Class attributes:
        score: metric of the out-of-distribution score.
        drop: metric of the drop from the in-distribution score.
    """

    axis: ClassVar[Axis] = Axis.OOD
    parameters_type: ClassVar[type[Parameters]] = ShiftParameters
    score: ClassVar[Metric]
    drop: ClassVar[Metric]

    @abstractmethod
    def ask(self, subject: Subject, examples: Sequence[E]) -> Iterator[Observation]:
        """Yield the observations of one distribution, as the protocol of the accuracy axis does."""

    @abstractmethod
    def rate(self, observations: Sequence[Observation]) -> Estimate:
        """Estimate the score on one distribution."""

    @abstractmethod
    def resample(self, observations: Sequence[Observation]) -> Resampled:
        """Return the score on one distribution as a function of how often each example counts."""

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the observations of every distribution, with its name, and its unit where texts recur changed."""
        del seed  # nothing is random
        recur = any(_original(example) is not None for examples in splits.values() for example in examples)
        for name, examples in splits.items():
            units = {example.id: {UNIT: _unit(example)} for example in examples} if recur else {}
            for observation in self.ask(subject, examples):
                notes = {"distribution": name, **units.get(observation.example_id, {})}
                yield Observation(f"{name}:{observation.example_id}", {**observation.data, **notes})

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate the mean over distributions, with each as a part, and the drop from the own distribution.

        The mean counts each distribution the same (Yuan et al. 2023): (1/|D|) Σ_d score_d. Distributions are
        independent, unless they are changed forms of the same texts: then resamples of these show how scores correlate.
        """
        by_name = _by_distribution(observations)
        scores = {name: attempt(self.score, partial(self.rate, subset)).estimate for name, subset in by_name.items()}
        home = scores.pop(self.parameters.home, Estimate.not_measured(f"no examples of '{self.parameters.home}'"))
        parts = list(scores.values())
        mean = mean_of(parts)
        drop = difference(home, mean)
        units = sorted(set(_units(observations)))
        if units and mean.value is not None:
            draws = self._draws([by_name[name] for name in scores], units)
            mean = correlated_sum(parts, [1 / len(parts)] * len(parts), draws, n=len(units))
        if units and drop.value is not None:
            draws = self._draws([by_name[name] for name in (self.parameters.home, *scores)], units)
            drop = correlated_sum([home, *parts], [1.0, *[-1 / len(parts)] * len(parts)], draws, n=len(units))
        return [
            Measurement(self.score, mean),
            *(Measurement(self.score, estimate, name) for name, estimate in scores.items()),
            Measurement(self.drop, drop),
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return scores and drop as functions of how often each example counts.

        The examples of all distributions are resampled as one sample. The number of examples of a distribution then
        varies, which does not affect its score: given the number, it is the score of examples drawn from it alone.
        Changed forms of the same text are resampled together.
        """
        by_name = _by_distribution(observations)
        scores = {
            name: replace(self.resample(subset), clusters=tuple(_units(subset))) for name, subset in by_name.items()
        }
        home = scores.pop(self.parameters.home, None)
        if not scores:
            return {}
        rates = {(self.score.name, name): score for name, score in scores.items()}
        weights = dict.fromkeys(scores, 1 / len(scores))
        numbers = {(self.score.name, ""): _weighted_sum(scores, weights), **rates}
        if home is not None:
            drop_weights = {self.parameters.home: 1.0} | {name: -weight for name, weight in weights.items()}
            numbers[self.drop.name, ""] = _weighted_sum({self.parameters.home: home, **scores}, drop_weights)
        return numbers

    def _draws(self, distributions: Sequence[Sequence[Observation]], units: Sequence[str]) -> FloatArray:
        """Return the scores of distributions on the same resamples of units, shape (resamples, distributions)."""
        place = {unit: at for at, unit in enumerate(units)}
        scores = [(self.resample(each), [place[unit] for unit in _units(each)]) for each in distributions]
        batches = resamples(len(units))
        return np.concatenate(
            [np.stack([score.value(times[:, at]) for score, at in scores], axis=1) for times in batches]
        )


def _original(example: Example) -> Text | None:
    return example.original if isinstance(example, TextExample) else None


def _unit(example: Example) -> str:
    """Return a key that all changed forms of a text, and the text itself, have in common."""
    if not isinstance(example, TextExample):
        return example.id
    return digest(example.content if example.original is None else example.original)[:16]


def _units(observations: Sequence[Observation]) -> list[str]:
    """Return the unit of each observation, in the order of ids; none where no texts recur."""
    ordered = sorted(observations, key=lambda observation: observation.example_id)
    return [observation.data[UNIT] for observation in ordered if UNIT in observation.data]


def _by_distribution(observations: Sequence[Observation]) -> dict[str, list[Observation]]:
    by_name: dict[str, list[Observation]] = {}
    for observation in sorted(observations, key=lambda observation: observation.example_id):
        by_name.setdefault(observation.data["distribution"], []).append(observation)
    return dict(sorted(by_name.items()))


def _weighted_sum(scores: Mapping[str, Resampled], weights: Mapping[str, float]) -> Resampled:
    """Return the weighted sum of the scores of several distributions, over the examples of all of them."""
    ends = np.cumsum([len(score.ids) for score in scores.values()])

    def value(times: FloatArray) -> FloatArray:
        columns = zip(scores.items(), np.split(times, ends[:-1], axis=1), strict=True)
        total: FloatArray = np.sum([weights[name] * score.value(part) for (name, score), part in columns], axis=0)
        return total

    ids = tuple(example for score in scores.values() for example in score.ids)
    return Resampled(ids, value, clusters=tuple(unit for score in scores.values() for unit in score.clusters))
