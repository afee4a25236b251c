"""AttackScores: scores of several attacks on the same examples, and all metrics of attacks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import BoolArray, FloatArray
from leaderboard.axes.metric import Metric
from leaderboard.axes.privacy import (
    ATTACK_AUC,
    ATTACK_ROC,
    ATTACK_TPR,
    ATTACK_TPR_LOW,
    BLIND_AUC,
    LEAK_AUC,
    LEAK_TPR,
    metrics,
)
from leaderboard.axes.privacy.curves import ONE_IN, tpr_function
from leaderboard.axes.protocol import Measurement, Observation, attempt
from leaderboard.identity import digest
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled
from leaderboard.stats.roc import auc_function

TPRS = {ATTACK_TPR: ONE_IN, ATTACK_TPR_LOW: metrics.ONE_IN_1000}
"""Metrics of true positive rates, each with the false positive rate as one in so many non-members."""

ROC_POINTS = (1000, 500, 200, 100, 50, 20, 10, 5, 2)
"""False positive rates of the points of a ROC curve, as one in so many non-members."""
SCORES = "scores"
"""Key of an observation whose value is the score of each attack, by its name."""


@dataclass(frozen=True)
class AttackScores:
    """Scores of attacks in the order of ids, each of shape (n,).

    Attributes:
        ids: ids of the examples, in order.
        member: whether each example was trained on.
        attacks: scores of each attack; larger means "more likely trained on".
        blind: scores of the blind baseline; NaN in its training half.
        tprs: the metrics of true positive rates that are estimated.
    """

    ids: tuple[str, ...]
    member: BoolArray
    attacks: Mapping[str, FloatArray]
    blind: FloatArray
    tprs: Sequence[Metric] = (ATTACK_TPR,)

    @classmethod
    def of(
        cls, observations: Sequence[Observation], scores: Sequence[Mapping[str, float]], *, tprs: Sequence[Metric]
    ) -> "AttackScores":
        """Return the scores of all attacks that every observation has, the loss attack first.

        Args:
            observations: in the order of their ids.
            scores: score of each attack of each observation, by the name of the attack.
            tprs: the metrics of true positive rates that are estimated.
        """
        shared = frozenset.intersection(*map(frozenset, scores)) if scores else frozenset({"loss"})
        names = sorted(shared, key=lambda name: (name != "loss", name))
        member, blind = columns(observations, "member", "blind_score")
        return cls(
            tuple(observation.example_id for observation in observations),
            member.astype(np.bool_),
            {name: np.array([each[name] for each in scores], dtype=np.float64) for name in names},
            blind,
            tprs,
        )

    @property
    def held_out(self) -> BoolArray:
        """Whether each example is in the half that attacks are reported on."""
        return np.array([is_held_out(example_id) for example_id in self.ids], dtype=np.bool_)

    @property
    def blind_auc(self) -> Estimate:
        """AUC of the blind baseline."""
        has_score = np.isfinite(self.blind)
        return metrics.attack_auc(self.blind[has_score & self.member], self.blind[has_score & ~self.member])

    def measurements(self) -> list[Measurement]:
        """Estimate all metrics, with each attack as a part."""
        member = self.member
        measurements = [
            attempt(LEAK_AUC, lambda: metrics.leak_auc(self.attacks, member, self.held_out, self.blind_auc)),
            attempt(LEAK_TPR, lambda: metrics.leak_tpr(self.attacks, member, self.held_out, self.blind_auc)),
            attempt(BLIND_AUC, lambda: self.blind_auc),
        ]
        for name, scores in self.attacks.items():
            sides = scores[member], scores[~member]
            measurements.append(attempt(ATTACK_AUC, partial(metrics.attack_auc, *sides), name))
            measurements += [attempt(tpr, partial(metrics.tpr_at_fpr, *sides, TPRS[tpr]), name) for tpr in self.tprs]
        return measurements

    def roc(self) -> list[Measurement]:
        """Estimate the points of the ROC curve of each attack, at rates for which there are enough non-members."""
        nonmembers = int((~self.member).sum())
        points = [each for each in ROC_POINTS if metrics.fewest_nonmembers(each) <= nonmembers] or ROC_POINTS[-1:]
        return [
            attempt(
                ATTACK_ROC,
                partial(metrics.tpr_at_fpr, scores[self.member], scores[~self.member], one_in),
                f"{name} at FPR {1 / one_in:g}",
            )
            for name, scores in self.attacks.items()
            for one_in in points
        ]

    def resampled(self) -> dict[tuple[str, str], Resampled]:
        """Return all metrics as functions of how often each example counts, with the chosen attack fixed."""
        ids = np.array(self.ids)
        all_examples = np.ones(len(ids), dtype=np.bool_)
        numbers = {}
        for part, scores in self.attacks.items():
            numbers[ATTACK_AUC.name, part] = _curve(auc_function, ids, scores, self.member, all_examples)
            for tpr in self.tprs:
                function = partial(tpr_function, one_in=TPRS[tpr])
                numbers[tpr.name, part] = _curve(function, ids, scores, self.member, all_examples)
        numbers[BLIND_AUC.name, ""] = _curve(auc_function, ids, self.blind, self.member, np.isfinite(self.blind))
        stronger = metrics.stronger_attack(self.attacks, self.member, self.held_out)
        if not isinstance(stronger, Estimate):
            numbers[LEAK_AUC.name, ""] = _curve(auc_function, ids, stronger[1], self.member, self.held_out)
        best = metrics.best_at_low_rates(self.attacks, self.member, self.held_out)
        if not isinstance(best, Estimate):
            numbers[LEAK_TPR.name, ""] = _curve(tpr_function, ids, self.attacks[best], self.member, self.held_out)
        return numbers


def is_held_out(example_id: str) -> bool:
    """Return whether an example is in the held-out half, which is the same for every subject."""
    return int(digest(example_id)[-1], 16) % 2 == 1


def ids_of_sides(members: Sequence[str], nonmembers: Sequence[str]) -> list[str]:
    """Return ids of observations of members, then of non-members."""
    return [f"member/{each}" for each in members] + [f"nonmember/{each}" for each in nonmembers]


def columns(observations: Sequence[Observation], *names: str) -> list[FloatArray]:
    """Return some values of observations that are in the order of their ids, NaN for None; each of shape (n,)."""
    return [np.array([each.data[name] for each in observations], dtype=np.float64) for name in names]


def _curve(
    curve_function: Callable[[FloatArray, BoolArray], Callable[[FloatArray], FloatArray]],
    ids: npt.NDArray[np.str_],
    scores: FloatArray,
    member: BoolArray,
    subset: BoolArray,
) -> Resampled:
    """Return a number of the ROC curve of a subset of the examples."""
    return Resampled(tuple(map(str, ids[subset])), curve_function(scores[subset], member[subset]))
