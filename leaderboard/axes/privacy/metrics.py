"""Privacy: numbers from the scores of membership-inference attacks. Pure functions of arrays."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import scipy

from leaderboard.axes.privacy.curves import FPR_PERCENT, auc_of, tpr_of
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import CONFIDENCE, between, proportion
from leaderboard.stats.resampled import resamples

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

AUC_METHOD = "Hanley & McNeil 95 % (score form)"
CHANCE = 0.5
MINIMUM_NONMEMBERS = 100 // FPR_PERCENT


def attack_auc(members: FloatArray, nonmembers: FloatArray) -> Estimate:
    """Area under the ROC curve of a membership-inference attack.

    The probability that a random member scores above a random non-member, ties counted half (Mann-Whitney U). 0.5 is
    no leak; below it the attack is wrong more often than right, and its sign is kept. The interval holds the values
    whose distance from the seen one is within 1.96 of their own standard errors (Newcombe 2006), with the variance of
    Hanley & McNeil 1982: it stays in [0, 1] and has a width at 0 and 1, too.

    Args:
        members: scores, shape (n_members,); larger means "more likely trained on".
        nonmembers: shape (n_nonmembers,).

    Returns:
        A value in [0, 1], or *not measured* when either side is empty or a score is not a finite number.
    """
    if problem := _problem(members, nonmembers):
        return problem
    m, n = len(members), len(nonmembers)
    auc = _auc(members, nonmembers)
    interval = (_lower_end(auc, m, n), 1 - _lower_end(1 - auc, n, m))
    return Estimate.measured(auc, interval, n=m + n, method=AUC_METHOD)


def tpr_at_fpr(members: FloatArray, nonmembers: FloatArray) -> Estimate:
    """Share of members that an attack finds while it accuses at most 1 % of the non-members (Carlini et al. 2022).

    Accused is whoever scores strictly above the (k+1)-th largest non-member score, k = ⌊n_nonmembers / 100⌋: never
    more than k non-members, and fewer where scores tie. Interval: bootstrap over examples, threshold found anew in
    each resample; Wilson's over members where all resamples agree (no member is found, or each of them).

    Returns:
        A value in [0, 1]; *not measured* with fewer than 100 non-members, where 1 % is less than one of them.
    """
    if problem := _problem(members, nonmembers):
        return problem
    if len(nonmembers) < MINIMUM_NONMEMBERS:
        return Estimate.not_measured(
            f"{FPR_PERCENT} % of {len(nonmembers)} non-members is less than one of them; needs {MINIMUM_NONMEMBERS}",
            n=len(members) + len(nonmembers),
        )
    scores = np.concatenate([members, nonmembers])
    n = len(scores)
    tpr = tpr_of(scores, np.arange(n) < len(members))
    value = float(tpr(np.ones((1, n)))[0])
    estimate = between(value, np.concatenate([tpr(times) for times in resamples(n)]), n)
    if estimate.low is None:
        return proportion(round(value * len(members)), len(members))
    return estimate


def leak_auc(attacks: Mapping[str, FloatArray], member: BoolArray, held_out: BoolArray, blind: Estimate) -> Estimate:
    """AUC of the stronger attack, chosen on one half of the examples and reported on the other.

    An attacker takes the attack that works best, and turns one around that errs more often than not; choosing and
    reporting on the same examples would flatter it. So a value below 0.5 is luck of the reporting half.

    When the blind baseline's interval lies above 0.5 members can be told by their texts alone: the split is shifted,
    an attack's AUC says nothing about what the model remembers, and nothing is reported. An honest random split meets
    this in one draw of forty.

    Args:
        attacks: name of each attack to its scores, shape (n,).
        member: shape (n,).
        held_out: which examples are of the reporting half, shape (n,).
        blind: AUC of the blind baseline.
    """
    if blind.value is None:
        return Estimate.not_measured(f"cannot tell whether the split is shifted: {blind.reason}", n=blind.n)
    if blind.low is not None and blind.low > CHANCE:
        return Estimate.not_measured(
            f"the split is shifted: texts alone tell members from others (blind AUC {blind.value:.3f}, "
            f"95 % interval from {blind.low:.3f})",
            n=blind.n,
        )
    stronger = stronger_attack(attacks, member, held_out)
    if isinstance(stronger, Estimate):
        return stronger
    name, scores = stronger
    leak = attack_auc(scores[member & held_out], scores[~member & held_out])
    if leak.value is None:
        return leak
    return replace(leak, method=f"{leak.method}; the {name}, chosen on the other half")


def stronger_attack(
    attacks: Mapping[str, FloatArray], member: BoolArray, held_out: BoolArray
) -> tuple[str, FloatArray] | Estimate:
    """Name and scores of the attack that is further from chance where nothing is reported, turned around if it errs.

    Arguments as in `leak_auc`; *not measured* where none can be chosen.
    """
    strength = {}
    for name, scores in attacks.items():
        on_the_other = attack_auc(scores[member & ~held_out], scores[~member & ~held_out])
        if on_the_other.value is None:
            return Estimate.not_measured(f"no attack can be chosen: {on_the_other.reason}", n=on_the_other.n)
        strength[name] = on_the_other.value - CHANCE
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
    if problem := _problem(members, nonmembers):
        return problem
    gap, n = float(nonmembers.mean() - members.mean()), len(members) + len(nonmembers)
    if min(len(members), len(nonmembers)) == 1:
        return Estimate.measured(gap, None, n=n, method="single example on a side, no interval")
    one, other = members.var(ddof=1) / len(members), nonmembers.var(ddof=1) / len(nonmembers)
    if one + other == 0:
        return Estimate.measured(gap, (gap, gap), n=n, method="Welch t 95 %")
    freedom = (one + other) ** 2 / (one**2 / (len(members) - 1) + other**2 / (len(nonmembers) - 1))
    half = float(scipy.stats.t.ppf(0.5 + CONFIDENCE / 2, freedom) * np.sqrt(one + other))
    return Estimate.measured(gap, (gap - half, gap + half), n=n, method="Welch t 95 %")


def _problem(members: FloatArray, nonmembers: FloatArray) -> Estimate | None:
    if len(members) == 0 or len(nonmembers) == 0:
        return Estimate.not_measured("no members" if len(members) == 0 else "no non-members")
    if not (np.isfinite(members).all() and np.isfinite(nonmembers).all()):
        return Estimate.not_measured("some scores are not finite numbers", n=len(members) + len(nonmembers))
    return None


def _auc(members: FloatArray, nonmembers: FloatArray) -> float:
    scores = np.concatenate([members, nonmembers])
    member = np.arange(len(scores)) < len(members)
    return float(auc_of(scores, member)(np.ones((1, len(scores))))[0])


def _standard_error(auc: float, members: int, nonmembers: int) -> float:
    """Hanley & McNeil 1982, with negative-exponential scores."""
    spread = 1 + (members - 1) * (1 - auc) / (2 - auc) + (nonmembers - 1) * auc / (1 + auc)
    return float(np.sqrt(auc * (1 - auc) * spread / (members * nonmembers)))


def _lower_end(auc: float, members: int, nonmembers: int) -> float:
    """The smallest AUC that the seen one is still compatible with: auc - θ = z SE(θ), solved for θ."""
    z = float(scipy.stats.norm.ppf(0.5 + CONFIDENCE / 2))
    just_below = auc - 1e-12  # θ = 1 solves the equation for a perfect attack, and is not the end that is meant
    if just_below <= 0:
        return 0.0
    return float(
        scipy.optimize.brentq(
            lambda value: auc - value - z * _standard_error(value, members, nonmembers), 0, just_below
        )
    )
