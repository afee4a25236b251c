"""How often a gate is wrong: false failures, false passes, misses, and the power it states against the one it has.

    python benchmarks/gate.py > benchmarks/gate.md

Two subjects answer the same examples; how often one of them alone is right is known. Each row is a simulation of many
such pairs, judged by a rule that lets a subject be worse by a margin.
"""

import argparse
from collections import Counter
from functools import cache

import numpy as np

from leaderboard.gate.evidence import Sides
from leaderboard.gate.verdicts import Interval, decided, interval_of
from leaderboard.ranking.conditions import Comparison
from leaderboard.stats.discordance import score_upper
from leaderboard.stats.power import ALPHA, detectable_change_margin
from leaderboard.store.records import Verdict

CASES = ((200, 0.05, 0.1), (500, 0.03, 0.1), (1000, 0.02, 0.1), (1000, 0.02, 0.3), (2000, 0.01, 0.05))
"""Examples, margin, and the share of examples that one of the two alone gets right."""


@cache
def interval(gained: int, lost: int, n: int) -> Interval:
    """Of the difference, as a rule at least sees it."""
    sides = Sides(
        lower=lambda level: -score_upper(lost, gained, n, level),
        upper=lambda level: score_upper(gained, lost, n, level),
        detectable=lambda level: detectable_change_margin((gained + lost) / n, n, alpha=level),
    )
    return interval_of(sides, from_above=False, alpha=ALPHA, rules=1)


def rates(n: int, discordant: float, difference: float, margin: float, times: int) -> dict[Verdict, float]:
    """How often each verdict is given where the true difference is known."""
    chances = [(discordant + difference) / 2, (discordant - difference) / 2, 1 - discordant]
    drawn = Counter(map(tuple, np.random.default_rng(0).multinomial(n, chances, times)[:, :2].tolist()))
    verdicts: Counter[Verdict] = Counter()
    for (gained, lost), often in drawn.items():
        verdicts[decided(Comparison.AT_LEAST, -margin, interval(gained, lost, n))] += often
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
    print(
        "(McNemar's setting, Tango's score bounds). *Detects* is the margin that the gate says it can tell with a power"
    )
    print("of .80; *kept* is how often a subject without any true harm keeps just that margin.\n")
    print(
        "| n | margin | discordant | at the margin: fails | at the margin: passes | no worse: fails | detects | kept |"
    )
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for n, margin, discordant in CASES:
        at = rates(n, discordant, -margin, margin, times)
        same = rates(n, discordant, 0.0, margin, times)
        least = detectable_change_margin(discordant, n, alpha=ALPHA)
        kept = rates(n, discordant, 0.0, least, times)[Verdict.PASS]
        print(
            f"| {n} | {margin} | {discordant} | {at[Verdict.FAIL]:.3f} | {at[Verdict.PASS]:.3f} "
            f"| {same[Verdict.FAIL]:.3f} | {least:.4f} | {kept:.3f} |"
        )
    print("\nMisses: a subject that is worse than its margin by as much as the gate detects.\n")
    print("| n | margin | discordant | worse by | fails | cannot tell | passes |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for n, margin, discordant in CASES:
        worse = margin + detectable_change_margin(discordant, n, alpha=ALPHA)
        if worse < discordant:
            found = rates(n, discordant, -worse, margin, times)
            print(
                f"| {n} | {margin} | {discordant} | {worse:.4f} | {found[Verdict.FAIL]:.3f} "
                f"| {found[Verdict.CANNOT_TELL]:.3f} | {found[Verdict.PASS]:.3f} |"
            )


if __name__ == "__main__":
    main()
