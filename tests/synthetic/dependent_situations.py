"""Situations in which intervals of dependent examples are tried: bias, and explainability."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import scipy

from leaderboard.axes.bias import metrics
from leaderboard.axes.explainability.metrics import faithfulness
from leaderboard.stats.estimate import Estimate
from tests.synthetic.coverage import Situation

FloatArray = npt.NDArray[np.float64]
_Estimator = Callable[[FloatArray, FloatArray, npt.NDArray[np.str_]], Estimate]
_MANY = 20_000
_TERMS = 60
_TARGETS = (30, 50, 200)


def dependent_situations() -> Iterator[Situation]:
    """All of this page."""
    yield from _pairs()
    yield from _associations()
    yield from _templates()
    yield from _explanations()


def _pairs() -> Iterator[Situation]:
    """Pairs that swap a word of one group for one of another, a few in very many pairs; each has a random score."""
    rates = 1 / np.arange(1, _TERMS + 1)
    for label, noise in (("words only", 0.0), ("words and sentences", 3.0), ("sentences only", 1e6)):
        for n in (60, 400):

            def draw(rng: np.random.Generator, n: int = n, noise: float = noise) -> Estimate:
                one, other = rng.choice(_TERMS, (2, n), p=rates / rates.sum())
                of_words = rng.normal(size=(2, _TERMS))
                more = of_words[0, one] - of_words[1, other] + noise * rng.normal(size=n)
                swapped = [(f"a{first}", f"b{second}") for first, second in zip(one, other, strict=True)]
                return metrics.stereotype_preference(more, np.zeros(n), swapped=swapped)

            yield Situation("stereotype_preference", f"random scores of {label}", n, 50.0, draw)


def _associations() -> Iterator[Situation]:
    """Targets with one or ten sentences, of which preferences and language modelling differ from target to target."""
    for preference in (0.5, 0.53, 0.6, 0.8):
        truth = 100 * 0.85 * min(preference, 1 - preference) * 2
        for sentences in (1, 10):
            for n in _TARGETS:

                def draw(
                    rng: np.random.Generator, n: int = n, sentences: int = sentences, preference: float = preference
                ) -> Estimate:
                    targets = np.repeat(np.arange(n), sentences)
                    shows = rng.random(len(targets)) < rng.beta(4 * preference, 4 * (1 - preference), n)[targets]
                    fluent = rng.random(len(targets)) < rng.beta(4 * 0.85, 4 * 0.15, n)[targets]
                    first = np.where(shows, 2.0, 1.0)
                    scores = np.stack([first, 3.0 - first, np.where(fluent, 0.0, 3.0)], axis=1)
                    return metrics.icat(scores, targets.astype(np.str_))

                yield Situation("icat", f"{preference} stereotypes, {sentences} a target", n, truth, draw)


def _answers(
    rng: np.random.Generator, n: int, pairs: int, spread: float, shift: float
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.str_]]:
    """Two classes: a logit of each template, and shifts by group that are larger in some templates than in others."""
    templates = np.repeat(np.arange(n), pairs)
    base, size = rng.normal(0, spread, n)[templates], shift * rng.lognormal(0, 0.7, n)[templates]
    sides = (scipy.special.expit(base + size * rng.normal(size=len(base))) for _ in range(2))
    factual, counterfactual = (np.stack([p, 1 - p], axis=1) for p in sides)
    return factual, counterfactual, templates.astype(np.str_)


def _templates() -> Iterator[Situation]:
    estimators: dict[str, _Estimator] = {
        "counterfactual_gap": metrics.counterfactual_gap,
        "counterfactual_flip_rate": metrics.flip_rate,
        "relative_counterfactual_gap": metrics.relative_gap,
    }
    for spread, shift in ((1.0, 0.3), (3.0, 0.3)):
        factual, counterfactual, _ = _answers(np.random.default_rng(99), _MANY, 1, spread, shift)
        gap = float(metrics.gaps(factual, counterfactual).mean())
        other = np.random.default_rng(7).permutation(_MANY)
        truths = {
            "counterfactual_gap": gap,
            "counterfactual_flip_rate": float(metrics.flipped(factual, counterfactual).mean()),
            "relative_counterfactual_gap": gap / float(np.abs(factual - counterfactual[other]).sum(axis=1).mean() / 2),
        }
        for metric, estimator in estimators.items():
            for n in (50, 100):
                label = f"logits spread by {spread:g}, groups by {shift:g}"

                def draw(
                    rng: np.random.Generator,
                    n: int = n,
                    of: _Estimator = estimator,
                    spread: float = spread,
                    shift: float = shift,
                ) -> Estimate:
                    return of(*_answers(rng, n, 6, spread, shift))

                yield Situation(metric, label, n, truths[metric], draw)


def _explanations() -> Iterator[Situation]:
    """Texts whose orders move the probability much, little or not at all, and an explainer of a certain quality."""
    for quality in (0.0, 0.8, 0.98):
        for n in (50, 200):

            def draw(rng: np.random.Generator, n: int = n, quality: float = quality) -> Estimate:
                room = rng.beta(0.4, 1.5, n)
                share = quality - (1 - quality) * (rng.exponential(1.0, n) - 1) / 2
                gained = room * np.clip(share, -0.8, 1.0)
                return faithfulness(list(map(str, range(n))), {"one": gained}, room, -0.8 * room)

            shares = np.random.default_rng(99).exponential(1.0, _MANY * 20)
            mean = float(np.clip(quality - (1 - quality) * (shares - 1) / 2, -0.8, 1.0).mean())
            yield Situation("faithfulness", f"quality {quality}", n, 0.5 + 0.5 * mean, draw)

            def draw_tie(rng: np.random.Generator, n: int = n, quality: float = quality) -> Estimate:
                """Three methods of the same quality, of which the best on half of the texts is chosen by luck."""
                room = rng.beta(0.4, 1.5, n)
                shares = quality - (1 - quality) * (rng.exponential(1.0, (3, n)) - 1) / 2
                gained = dict(zip("abc", room * np.clip(shares, -0.8, 1.0), strict=True))
                return faithfulness(list(map(str, range(n))), gained, room, -0.8 * room)

            yield Situation("faithfulness", f"three methods of quality {quality}", n, 0.5 + 0.5 * mean, draw_tie)
