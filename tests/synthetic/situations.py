"""Situations in which intervals are tried: accuracy, out of distribution, privacy, and what all axes share."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial

import numpy as np
import numpy.typing as npt
import scipy

from leaderboard.axes.accuracy import calibration, metrics
from leaderboard.axes.accuracy.spans import span_scores
from leaderboard.axes.privacy.metrics import attack_auc, generalisation_gap, leak_auc, tpr_at_fpr
from leaderboard.stats.bounded import bounded_mean
from leaderboard.stats.combination import difference, mean_of
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion
from tests.synthetic.bias_situations import bias_situations
from tests.synthetic.coverage import Situation
from tests.synthetic.dependent_situations import dependent_situations

FloatArray = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator], Estimate]
_MANY = 400_000
"""Examples of which a true mean is computed where there is no formula."""


@cache
def situations() -> tuple[Situation, ...]:
    """All of this page."""
    return (
        *(*_shares(), *_classes(), *_calibration(), *_brier(), *_means(), *_changes()),
        *(*_spans(), *_distributions(), *_attacks(), *_whole_attacks()),
        *dependent_situations(),
        *bias_situations(),
    )


def of_confusion(metric: str, label: str, chances: FloatArray, n: int) -> Situation:
    """Macro F1 or MCC of independent answers.

    Args:
        metric: "macro_f1" or "mcc".
        label: what is special about it.
        chances: of each true and predicted class, shape (classes, classes), summing to 1.
        n: answers in a sample.
    """
    classes = len(chances)
    counts = np.stack([chances.diagonal(), chances.sum(axis=0), chances.sum(axis=1)], axis=1)
    formula, estimate = {
        "macro_f1": (metrics.macro_f1_from_counts, metrics.macro_f1),
        "mcc": (metrics.mcc_from_counts, metrics.mcc),
    }[metric]

    def draw(rng: np.random.Generator) -> Estimate:
        true, predicted = np.divmod(rng.choice(classes**2, n, p=chances.ravel()), classes)
        return estimate(predicted, true, classes)

    return Situation(metric, label, n, float(formula(counts)), draw)


def answers(shares: Sequence[float], right: float) -> FloatArray:
    """Chances of true and predicted classes: each is predicted rightly alike often, and else as any other alike."""
    classes = len(shares)
    chances_by_true = np.full((classes, classes), (1 - right) / (classes - 1))
    np.fill_diagonal(chances_by_true, right)
    chances: FloatArray = np.array(shares)[:, None] * chances_by_true
    return chances


def of_values(metric: str, label: str, n: int, values: Callable[[np.random.Generator, int], FloatArray]) -> Situation:
    """The mean of values between 0 and 1."""
    truth = float(values(np.random.default_rng(99), _MANY).mean())
    return Situation(metric, label, n, truth, lambda rng: bounded_mean(values(rng, n), (0.0, 1.0)))


def _shares() -> Iterator[Situation]:
    for right, n in ((0.8, 50), (0.95, 200), (0.99, 1000)):
        yield Situation("accuracy", f"{right} right", n, right, _share_of(right, n))


def _share_of(right: float, n: int) -> Draw:
    return lambda rng: proportion(int(rng.binomial(n, right)), n)


def _classes() -> Iterator[Situation]:
    rare = np.array([[0.95 * 0.99, 0.95 * 0.01], [0.05 * 0.3, 0.05 * 0.7]])
    kinds = (
        ("2 classes, .99 right", answers([0.5, 0.5], 0.99), (50, 200)),
        ("2 classes, .80 right", answers([0.5, 0.5], 0.8), (50, 200)),
        ("rare class of .05", rare, (50, 100, 400)),
        ("rare class of .01, .99 right", answers([0.99, 0.01], 0.99), (1000,)),
        ("3 classes of .60, .35, .05", answers([0.6, 0.35, 0.05], 0.85), (50, 300)),
    )
    for label, chances, sizes in kinds:
        for n in sizes:
            yield of_confusion("macro_f1", label, chances, n)
            yield of_confusion("mcc", label, chances, n)
    yield of_confusion("macro_f1", "10 classes, .80 right", answers([0.1] * 10, 0.8), 200)
    yield of_confusion("macro_f1", "30 classes, .85 right", answers([1 / 30] * 30, 0.85), 300)


def of_calibration(
    label: str, n: int, draw: Callable[[np.random.Generator, int], tuple[FloatArray, FloatArray]]
) -> Situation:
    """The calibration error of two classes, from confidences and how often each is right."""

    def sample(rng: np.random.Generator, size: int) -> tuple[FloatArray, npt.NDArray[np.intp]]:
        confidence, right = draw(rng, size)
        return np.stack([1 - confidence, confidence], axis=1), (rng.random(size) < right).astype(np.intp)

    confidence, right = draw(np.random.default_rng(99), _MANY)
    bins = np.ceil(confidence * calibration.BINS)
    truth = float(np.abs(np.bincount(bins.astype(np.intp), right - confidence)).sum() / _MANY)
    return Situation("ece", label, n, truth, lambda rng: calibration.ece(*sample(rng, n)))


def _calibration() -> Iterator[Situation]:
    def spread(rng: np.random.Generator, n: int, off: float) -> tuple[FloatArray, FloatArray]:
        confidence = rng.uniform(0.55, 0.95, n)
        return confidence, confidence - off

    def sure(rng: np.random.Generator, n: int, off: float) -> tuple[FloatArray, FloatArray]:
        confidence = 1 - 0.45 * rng.beta(0.5, 4, n)
        return confidence, confidence - off

    def tempered(rng: np.random.Generator, n: int, off: float) -> tuple[FloatArray, FloatArray]:
        confidence = rng.uniform(0.5, 0.999, n)
        return confidence, scipy.special.expit(scipy.special.logit(confidence) / (1 + off))

    for name, draw, steps in (
        ("spread confidences", spread, (0.0, 0.02, 0.05, 0.1)),
        ("sure model", sure, (0.0, 0.02, 0.05)),
        ("too cold by", tempered, (0.1, 0.3)),
    ):
        for off in steps:
            for n in (200, 500, 1000):
                label = f"{name}, off by {off}" if name != "too cold by" else f"{name} {off}"
                yield of_calibration(label, n, partial(draw, off=off))


def _brier() -> Iterator[Situation]:
    def draw_of(n: int, confidence: float, right: float) -> Draw:
        probabilities = np.tile([1 - confidence, confidence], (n, 1))
        return lambda rng: metrics.brier(probabilities, (rng.random(n) < right).astype(np.intp))

    for confidence, right, sizes in ((0.999, 0.99, (50, 200, 1000)), (0.8, 0.75, (50, 200))):
        truth = 2 * (right * (1 - confidence) ** 2 + (1 - right) * confidence**2)
        for n in sizes:
            label = f"confidence {confidence}, {right} right"
            yield Situation("brier", label, n, truth, draw_of(n, confidence, right))


def _means() -> Iterator[Situation]:
    for label, values in (
        ("skewed: Beta(.2, 2)", lambda rng, n: rng.beta(0.2, 2, n)),
        ("symmetric: Beta(5, 5)", lambda rng, n: rng.beta(5, 5, n)),
        ("near 1: Beta(20, 2)", lambda rng, n: rng.beta(20, 2, n)),
        ("mostly 0", lambda rng, n: (rng.random(n) < 0.05) * rng.beta(2, 2, n)),
    ):
        for n in (30, 200):
            yield of_values("bounded mean", label, n, values)


def _changes() -> Iterator[Situation]:
    def draw_of(n: int, lost: float, gained: float) -> Draw:
        chances = [lost, gained, 1 - lost - gained]
        return lambda rng: bounded_mean(rng.choice([-1.0, 1.0, 0.0], n, p=chances), (-1.0, 1.0))

    for lost, gained in ((0.015, 0.005), (0.02, 0.0), (0.1, 0.05)):
        for n in (100, 200, 500):
            label = f"{lost} lost, {gained} gained"
            yield Situation("backward_transfer", label, n, gained - lost, draw_of(n, lost, gained))


def _spans() -> Iterator[Situation]:
    for label, right in (("sentences of few spans, .70 found", 0.7), ("sentences of few spans, .97 found", 0.97)):
        for n in (50, 300):

            def draw(rng: np.random.Generator, n: int = n, right: float = right) -> Estimate:
                return span_scores(_sentences(rng, n, right))[2]

            correct, predicted, true = _sentences(np.random.default_rng(99), _MANY, right).sum(axis=(0, 1))
            yield Situation("span_f1", label, n, float(2 * correct / (predicted + true)), draw)


def _sentences(rng: np.random.Generator, n: int, right: float) -> npt.NDArray[np.intp]:
    """Counts of spans, shape (n, 1, 3); how many are found differs from sentence to sentence."""
    true = rng.poisson(1.5, n)
    correct = rng.binomial(true, rng.beta(4 * right, 4 * (1 - right), n))
    return np.stack([correct, correct + rng.poisson(1.5 * (1 - right), n), true], axis=1)[:, None]


def _distributions() -> Iterator[Situation]:
    for home, away, n in ((0.9, (0.8, 0.7, 0.85), 50), (0.9, (0.8, 0.7, 0.85), 200), (0.98, (0.97, 0.99), 100)):

        def scores(rng: np.random.Generator, rates: Sequence[float], n: int = n) -> list[Estimate]:
            return [proportion(int(rng.binomial(n, rate)), n) for rate in rates]

        def elsewhere(rng: np.random.Generator, away: Sequence[float] = away, n: int = n) -> Estimate:
            return mean_of(scores(rng, away, n))

        def drop(rng: np.random.Generator, home: float = home, away: Sequence[float] = away, n: int = n) -> Estimate:
            return difference(scores(rng, [home], n)[0], mean_of(scores(rng, away, n)))

        label = f"home {home}, elsewhere {', '.join(map(str, away))}"
        yield Situation("ood_accuracy", label, n, float(np.mean(away)), elsewhere)
        yield Situation("ood_drop", label, n, home - float(np.mean(away)), drop)


def _attacks() -> Iterator[Situation]:
    for auc, spread, sizes in (
        (0.5, 1.0, ((50, 50), (20, 180), (500, 500))),
        (0.6, 1.0, ((50, 50), (100, 900), (900, 100))),
        (0.8, 1.0, ((50, 50), (20, 180), (500, 500))),
        (0.6, 3.0, ((50, 50), (100, 900), (500, 500))),
    ):
        for n, others in sizes:
            label = f"AUC {auc}, members spread {spread:g} times as wide, {n} : {others}"
            yield Situation("attack_auc", label, n + others, auc, _scores(attack_auc, auc, spread, n, others))
    for auc, spread in ((0.5, 1.0), (0.76, 1.0), (0.6, 3.0)):
        threshold = scipy.stats.norm.isf(0.01)
        truth = float(scipy.stats.norm.sf((threshold - _shift(auc, spread)) / spread))
        for n in (100, 200, 1000):
            label = f"AUC {auc}, members spread {spread:g} times as wide"
            draw = _scores(tpr_at_fpr, auc, spread, n, n)
            yield Situation("attack_tpr_at_1pct_fpr", label, 2 * n, truth, draw)


def _whole_attacks() -> Iterator[Situation]:
    for first, second, likeness in (
        (0.5, 0.5, 0.5),
        (0.6, 0.5, 0.0),
        (0.6, 0.55, 0.5),
        (0.6, 0.6, 0.5),
        (0.8, 0.6, 0.5),
    ):
        for n in (50, 100, 200):
            label = f"attacks of AUC {first} and {second}, correlation {likeness}"
            yield Situation("leak_auc", label, 2 * n, max(first, second), _leak(first, second, likeness, n))
    for n in (50, 500):
        yield Situation("generalisation_gap", "exponential losses", 2 * n, 0.3, _gap(n))


def _gap(n: int) -> Draw:
    return lambda rng: generalisation_gap(rng.exponential(0.5, n), rng.exponential(0.8, n))


def _shift(auc: float, spread: float) -> float:
    """How far normal scores of members are above those of others, for this area under the curve."""
    return float(scipy.stats.norm.ppf(auc) * np.hypot(1, spread))


def _scores(
    estimate: Callable[[FloatArray, FloatArray], Estimate], auc: float, spread: float, n: int, others: int
) -> Draw:
    return lambda rng: estimate(rng.normal(_shift(auc, spread), spread, n), rng.normal(size=others))


def _leak(first: float, second: float, likeness: float, n: int) -> Draw:
    """The whole pipeline: n members and n others, an attack chosen on a random half and scored on the other."""
    fair = Estimate.measured(0.5, (0.4, 0.6), n=2 * n, method="no shift")
    member = np.arange(2 * n) < n

    def draw(rng: np.random.Generator) -> Estimate:
        one, other = rng.normal(size=(2, 2 * n))
        other = likeness * one + np.sqrt(1 - likeness**2) * other
        attacks = {"loss": one + _shift(first, 1.0) * member, "calibrated": other + _shift(second, 1.0) * member}
        return leak_auc(attacks, member, rng.random(2 * n) < 0.5, fair)

    return draw
