"""Means of single documents' scores, as functions of how often each counts; lm-evaluation-harness is not needed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from leaderboard.axes.harness.metrics import REPORTED
from leaderboard.axes.metric import Axis
from leaderboard.axes.protocol import Observation
from leaderboard.stats.resampled import Resampled


def resampled(observations: Sequence[Observation], axis: Axis, *, grouped: bool) -> Mapping[tuple[str, str], Resampled]:
    """What is a mean of scores, by metric and part; parts are named as in `estimating`.

    What is no mean, or a group's average over its tasks, is compared by its interval alone.

    Args:
        observations: of one task, or of all tasks of a group.
        axis: where the metrics count.
        grouped: whether they are of a group.
    """
    columns: dict[tuple[str, str], dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for seen in sorted(observations, key=lambda seen: (seen.data["task"], seen.data["document"])):
        for score in seen.data["scores"]:
            known = REPORTED.get(score["metric"])
            value = score["value"]
            if (
                known
                and known.metric.axis is axis
                and score["aggregation"] == "mean"
                and isinstance(value, int | float)
            ):
                scope = seen.data["task"] if grouped else ""
                values = columns[score["metric"], scope][score["filter"]]
                values[seen.example_id] = known.scale * value
    found = {}
    for (name, scope), by_filter in columns.items():
        metric = REPORTED[name].metric.name
        means = {part: Resampled.mean(list(values), list(values.values())) for part, values in by_filter.items()}
        found[metric, scope] = next(iter(means.values()))
        if len(means) > 1:
            found |= {(metric, f"{scope}/{part}" if scope else part): mean for part, mean in means.items()}
    return found
