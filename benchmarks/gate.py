"""Error rates of a gate: false failures, false passes, misses, and stated against actual power.

    python benchmarks/gate.py > benchmarks/gate.md

Two subjects answer the same examples with a known rate of discordant answers. Each row is a simulation of many such
pairs, judged by a rule that allows a subject to be worse by a margin.
"""

import argparse
from collections import Counter
from functools import cache

import numpy as np

from leaderboard.gate.evidence import Uncertainty
from leaderboard.gate.verdicts import Interval, decision_interval, interval_verdict
from leaderboard.ranking.conditions import Operator
from leaderboard.stats.discordance import score_upper
from leaderboard.stats.power import ALPHA, detectable_change_margin
from leaderboard.store.records import Verdict

CASES = ((200, 0.05, 0.1), (500, 0.03, 0.1), (1000, 0.02, 0.1), (1000, 0.02, 0.3), (2000, 0.01, 0.05))
"""Examples, margin, and the share of discordant examples, which only one of the two gets right."""


@cache
def interval(gained: int, lost: int, n: int) -> Interval:
    """Return the interval of the difference for a rule with a lower bound."""
    sides = Uncertainty(
        lower=lambda level: -score_upper(lost, gained, n, level),
        upper=lambda level: score_upper(gained, lost, n, level),
        detectable=lambda level: detectable_change_margin((gained + lost) / n, n, alpha=level),
    )
    return decision_interval(sides, from_above=False, alpha=ALPHA, rules=1)


def rates(n: int, discordant: float, difference: float, margin: float, times: int) -> dict[Verdict, float]:
    """Return how often each verdict is given for a known true difference."""
    chances = [(discordant + difference) / 2, (discordant - difference) / 2, 1 - discordant]
    samples = Counter(map(tuple, np.random.default_rng(0).multinomial(n, chances, times)[:, :2].tolist()))
    verdicts: Counter[Verdict] = Counter()
    for (gained, lost), count in samples.items():
        verdicts[interval_verdict(Operator.AT_LEAST, -margin, interval(gained, lost, n))] += count
    return {verdict: verdicts[verdict] / times for verdict in Verdict}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10_000)
    times = parser.parse_args().times
    print("# How often a gate is wrong\n")
    print(
        f"`python benchmarks/gate.py`, {times:,} pairs of subjects a row, one rule, α = {ALPHA}, paired right answers"
    )
    print("(McNemar's setting, Tango's score bounds). The minimum detectable effect (80 % power) is the margin that")
    print("the gate reports; *passes* is how often a subject without any true harm passes with just that margin.\n")
    print(
        "| n | margin | discordant | at the margin: fails | at the margin: passes | no worse: fails "
        "| minimum detectable effect | passes |"
    )
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for n, margin, discordant in CASES:
        at = rates(n, discordant, -margin, margin, times)
        same = rates(n, discordant, 0.0, margin, times)
        detectable = detectable_change_margin(discordant, n, alpha=ALPHA)
        pass_rate = rates(n, discordant, 0.0, detectable, times)[Verdict.PASS]
        print(
            f"| {n} | {margin} | {discordant} | {at[Verdict.FAIL]:.3f} | {at[Verdict.PASS]:.3f} "
            f"| {same[Verdict.FAIL]:.3f} | {detectable:.4f} | {pass_rate:.3f} |"
        )
    print("\nMisses: a subject that is worse than its margin by the minimum detectable effect.\n")
    print("| n | margin | discordant | worse by | fails | inconclusive | passes |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for n, margin, discordant in CASES:
        worse = margin + detectable_change_margin(discordant, n, alpha=ALPHA)
        if worse < discordant:
            verdicts = rates(n, discordant, -worse, margin, times)
            print(
                f"| {n} | {margin} | {discordant} | {worse:.4f} | {verdicts[Verdict.FAIL]:.3f} "
                f"| {verdicts[Verdict.INCONCLUSIVE]:.3f} | {verdicts[Verdict.PASS]:.3f} |"
            )


if __name__ == "__main__":
    main()
