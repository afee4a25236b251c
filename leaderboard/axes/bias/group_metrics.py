"""Metrics of group fairness: differences of a classifier's rates between groups of people."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from leaderboard.arrays import BoolArray, FloatArray
from leaderboard.axes.bias.metrics import TextArray
from leaderboard.stats.bounded import wilson
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import CONFIDENCE

MINIMUM = 100
"""Positive and negative examples that every group needs: a rate of 100 is known to within .1."""
METHOD = "differences of Wilson ends, 95 % for the largest"
_CELLS = 4
_Rate = tuple[FloatArray, FloatArray]
"""Successes and trials of each group, shape (…, groups)."""


@dataclass(frozen=True, slots=True)
class GroupedAnswers:
    """True and predicted answers with groups. Shapes (n,).

    Attributes:
        true: whether the class is the positive one.
        predicted: whether the prediction is.
        groups: the group of each example.
        minimum: positive and negative examples that every group needs.
    """

    true: BoolArray
    predicted: BoolArray
    groups: TextArray
    minimum: int = MINIMUM

    @property
    def rows(self) -> FloatArray:
        """One-hot cells of group, class and prediction, shape (n, groups · 4); sums are counts."""
        _, owner = np.unique(self.groups, return_inverse=True)
        cell = owner * _CELLS + 2 * self.true.astype(np.intp) + self.predicted
        return np.asarray(np.eye(_CELLS * (int(owner.max()) + 1))[cell])

    @property
    def counts(self) -> FloatArray:
        """Counts by group, class and prediction, shape (groups · 4,)."""
        return np.asarray(self.rows.sum(axis=0))

    @property
    def problem(self) -> str:
        """Reason why rates of groups cannot be compared; empty where they can."""
        names = np.unique(self.groups)
        if len(names) < 2:  # noqa: PLR2004 - a difference is between two
            return f"needs examples of two groups, has {f'only {str(names[0])!r}' if len(names) else 'none'}"
        few = [(str(name), *self._sizes(str(name))) for name in names]
        few = [each for each in few if min(each[1:]) < self.minimum]
        if not few:
            return ""
        name, positive, negative = few[0]
        more = f", and {len(few) - 1} more groups have too few" if len(few) > 1 else ""
        return (
            f"needs {self.minimum} positive and {self.minimum} negative examples of each group; '{name}' has "
            f"{positive} and {negative}{more}"
        )

    def _sizes(self, name: str) -> tuple[int, int]:
        members = self.true[self.groups == name]
        return int(members.sum()), int((~members).sum())


def demographic_parity(answers: GroupedAnswers) -> Estimate:
    """Largest difference between groups of the share of positive predictions (demographic parity difference).

    max_g P(ŷ=1 | g) - min_g P(ŷ=1 | g), as fairlearn's `demographic_parity_difference`. 0 is parity, which a constant
    or random classifier has, too. Interval as in `equalized_odds`.
    """
    return _largest_difference(answers, ("selected",))


def equal_opportunity(answers: GroupedAnswers) -> Estimate:
    """Largest difference between groups of the true positive rate (Hardt et al. 2016); interval as for odds."""
    return _largest_difference(answers, ("true positive",))


def equalized_odds(answers: GroupedAnswers) -> Estimate:
    """Largest difference between groups of the true or the false positive rate (Hardt et al. 2016).

    max over both rates of max_g - min_g, as fairlearn's `equalized_odds_difference`. *Not measured* where a group has
    fewer than `minimum` positive or negative examples.

    Interval: each difference of two groups has that of Newcombe 1998 (method 10, from Wilson's). The largest of the
    high ends is the high end; the largest of the low ends, each at a confidence of 1 - .05 / (number of differences),
    but at least 0, is the low end. Resamples would be biased: the largest of several differences is larger in them.
    """
    return _largest_difference(answers, ("true positive", "false positive"))


def score(answers: GroupedAnswers) -> Estimate:
    """Balanced accuracy times 1 - equalized odds difference: 1 is ideal, 1/2 a random or constant classifier.

    Balanced accuracy is (TPR + TNR) / 2 over all groups. Interval: products of the ends of both factors, which is
    wider than necessary.
    """
    odds = equalized_odds(answers)
    if odds.value is None or odds.low is None or odds.high is None:
        return odds
    totals = answers.counts.reshape(-1, _CELLS).sum(axis=0)
    negatives, positives = totals[:2].sum(), totals[2:].sum()
    shares = ((totals[0], negatives), (totals[3], positives))
    value, ends = float(score_of(answers.counts[None])[0]), [wilson(float(k / n), float(n)) for k, n in shares]
    low, high = (sum(end[side] for end in ends) / 2 for side in (0, 1))
    interval = low * (1 - odds.high), high * (1 - odds.low)
    return Estimate.measured(value, interval, n=odds.n, method="products of ends, at least 95 %")


def demographic_parity_of(sums: FloatArray) -> FloatArray:
    """Return the demographic parity difference of counts, shape (m, groups · 4) to (m,)."""
    return _spread(_rates(sums)["selected"])


def equal_opportunity_of(sums: FloatArray) -> FloatArray:
    """Return the difference of true positive rates of counts, shape (m, groups · 4) to (m,)."""
    return _spread(_rates(sums)["true positive"])


def equalized_odds_of(sums: FloatArray) -> FloatArray:
    """Return the equalized odds difference of counts, shape (m, groups · 4) to (m,)."""
    rates = _rates(sums)
    return np.asarray(np.maximum(_spread(rates["true positive"]), _spread(rates["false positive"])))


def score_of(sums: FloatArray) -> FloatArray:
    """Return the score of counts, shape (m, groups · 4) to (m,)."""
    totals = sums.reshape(len(sums), -1, _CELLS).sum(axis=1)
    balanced = totals[:, 0] / totals[:, :2].sum(axis=1) + totals[:, 3] / totals[:, 2:].sum(axis=1)
    return np.asarray(balanced / 2 * (1 - equalized_odds_of(sums)))


FORMULAS: Mapping[Callable[[GroupedAnswers], Estimate], Callable[[FloatArray], FloatArray]] = {
    score: score_of,
    equalized_odds: equalized_odds_of,
    equal_opportunity: equal_opportunity_of,
    demographic_parity: demographic_parity_of,
}
"""Each metric as a function of sums of `GroupedAnswers.rows`."""


def _rates(sums: FloatArray) -> dict[str, _Rate]:
    """Return successes and trials of each rate by its name, shape (…, groups) each."""
    counts = sums.reshape(*sums.shape[:-1], -1, _CELLS)
    true_negative, false_positive, false_negative, true_positive = np.moveaxis(counts, -1, 0)
    return {
        "selected": (false_positive + true_positive, counts.sum(axis=-1)),
        "true positive": (true_positive, false_negative + true_positive),
        "false positive": (false_positive, true_negative + false_positive),
    }


def _spread(rate: _Rate) -> FloatArray:
    shares = rate[0] / rate[1]
    return np.asarray(shares.max(axis=-1) - shares.min(axis=-1))


def _largest_difference(answers: GroupedAnswers, names: tuple[str, ...]) -> Estimate:
    if answers.problem:
        return Estimate.not_measured(answers.problem, n=len(answers.true))
    rates = _rates(answers.counts)
    pairs = [pair for name in names for pair in _pairs(rates[name])]
    value = max(float(_spread(rates[name])) for name in names)
    strict = 1 - (1 - CONFIDENCE) / len(pairs)
    low = max(_newcombe(pair, strict)[0] for pair in pairs)
    high = max(_newcombe(pair, CONFIDENCE)[1] for pair in pairs)
    return Estimate.measured(value, (max(0.0, low), high), n=len(answers.true), method=METHOD)


def _pairs(rate: _Rate) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Yield the shares and trials of every two groups, in both orders."""
    shares, trials = (rate[0] / rate[1]).tolist(), rate[1].tolist()
    yield from permutations(zip(shares, trials, strict=True), 2)


def _newcombe(pair: tuple[tuple[float, float], tuple[float, float]], confidence: float) -> tuple[float, float]:
    """Return the interval of the difference of two independent shares (Newcombe 1998, method 10)."""
    (first, n), (second, m) = pair
    low, high = wilson(first, n, confidence=confidence)
    other_low, other_high = wilson(second, m, confidence=confidence)
    difference = first - second
    return (
        difference - math.hypot(first - low, other_high - second),
        difference + math.hypot(high - first, second - other_low),
    )
