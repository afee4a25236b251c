"""The weighted ranking: each axis becomes one utility, and the axes one score."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Axis
from leaderboard.errors import RequestError, unknown_name
from leaderboard.ranking.measured import EstimateRecord, fullest, known
from leaderboard.ranking.normalise import Anchors, Utility, utility_interval

RANKING_COLUMNS = (
    "rank",
    "subject",
    "model",
    "recipe",
    "score",
    "score_low",
    "score_high",
    "axes_measured",
    *(f"{axis}{end}" for axis in Axis for end in ("", "_low", "_high")),
)
_TEXTS = ("subject", "model", "recipe", "axes_measured")
_UNKNOWN = Utility(math.nan, 0.0, 1.0)
"""An axis that was not measured: no value, and bounds that exclude nothing."""


@dataclass(frozen=True, slots=True)
class _Row:
    subject: str
    model: str
    recipe: str
    score: Utility
    axes: Mapping[Axis, Utility]


def rank(
    frame: pd.DataFrame,
    weights: Mapping[Axis, float] | None = None,
    *,
    anchors: Mapping[tuple[str, str], Anchors] | None = None,
) -> pd.DataFrame:
    """One row a subject, best first.

    An axis's utility: for each of its headline metrics the mean over the tasks it was measured on, then the mean over
    metrics weighted by `Metric.weight`. Where a subject was measured several times on one task, the measurement with
    the most examples counts, so that a quick look at ten of them does not hide a full one; of equally many the newest.
    Its low and high are the same means of the utilities of the interval ends: all metrics at their worst, or at their
    best, at once; wider than a 95 % interval, never narrower.

    The score is the weighted mean over the *measured* axes, so an axis that nobody measured neither helps nor harms;
    `axes_measured` says how many there were. `score_low` and `score_high` answer for what is not known: they are the
    weighted mean over *all* weighted axes with each measured axis at its low or high and each unmeasured one at 0 or 1.
    The score always lies between them. Two subjects whose bounds overlap are not told apart by the data.

    No axis is multiplied by another. A model that knows nothing is not rewarded where the metrics themselves can tell
    (a relative counterfactual gap, faithfulness above a random order's, anchors at chance level). A stereotype
    preference cannot, one reason for its half weight: its factor would have to be how often the model prefers sense to
    nonsense, which those pairs do not ask. Accuracy as the factor would count twice, and a low bias column would not
    say which of the two is low.

    Every number of a row comes from that subject and the fixed anchors alone: adding or removing a subject changes
    neither the scores nor the order of the others. Equal scores share a rank and are ordered by name. A subject
    without any measured axis of positive weight has no score and no rank, and stands at the end.

    Args:
        frame: estimates with the columns of `leaderboard.store.frames.estimates_frame`.
        weights: by axis, not negative; 1 for an axis that is not named.
        anchors: those that tasks override, by (task, metric).

    Returns:
        The columns `RANKING_COLUMNS`; missing where something is not known.

    Raises:
        RequestError: for weights that are negative, not finite, or all zero.
    """
    weighing = _checked(weights or {})
    by_subject: dict[str, list[EstimateRecord]] = defaultdict(list)
    for record in frame[frame["headline"]].to_dict("records"):  # the others are most of them, and do not count
        by_subject[record["subject"]].append({str(name): value for name, value in record.items()})
    rows = [
        _row(subject, by_subject[str(subject["subject"])], weighing, anchors or {})
        for subject in frame[["subject", "model", "recipe"]].drop_duplicates("subject").to_dict("records")
    ]
    rows.sort(key=lambda row: (math.isnan(row.score.value), -row.score.value, row.subject))
    scores = [row.score.value for row in rows]
    records = [_record(row, _place(row.score.value, scores)) for row in rows]
    ranked = pd.DataFrame(records, columns=list(RANKING_COLUMNS))
    return ranked.astype(dict.fromkeys(RANKING_COLUMNS, "float64") | {"rank": "Int64"} | dict.fromkeys(_TEXTS, "str"))


def axis_utilities(
    rows: Iterable[EstimateRecord], anchors: Mapping[tuple[str, str], Anchors] | None = None
) -> dict[Axis, Utility]:
    """The utility of each measured axis of one subject, as `rank` computes it; an axis that was not measured is absent.

    Args:
        rows: estimates of one subject, with the columns of `leaderboard.store.frames.estimates_frame`.
        anchors: those that tasks override, by (task, metric).
    """
    by_axis: dict[Axis, list[EstimateRecord]] = defaultdict(list)
    for row in counting(rows):
        by_axis[Axis(row["axis"])].append(row)
    return {axis: _axis(by_axis[axis], anchors or {}) for axis in Axis if axis in by_axis}


def counting(rows: Iterable[EstimateRecord]) -> list[EstimateRecord]:
    """Those of one subject's estimates that its utilities are made of: measured, headline, the fullest of each task."""
    return fullest(row for row in rows if row["headline"] and row["metric"] in METRICS)


def parse_weights(texts: Iterable[str]) -> dict[Axis, float]:
    """Weights as a flag says them, `AXIS=W`.

    Raises:
        RequestError: for another form, an unknown axis, or something that is not a number.
    """
    weights: dict[Axis, float] = {}
    for text in texts:
        name, equals, number = text.partition("=")
        if not equals:
            raise RequestError(f"--weight {text}: write AXIS=W, for instance accuracy=2")
        if name.strip().lower() not in list(Axis):
            raise unknown_name("axis", name.strip(), list(Axis), where=f"--weight {text}")
        try:
            weights[Axis(name.strip().lower())] = float(number)
        except ValueError:
            raise RequestError(f"--weight {text}: '{number}' is not a number") from None
    return weights


def _checked(weights: Mapping[Axis, float]) -> dict[Axis, float]:
    for axis, weight in weights.items():
        if not math.isfinite(weight) or weight < 0:
            raise RequestError(f"--weight {axis}={weight}: a weight is 0 or a positive number")
    weighing = {axis: float(weights.get(axis, 1.0)) for axis in Axis}
    largest = max(weighing.values())
    if largest == 0:
        raise RequestError("--weight: every axis has weight 0; give at least one a positive weight")
    return {axis: weight / largest for axis, weight in weighing.items()}  # only ratios matter, and sums stay finite


def _row(
    subject: Mapping[Any, Any],
    rows: Sequence[EstimateRecord],
    weights: Mapping[Axis, float],
    anchors: Mapping[tuple[str, str], Anchors],
) -> _Row:
    measured = axis_utilities(rows, anchors)
    axes = {axis: measured.get(axis, _UNKNOWN) for axis in Axis}
    return _Row(
        subject=str(subject["subject"]),
        model=str(subject["model"]),
        recipe=str(subject["recipe"]),
        score=_score(axes, weights),
        axes=axes,
    )


def _axis(counted: Sequence[EstimateRecord], anchors: Mapping[tuple[str, str], Anchors]) -> Utility:
    by_metric: dict[str, list[Utility]] = defaultdict(list)
    for row in counted:
        own = anchors.get((row["task"], row["metric"]))
        by_metric[row["metric"]].append(
            utility_interval(METRICS[row["metric"]], float(row["value"]), known(row["low"]), known(row["high"]), own)
        )
    return _mean([(METRICS[name].weight, _mean([(1.0, each) for each in found])) for name, found in by_metric.items()])


def _score(axes: Mapping[Axis, Utility], weights: Mapping[Axis, float]) -> Utility:
    known = [(weights[axis], each) for axis, each in axes.items() if each is not _UNKNOWN and weights[axis] > 0]
    bounds = _mean([(weights[axis], each) for axis, each in axes.items() if weights[axis] > 0])
    return Utility(_mean(known).value if known else math.nan, bounds.low, bounds.high)


def _mean(weighted: Sequence[tuple[float, Utility]]) -> Utility:
    total = math.fsum(weight for weight, _ in weighted)
    return Utility(
        math.fsum(weight * each.value for weight, each in weighted) / total,
        math.fsum(weight * each.low for weight, each in weighted) / total,
        math.fsum(weight * each.high for weight, each in weighted) / total,
    )


def _place(score: float, scores: Sequence[float]) -> int | None:
    return None if math.isnan(score) else 1 + sum(other > score for other in scores)


def _record(row: _Row, place: int | None) -> dict[str, Any]:
    measured = [axis for axis, each in row.axes.items() if each is not _UNKNOWN]
    record: dict[str, Any] = {
        "rank": place,
        "subject": row.subject,
        "model": row.model,
        "recipe": row.recipe,
        "score": row.score.value,
        "score_low": row.score.low,
        "score_high": row.score.high,
        "axes_measured": f"{len(measured)}/{len(Axis)}",
    }
    for axis in measured:
        record |= {
            f"{axis}": row.axes[axis].value,
            f"{axis}_low": row.axes[axis].low,
            f"{axis}_high": row.axes[axis].high,
        }
    return record
