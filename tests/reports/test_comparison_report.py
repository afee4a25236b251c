import io
from dataclasses import replace

from rich.console import Console

from leaderboard.axes.catalogue import METRICS
from leaderboard.comparison.compare import Comparison, Difference
from leaderboard.reports.comparison import comparison_tables
from leaderboard.stats.estimate import Estimate

LONGEST = max((metric for metric in METRICS.values() if metric.headline), key=lambda metric: len(metric.name))


def test_a_comparison_fits_a_terminal_of_80_columns():
    measured = Estimate.measured(1.2345e12, (1.1e12, 1.3e12), n=100, method="made up")
    wide = Difference(
        axis=METRICS["flops_128"].axis,
        task="a_task_with_a_name_that_is_rather_long",
        metric=METRICS["flops_128"],
        part="",
        first=measured,
        second=measured,
        difference=Estimate.measured(-1.2345e12, (-1.3e12, -1.1e12), n=100, method="made up"),
        paired=True,
        test="paired t",
        p=0.0001,
        p_holm=None,
        minimum_detectable=None,
        better=1,
        certain=True,
    )
    console = Console(file=io.StringIO(), width=80)
    share = Estimate.measured(-0.1234, (-0.2345, -0.1111), n=100, method="made up")
    long = replace(wide, metric=LONGEST, first=share, second=share, difference=share)
    both = Comparison(first="one", second="other", differences=(wide, long), caveats=(), family=0)
    console.print(*comparison_tables(both))
    output = console.file.getvalue()
    assert max(map(len, output.splitlines())) <= 80
    assert output.count("< 0.001") == 3  # the sentence says it of the headline metric
    assert output.count("1.23 TFLOP") == 3
    assert "[-0.234, -0.111]" in output or "[-0.235, -0.111]" in output
