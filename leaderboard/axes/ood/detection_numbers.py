"""Detection numbers: AUROC, false positive rate at 95 % and open-set score, by how often each text counts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np

from leaderboard.arrays import BoolArray, FloatArray, IntArray
from leaderboard.axes.metric import Metric
from leaderboard.axes.ood import DETECTION_AUROC, DETECTION_FPR95, OPEN_SET_SCORE
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import between
from leaderboard.stats.resampled import Resampled, resamples
from leaderboard.stats.roc import auc_function, fpr_function

Statistic = Callable[[FloatArray], FloatArray]
"""Function of how often each text counts, shape (m, n) to (m,); NaN where undefined."""
_TPR = 0.95


def open_set_function(scores: FloatArray, own: BoolArray, right: BoolArray) -> Statistic:
    """Return the area under the OSCR curve as a function of counts (Dhamija et al. 2018).

    The curve has the share of the own texts that are classified right and score above a threshold, over the share of
    other texts that score above it. Its area is the share of pairs of an own and another text in which the own one is
    classified right and scores higher, ties counted half: the accuracy times the AUROC of the right answers.

    Args:
        scores: larger is more likely the own distribution, shape (n,).
        own: texts of the own distribution, shape (n,).
        right: texts of the own distribution with the right class, shape (n,).
    """
    if not right.any():
        return lambda times: np.where(times[:, own].sum(axis=1) * times[:, ~own].sum(axis=1) > 0, 0.0, np.nan)
    kept = right | ~own
    area = auc_function(scores[kept], right[kept])

    def value(times: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore", divide="ignore"):
            accuracy = times[:, right].sum(axis=1) / times[:, own].sum(axis=1)
        above = area(times[:, kept])  # NaN where no right answer counts, too
        return np.where((accuracy == 0) & (times[:, ~own].sum(axis=1) > 0), 0.0, accuracy * above)

    return value


@dataclass(frozen=True, slots=True)
class DetectedTexts:
    """Scores of texts of several distributions, by one detector.

    Attributes:
        ids: ids of the observations, sorted, shape (n,).
        scores: larger is more likely the own distribution, shape (n,).
        own: texts of the own distribution, shape (n,).
        right: texts of the own distribution with the right class, shape (n,).
        others: texts of each other distribution, shape (n,).
    """

    ids: tuple[str, ...]
    scores: FloatArray
    own: BoolArray
    right: BoolArray
    others: Mapping[str, BoolArray]

    @classmethod
    def of(cls, rows: Sequence[tuple[str, float, Mapping[str, Any]]], *, home: str) -> Self:
        """Return the texts of observations.

        Args:
            rows: id, score and data of each observation.
            home: name of the own distribution.
        """
        ordered = sorted(rows, key=lambda row: row[0])
        names = np.array([data["distribution"] for _, _, data in ordered], dtype=object)
        return cls(
            ids=tuple(name for name, _, _ in ordered),
            scores=np.array([score for _, score, _ in ordered], dtype=np.float64),
            own=np.array(names == home, dtype=np.bool_),
            right=np.array(
                ["true" in data and data["true"] == data["predicted"] for _, _, data in ordered], dtype=np.bool_
            ),
            others={name: np.array(names == name, dtype=np.bool_) for name in sorted({*names} - {home})},
        )

    def numbers(self) -> dict[tuple[Metric, str], Resampled]:
        """Return each metric against each other distribution, and as the mean over these under the name "".

        All are functions of the counts of all texts, so that they can be resampled together; empty where there are no
        texts of the own distribution, or no others.
        """
        statistics = self._statistics()
        means = {(metric, ""): _mean_of([each[metric] for each in statistics.values()]) for metric in self._metrics}
        single = {(metric, name): each[metric] for name, each in statistics.items() for metric in each}
        functions = {**means, **(single if len(statistics) > 1 else {})} if statistics else {}
        return {key: Resampled(self.ids, function) for key, function in functions.items()}

    def estimates(self) -> dict[tuple[Metric, str], Estimate]:
        """Return `numbers` with the interval of the bootstrap, from one resampling of the texts of all distributions.

        The number of texts of a distribution then varies, which does not affect its numbers. n counts the texts that a
        number is computed from.
        """
        statistics = self._statistics()
        if not statistics:
            return {}
        once = np.ones((1, len(self.ids)))
        batches = [_values(statistics, times) for times in (once, *resamples(len(self.ids)))]
        estimates = {}
        for row, metric in enumerate(self._metrics):
            single = {name: np.concatenate([batch[name][row] for batch in batches]) for name in statistics}
            draws = {"": np.mean(list(single.values()), axis=0), **(single if len(single) > 1 else {})}
            for name, each in draws.items():
                n = int((self.own | self.others[name]).sum()) if name else len(self.ids)
                estimates[metric, name] = between(float(each[0]), each[1:], n)
        return estimates

    @property
    def _metrics(self) -> tuple[Metric, ...]:
        return OPEN_SET_SCORE, DETECTION_AUROC, DETECTION_FPR95

    def _statistics(self) -> dict[str, dict[Metric, Statistic]]:
        """Return the metrics against each other distribution, as functions of the counts of all texts."""
        if not self.own.any():
            return {}
        return {name: self._against(other) for name, other in self.others.items()}

    def _against(self, other: BoolArray) -> dict[Metric, Statistic]:
        kept = np.flatnonzero(self.own | other)
        scores, own = self.scores[kept], self.own[kept]
        functions = (
            open_set_function(scores, own, self.right[kept]),
            auc_function(scores, own),
            fpr_function(scores, own, _TPR),
        )
        return {
            metric: partial(_of_some, function, kept) for metric, function in zip(self._metrics, functions, strict=True)
        }


def _of_some(statistic: Statistic, kept: IntArray, times: FloatArray) -> FloatArray:
    return statistic(times[:, kept])


def _values(statistics: Mapping[str, Mapping[Metric, Statistic]], times: FloatArray) -> dict[str, list[FloatArray]]:
    return {name: [function(times) for function in each.values()] for name, each in statistics.items()}


def _mean_of(statistics: Sequence[Statistic]) -> Statistic:
    def value(times: FloatArray) -> FloatArray:
        mean: FloatArray = np.mean([statistic(times) for statistic in statistics], axis=0)
        return mean

    return value
