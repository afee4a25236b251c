"""Privacy metrics: pure functions of arrays of scores of membership-inference attacks."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import scipy

from leaderboard.arrays import BoolArray, FloatArray
from leaderboard.axes.privacy.curves import ONE_IN, tpr_function
from leaderboard.stats.bounded import bounded_mean, wilson
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import CONFIDENCE
from leaderboard.stats.roc import auc_function

AUC_METHOD = "DeLong 95 % (score form)"
TPR_METHOD = "Wilson and order statistics of the threshold (MOVER) 95 %"
UNOBSERVED = 0.1
"""Weight of an unobserved example at either end of the scores."""
CHANCE = 0.5
ONE_IN_1000 = 1000
"""A false positive rate of 0.1 %."""
_MINIMUM_NONMEMBERS = {ONE_IN: 100, ONE_IN_1000: 10_000}
"""Fewest non-members by false positive rate."""


def attack_auc(members: FloatArray, nonmembers: FloatArray) -> Estimate:
    """Area under the ROC curve of a membership-inference attack.

    The probability that a random member scores above a random non-member, ties counted half (Mann-Whitney U). 0.5 is
    no leak; below it the attack is wrong more often than right, and its sign is kept. The interval is Wilson's of as
    many examples as would give the standard error of DeLong et al. 1988, which assumes no shape of the scores; a tenth
    of an example that is below, and one that is above all of the other side, keep it from vanishing at 0 and 1.

    Args:
        members: scores, shape (n_members,); larger means "more likely trained on".
        nonmembers: shape (n_nonmembers,).

    Returns:
        A value in [0, 1], or *not measured* when either side is empty or a score is not a finite number.
    """
    if not_measured := _check_scores(members, nonmembers):
        return not_measured
    auc = _auc(members, nonmembers)
    sides = [_share_below(members, nonmembers), 1 - _share_below(nonmembers, members)]
    error = math.sqrt(sum(map(_variance_of_mean, sides)))
    centre = float(np.mean([(side.sum() + UNOBSERVED) / (len(side) + 2 * UNOBSERVED) for side in sides]))
    interval = wilson(auc, centre * (1 - centre) / error**2)
    return Estimate.measured(auc, interval, n=len(members) + len(nonmembers), method=AUC_METHOD)


def tpr_at_fpr(members: FloatArray, nonmembers: FloatArray, one_in: int = ONE_IN) -> Estimate:
    """True positive rate of an attack at a false positive rate of at most 1 %, or 0.1 % (Carlini et al. 2022).

    Positive are examples with a score strictly above the (k+1)-th largest of non-members, where k is their number
    divided by `one_in`: at most k non-members, and fewer where scores tie. Two things are uncertain: how many members
    are above the threshold (Wilson's interval), and where the threshold is that this share of all non-members exceeds
    (order statistics of the non-members, Conover 1999 § 3.2, and how many members are above them). Their distances from
    the value are combined as roots of summed squares (MOVER, Zou & Donner 2008). With fewer than 368 non-members (at
    1 %) it may be above all of them: the interval then starts at 0, and its high end is a one-sided bound.

    Args:
        members: scores, shape (n_members,); larger means "more likely trained on".
        nonmembers: shape (n_nonmembers,).
        one_in: `ONE_IN` for 1 %, `ONE_IN_1000` for 0.1 %.

    Returns:
        A value in [0, 1]; *not measured* with fewer than 100 non-members at 1 %, where it is less than one of them, and
        with fewer than 10,000 at 0.1 %.
    """
    if not_measured := _check_scores(members, nonmembers):
        return not_measured
    if len(nonmembers) < (least := fewest_nonmembers(one_in)):
        few = "less than one of them" if len(nonmembers) < one_in else "too few of them"
        return Estimate.not_measured(
            f"{100 / one_in:g} % of {len(nonmembers)} non-members is {few}; needs {least}",
            n=len(members) + len(nonmembers),
        )
    n = len(members) + len(nonmembers)
    scores = np.concatenate([members, nonmembers])
    value = float(tpr_function(scores, np.arange(n) < len(members), one_in)(np.ones((1, n)))[0])
    strict, lax, confidence = _thresholds(nonmembers, one_in)
    low, high = wilson(value, len(members), confidence=confidence)
    below = value if math.isinf(strict) else math.hypot(value - low, value - float((members > strict).mean()))
    above = math.hypot(high - value, max(value, float((members > lax).mean())) - value)
    return Estimate.measured(value, (max(0.0, value - below), min(1.0, value + above)), n=n, method=TPR_METHOD)


def fewest_nonmembers(one_in: int) -> int:
    """Return the fewest non-members of which a false positive rate of one in so many is measured."""
    return _MINIMUM_NONMEMBERS.get(one_in, one_in)


def leak_auc(attacks: Mapping[str, FloatArray], member: BoolArray, held_out: BoolArray, blind: Estimate) -> Estimate:
    """AUC of the stronger attack, chosen on one half of the examples and reported on the other.

    An attacker takes the best attack, and inverts one that is wrong more often than right; choosing and reporting on
    the same examples would be biased. So a value below 0.5 is chance of the reporting half.

    The estimand is the AUC of the truly stronger attack; with few examples, another one may be chosen. No attack is
    stronger, so the lower end of the chosen one is valid; the upper end is the largest of any attack on all examples,
    inverted or not.

    When the blind baseline's interval lies above 0.5, members can be predicted from their texts alone: the split is
    shifted, an attack's AUC says nothing about memorization, and nothing is reported. A valid random split has this in
    one of forty cases.

    Args:
        attacks: name of each attack to its scores, shape (n,).
        member: shape (n,).
        held_out: whether each example is in the reporting half, shape (n,).
        blind: AUC of the blind baseline.
    """
    if not_measured := _check_split(blind):
        return not_measured
    stronger = stronger_attack(attacks, member, held_out)
    if isinstance(stronger, Estimate):
        return stronger
    name, scores = stronger
    leak = attack_auc(scores[member & held_out], scores[~member & held_out])
    if leak.value is None or leak.low is None or leak.high is None:
        return leak
    method = f"{leak.method}; the {name}, chosen on the other half; high end of any attack"
    high = max(leak.high, *(_upper_end(each[member], each[~member]) for each in attacks.values()))
    return replace(leak, high=high, method=method)


def leak_tpr(attacks: Mapping[str, FloatArray], member: BoolArray, held_out: BoolArray, blind: Estimate) -> Estimate:
    """True positive rate at a false positive rate of 1 % of the attack that is best at it (Carlini et al. 2022).

    Chosen on one half of the examples and reported on the other, with an interval as that of `leak_auc`: its upper end
    is the largest of any attack on all examples. An attack is not inverted.

    Args:
        attacks: name of each attack to its scores, shape (n,).
        member: shape (n,).
        held_out: whether each example is in the reporting half, shape (n,).
        blind: AUC of the blind baseline.
    """
    if not_measured := _check_split(blind):
        return not_measured
    chosen = best_at_low_rates(attacks, member, held_out)
    if isinstance(chosen, Estimate):
        return chosen
    leak = tpr_at_fpr(attacks[chosen][member & held_out], attacks[chosen][~member & held_out])
    if leak.value is None or leak.low is None or leak.high is None:
        return leak
    ends = [tpr_at_fpr(each[member], each[~member]).high for each in attacks.values()]
    method = f"{leak.method}; the {chosen} attack, chosen on the other half; high end of any attack"
    return replace(leak, high=max(leak.high, *(end for end in ends if end is not None)), method=method)


def best_at_low_rates(attacks: Mapping[str, FloatArray], member: BoolArray, held_out: BoolArray) -> str | Estimate:
    """Return the attack with the highest true positive rate at 1 % on the choosing half; of equal ones, by AUC there.

    Arguments as in `leak_auc`; *not measured* where none can be chosen.
    """
    strength = {}
    for name, scores in attacks.items():
        sides = scores[member & ~held_out], scores[~member & ~held_out]
        rate, auc = tpr_at_fpr(*sides), attack_auc(*sides)
        if rate.value is None or auc.value is None:
            return Estimate.not_measured(f"no attack can be chosen: {rate.reason}", n=rate.n)
        strength[name] = rate.value, auc.value
    return max(strength, key=lambda name: strength[name])


def stronger_attack(
    attacks: Mapping[str, FloatArray], member: BoolArray, held_out: BoolArray
) -> tuple[str, FloatArray] | Estimate:
    """Return name and scores of the attack further from chance on the choosing half, inverted if below 0.5.

    Arguments as in `leak_auc`; *not measured* where none can be chosen.
    """
    strength = {}
    for name, scores in attacks.items():
        strength_estimate = attack_auc(scores[member & ~held_out], scores[~member & ~held_out])
        if strength_estimate.value is None:
            return Estimate.not_measured(f"no attack can be chosen: {strength_estimate.reason}", n=strength_estimate.n)
        strength[name] = strength_estimate.value - CHANCE
    chosen = max(strength, key=lambda name: abs(strength[name]))
    if strength[chosen] >= 0:
        return f"{chosen} attack", attacks[chosen]
    return f"{chosen} attack turned around", -attacks[chosen]


def generalisation_gap(members: FloatArray, nonmembers: FloatArray) -> Estimate:
    """Mean loss of non-members minus mean loss of members, in nats (Yeom et al. 2018); Welch's t interval.

    Args:
        members: losses, shape (n_members,).
        nonmembers: losses, shape (n_nonmembers,).
    """
    if not_measured := _check_scores(members, nonmembers):
        return not_measured
    gap, n = float(nonmembers.mean() - members.mean()), len(members) + len(nonmembers)
    if min(len(members), len(nonmembers)) == 1:
        return Estimate.measured(gap, None, n=n, method="single example on a side, no interval")
    one, other = members.var(ddof=1) / len(members), nonmembers.var(ddof=1) / len(nonmembers)
    if one + other == 0:
        return Estimate.measured(gap, None, n=n, method="all losses of a side agree, no interval")
    freedom = (one + other) ** 2 / (one**2 / (len(members) - 1) + other**2 / (len(nonmembers) - 1))
    half = float(scipy.stats.t.ppf(0.5 + CONFIDENCE / 2, freedom) * np.sqrt(one + other))
    return Estimate.measured(gap, (gap - half, gap + half), n=n, method="Welch t 95 %")


def _check_split(blind: Estimate) -> Estimate | None:
    """Return why no leak can be claimed: the blind baseline is not measured, or tells members from others."""
    if blind.value is None:
        return Estimate.not_measured(f"it is unknown whether the split is shifted: {blind.reason}", n=blind.n)
    if blind.low is not None and blind.low > CHANCE:
        return Estimate.not_measured(
            f"the split is shifted: texts alone tell members from others (blind AUC {blind.value:.3f}, "
            f"95 % interval from {blind.low:.3f})",
            n=blind.n,
        )
    return None


def attribute_advantage(differences: FloatArray, clusters: Sequence[str]) -> Estimate:
    """Accuracy of predictions of an attribute minus the share of its most frequent class (Song & Raghunathan 2020).

    The mean of: is the prediction right, minus is the most frequent class right. 0 is what anybody reaches without the
    text; it may be below 0. The interval is a Bayesian bootstrap over clusters, for these predictions: the variation
    between trainings of the probe is not in it.

    Args:
        differences: -1, 0 or 1 for each text, shape (n,).
        clusters: key of each text, shape (n,), equal where texts are not independent.
    """
    return bounded_mean(differences, (-1.0, 1.0), clusters=clusters)


def _check_scores(members: FloatArray, nonmembers: FloatArray) -> Estimate | None:
    if len(members) == 0 or len(nonmembers) == 0:
        return Estimate.not_measured("no members" if len(members) == 0 else "no non-members")
    if not (np.isfinite(members).all() and np.isfinite(nonmembers).all()):
        return Estimate.not_measured("some scores are not finite numbers", n=len(members) + len(nonmembers))
    return None


def _auc(members: FloatArray, nonmembers: FloatArray) -> float:
    scores = np.concatenate([members, nonmembers])
    member = np.arange(len(scores)) < len(members)
    return float(auc_function(scores, member)(np.ones((1, len(scores))))[0])


def _share_below(scores: FloatArray, others: FloatArray) -> FloatArray:
    """Return the share of the others below each score, ties counted half."""
    ordered = np.sort(others)
    ranks = np.searchsorted(ordered, scores, "left") + np.searchsorted(ordered, scores, "right")
    share: FloatArray = ranks / (2 * len(others))
    return share


def _variance_of_mean(shares: FloatArray) -> float:
    """Return the variance of the mean of one side of the curve, with `UNOBSERVED` examples added at 0 and at 1."""
    n = len(shares)
    total = n + 2 * UNOBSERVED
    centre = (shares.sum() + UNOBSERVED) / total
    observed = ((shares - centre) ** 2).sum() * (n / (n - 1) if n > 1 else 1.0)
    return float((observed + UNOBSERVED * (centre**2 + (1 - centre) ** 2)) / total / n)


def _upper_end(members: FloatArray, nonmembers: FloatArray) -> float:
    """Return the upper end of an attack's interval on all examples, inverted or not."""
    auc = attack_auc(members, nonmembers)
    return CHANCE if auc.low is None or auc.high is None else max(auc.high, 1 - auc.low)


def _thresholds(nonmembers: FloatArray, one_in: int) -> tuple[float, float, float]:
    """Return the ends of the interval of the score that one in so many non-members exceeds, and their confidence.

    The upper end is infinite where there are too few non-members; the lower end then has the whole error probability.
    """
    ordered, n = np.sort(nonmembers), len(nonmembers)
    share, side = 1 - 1 / one_in, (1 - CONFIDENCE) / 2
    top = int(scipy.stats.binom.ppf(1 - side, n, share))
    if top >= n:
        side *= 2
    bottom = int(scipy.stats.binom.ppf(side, n, share))
    return math.inf if top >= n else float(ordered[top]), float(ordered[max(0, bottom - 1)]), 1 - 2 * side
