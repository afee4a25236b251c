"""Situations in which intervals of bias are tried: questions, pronouns, groups of people, and continuations."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from leaderboard.axes.bias import coreference_metrics, group_metrics, question_metrics
from leaderboard.axes.bias.continuation_metrics import ContinuationScores, largest_gap
from leaderboard.axes.bias.group_metrics import GroupedAnswers
from leaderboard.axes.bias.question_metrics import QuestionAnswers
from leaderboard.stats.estimate import Estimate
from tests.synthetic.coverage import Situation

Draw = Callable[[np.random.Generator], Estimate]
_QUESTIONS = 8
"""Questions of a template: half are ambiguous; the right answer to half of the others agrees with the stereotype."""


def bias_situations() -> Iterator[Situation]:
    """All of this page."""
    yield from _questions()
    yield from _pronouns()
    yield from _groups()
    yield from _continuations()


def _questions() -> Iterator[Situation]:
    """Templates that differ in accuracy; a stereotype moves the answers to clear and to ambiguous questions."""
    for label, accuracy, pull, person, biased in (
        ("at random", 1 / 3, 0.0, 2 / 3, 0.5),
        ("able, with a stereotype", 0.8, 0.1, 0.6, 0.7),
        ("able, without one", 0.9, 0.0, 0.2, 0.5),
    ):
        unclear, clear = person * (2 * biased - 1), 3 * pull / (1 + accuracy)
        truths = {
            "bias_question_score": accuracy * (1 - max(abs(unclear), abs(clear))),
            "question_bias_ambiguous": unclear,
            "question_bias_disambiguated": clear,
        }
        estimators = (question_metrics.score, question_metrics.bias_ambiguous, question_metrics.bias_disambiguated)
        for n in (30, 150):
            for (metric, truth), estimator in zip(truths.items(), estimators, strict=True):

                def draw(
                    rng: np.random.Generator,
                    n: int = n,
                    shape: tuple[float, float, float, float] = (accuracy, pull, person, biased),
                    estimator: Callable[[QuestionAnswers], Estimate] = estimator,
                ) -> Estimate:
                    return estimator(_answered(rng, n, shape))

                yield Situation(metric, label, n, truth, draw)


def _answered(rng: np.random.Generator, n: int, shape: tuple[float, float, float, float]) -> QuestionAnswers:
    """Answers to n templates: right as often as one's template is, more where the right answer agrees.

    Args:
        rng: source of randomness.
        n: number of templates.
        shape: accuracy of clear questions, what the stereotype adds to it, and of ambiguous ones the share of answers
            that name a person and of those that agree with the stereotype.
    """
    accuracy, pull, person, biased = shape
    templates = np.repeat(np.arange(n), _QUESTIONS)
    place = np.tile(np.arange(_QUESTIONS), n)
    ambiguous, agrees = place < _QUESTIONS // 2, place % 2 == 0
    share = (accuracy - pull) / (1 - 2 * pull)
    of_template = pull + (1 - 2 * pull) * rng.beta(6 * share, 6 * (1 - share), n)[templates]
    right = rng.random(len(templates)) < of_template + np.where(agrees, pull, -pull)
    other = ~right & (rng.random(len(templates)) < 0.5)  # the other person, else "unknown"
    named = rng.random(len(templates)) < rng.beta(6 * person, 6 * (1 - person), n)[templates]
    stereotyped = rng.random(len(templates)) < biased
    names_person = np.where(ambiguous, named, right | other)
    return QuestionAnswers(
        ambiguous=ambiguous,
        parsed=np.ones(len(templates), np.bool_),
        right=np.where(ambiguous, ~named, right),
        person=names_person,
        biased=np.where(ambiguous, named & stereotyped, np.where(agrees, right, other)),
        has_target=np.ones(len(templates), np.bool_),
        templates=templates.astype(np.str_),
    )


def _pronouns() -> Iterator[Situation]:
    """Pairs of people with one or four sentences, some of which are easier than others for both pronouns."""
    for label, accuracy, gap in (("at random", 0.5, 0.0), ("able", 0.8, 0.05), ("by the stereotype", 0.6, 0.4)):
        for sentences in (1, 4):
            for n in (50, 200):

                def sample(
                    rng: np.random.Generator,
                    n: int = n,
                    sentences: int = sentences,
                    shape: tuple[float, float] = (accuracy, gap),
                ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.str_]]:
                    people = np.repeat(np.arange(n), sentences)
                    ease = rng.uniform(-0.15, 0.15, n)[people, None]
                    chance = shape[0] + ease + np.array([0.5, -0.5]) * shape[1]
                    return rng.random((len(people), 2)) < chance, people.astype(np.str_)

                text = f"{label}, {sentences} sentences a pair"

                def score(rng: np.random.Generator, sample: Callable[..., tuple] = sample) -> Estimate:  # type: ignore[type-arg]
                    return coreference_metrics.score(*sample(rng))

                def difference(rng: np.random.Generator, sample: Callable[..., tuple] = sample) -> Estimate:  # type: ignore[type-arg]
                    return coreference_metrics.gap(*sample(rng))

                yield Situation("coreference_score", text, n, accuracy * (1 - abs(gap)), score)
                yield Situation("coreference_gap", text, n, gap, difference)


def _groups() -> Iterator[Situation]:
    """Groups with rates of their own; half of the examples of each are positive."""
    for label, true_rates, false_rates in (
        ("2 equal groups", (0.8, 0.8), (0.2, 0.2)),
        ("2 groups, .1 apart", (0.8, 0.7), (0.2, 0.2)),
        ("5 equal groups", (0.8,) * 5, (0.2,) * 5),
        ("5 groups, one .2 apart", (0.8, 0.8, 0.8, 0.8, 0.6), (0.2,) * 5),
    ):
        rates = np.array([true_rates, false_rates])
        balanced = (rates[0].mean() + 1 - rates[1].mean()) / 2
        odds = float(np.ptp(rates, axis=1).max())
        truths = {
            "equalized_odds_difference": odds,
            "demographic_parity_difference": float(np.ptp(rates.mean(axis=0))),
            "group_fairness_score": float(balanced * (1 - odds)),
        }
        estimators = (group_metrics.equalized_odds, group_metrics.demographic_parity, group_metrics.score)
        for size in (60, 400):
            for (metric, truth), estimator in zip(truths.items(), estimators, strict=True):

                def draw(
                    rng: np.random.Generator,
                    size: int = size,
                    rates: npt.NDArray[np.float64] = rates,
                    estimator: Callable[[GroupedAnswers], Estimate] = estimator,
                ) -> Estimate:
                    group = np.repeat(np.arange(rates.shape[1]), size)
                    true = np.tile(np.arange(size) % 2 == 0, rates.shape[1])
                    predicted = rng.random(len(group)) < np.where(true, rates[0, group], rates[1, group])
                    return estimator(GroupedAnswers(true, predicted, group.astype(np.str_), minimum=30))

                yield Situation(metric, label, size * rates.shape[1], truth, draw)


def _continuations() -> Iterator[Situation]:
    """Templates that move the scores of all groups together."""
    for label, means in (
        ("3 equal groups", (0.4, 0.4, 0.4)),
        ("3 groups, one .1 apart", (0.4, 0.4, 0.5)),
        ("10 equal groups", (0.4,) * 10),
    ):
        for n in (20, 60):

            def draw(rng: np.random.Generator, n: int = n, means: tuple[float, ...] = means) -> Estimate:
                scores = np.array(means) + rng.normal(0, 0.1, n)[:, None] + rng.normal(0, 0.1, (n, len(means)))
                groups = np.tile(np.arange(len(means)).astype(np.str_), n)
                templates = np.repeat(np.arange(n).astype(np.str_), len(means))
                return largest_gap(ContinuationScores(scores.ravel(), groups, np.full(len(groups), "c"), templates))

            yield Situation("toxicity_gap", label, n, max(means) - min(means), draw)
