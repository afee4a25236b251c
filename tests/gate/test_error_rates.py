"""How often a gate is wrong, counted over subjects whose truth is known. `benchmarks/gate.py` counts more of them."""

from collections import Counter
from functools import cache

import numpy as np
import pytest

from leaderboard.gate.evidence import Uncertainty
from leaderboard.gate.verdicts import Interval, decision_interval, interval_verdict
from leaderboard.ranking.conditions import Operator
from leaderboard.stats.discordance import score_upper
from leaderboard.stats.paired import paired_sample
from leaderboard.stats.power import detectable_change_margin
from leaderboard.stats.resampled import Resampled
from leaderboard.store.records import Verdict

N, MARGIN, ALPHA = 200, 0.05, 0.05
DISCORDANT = 0.1
"""Share of examples that one of the two subjects alone gets right."""


@cache
def interval(gained: int, lost: int) -> Interval:
    """Of a paired difference of shares, as a rule at least sees it."""
    sides = Uncertainty(
        lower=lambda level: -score_upper(lost, gained, N, level),
        upper=lambda level: score_upper(gained, lost, N, level),
        detectable=lambda level: detectable_change_margin((gained + lost) / N, N, alpha=level),
    )
    return decision_interval(sides, from_above=False, alpha=ALPHA, rules=1)


def rates(difference: float, margin: float, times: int) -> dict[Verdict, float]:
    """How often each verdict is given to a subject that is right more often than the baseline by a true difference."""
    chances = [(DISCORDANT + difference) / 2, (DISCORDANT - difference) / 2, 1 - DISCORDANT]
    drawn = Counter(map(tuple, np.random.default_rng(1).multinomial(N, chances, times)[:, :2].tolist()))
    verdicts: Counter[Verdict] = Counter()
    for (gained, lost), often in drawn.items():
        verdicts[interval_verdict(Operator.AT_LEAST, -margin, interval(gained, lost))] += often
    return {verdict: verdicts[verdict] / times for verdict in Verdict}


def test_a_subject_exactly_at_its_margin_fails_and_passes_no_more_often_than_alpha():
    verdicts = rates(-MARGIN, MARGIN, times=1000)
    assert verdicts[Verdict.FAIL] <= ALPHA
    assert verdicts[Verdict.PASS] <= ALPHA


def test_a_subject_that_is_no_worse_almost_never_fails():
    assert rates(0.0, MARGIN, times=1000)[Verdict.FAIL] <= 0.005


def test_the_stated_power_is_reached_within_three_points():
    detectable = detectable_change_margin(DISCORDANT, N, alpha=ALPHA)
    assert rates(0.0, detectable, times=1000)[Verdict.PASS] == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(("rules", "least"), [(1, 0.1), (6, 0.0)])
def test_a_gate_whose_rules_are_all_at_their_margins_fails_as_seldom_as_one_rule_does(rules, least):
    """Without the correction for six rules one of them fails by chance in every fifth gate."""
    draw = np.random.default_rng(2)
    ids = [str(number) for number in range(50)]
    failed = 0
    for _ in range(100):
        for _ in range(6):
            mine, others = draw.normal(-MARGIN, 1, len(ids)), np.zeros(len(ids))
            contrast = paired_sample(Resampled.mean(ids, mine), Resampled.mean(ids, others)).contrast()
            sides = Uncertainty(lower=contrast.lower, upper=contrast.upper, detectable=float)
            bounds = decision_interval(sides, from_above=False, alpha=ALPHA, rules=rules)
            if interval_verdict(Operator.AT_LEAST, -MARGIN, bounds) is Verdict.FAIL:
                failed += 1
                break
    assert least <= failed / 100 <= (ALPHA if rules == 6 else 1.0)
