"""The utility of every subject on every axis as arrays, so that a change of weights costs arithmetic only.

`utilities` computes them once from a frame of estimates; `Utilities.ranked` applies weights.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leaderboard.arrays import BoolArray, FloatArray, IntArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.ranking.accuracy_scaling import NEEDS_ACCURACY, PROPORTIONAL, in_proportion
from leaderboard.ranking.chance_level import above_bag_of_words, chance_levels
from leaderboard.ranking.contested_share import axis_mean
from leaderboard.ranking.counted_estimates import Counted, Pairs, counted_estimates
from leaderboard.ranking.methods.method import Method
from leaderboard.ranking.methods.registry import MERITS
from leaderboard.ranking.missing_axes import Gaps, recorded_reasons, superseded_reasons, too_few
from leaderboard.ranking.utility_scale import Ruler, UtilityAnchors
from leaderboard.ranking.weights import AXES, places, relative

Names = npt.NDArray[np.object_]

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
    *(f"{axis}_raw" for axis in PROPORTIONAL),
    "above_chance",
    "above_bag_of_words",
    "not_ranked",
    "suite",
)


@dataclass(frozen=True, slots=True)
class Utilities:
    """The utilities of n subjects on the six axes.

    Attributes:
        subjects, models, recipes: names, shape (n,); subjects are distinct.
        values: shape (n, 6), columns in the order of `Axis`, in [0, 1]; NaN where nothing that counts was measured.
            Those of bias, privacy and explainability are in proportion to accuracy (see `accuracy_scaling`).
        low, high: the utilities of the interval ends, likewise.
        raw: utilities before accuracy multiplies any, shape (n, 6); `values` where None.
        above_chance: shape (n,), 1 where the accuracy interval lies above chance, 0 where it does not, NaN where the
            chance level or the accuracy is not known; all NaN where None.
        above_bag_of_words: the same for the accuracy of a bag of words on the same examples; it does not affect the
            order.
        reasons: by subject and axis, why a measured or missing estimate leaves the axis unknown.
        axes: those that the tasks of the table ask about; the others have no weight in it.
        suite: name of the table.
    """

    subjects: Names
    models: Names
    recipes: Names
    values: FloatArray
    low: FloatArray
    high: FloatArray
    raw: FloatArray | None = None
    above_chance: FloatArray | None = None
    above_bag_of_words: FloatArray | None = None
    reasons: Mapping[tuple[str, Axis], str] = field(default_factory=dict)
    axes: tuple[Axis, ...] = AXES
    suite: str = ""

    def only(self, mask: BoolArray) -> "Utilities":
        """Return some of the subjects, in the same order; `mask` has shape (n,)."""
        return replace(
            self,
            subjects=self.subjects[mask],
            models=self.models[mask],
            recipes=self.recipes[mask],
            values=self.values[mask],
            low=self.low[mask],
            high=self.high[mask],
            raw=None if self.raw is None else self.raw[mask],
            above_chance=None if self.above_chance is None else self.above_chance[mask],
            above_bag_of_words=None if self.above_bag_of_words is None else self.above_bag_of_words[mask],
        )

    def relative(self, weights: Mapping[Axis, float] | None = None) -> FloatArray:
        """Return weights in the order of `Axis`, the largest of them 1; 0 for an axis that the table lacks.

        Raises:
            RequestError: for weights that are negative, not finite, or all zero.
        """
        table_weights = {axis: weight for axis, weight in (weights or {}).items() if axis in self.axes}
        relative(weights)  # also what does not count here has to be a weight
        return relative(table_weights | {axis: 0.0 for axis in AXES if axis not in self.axes})

    def complete(self, weights: FloatArray) -> BoolArray:
        """Return which subjects have every axis of positive weight, shape (n,); only these are ranked."""
        return np.asarray(~np.isnan(self.values[:, weights > 0]).any(axis=1))

    @property
    def below(self) -> BoolArray:
        """Subjects that are not above chance, shape (n,); they are ranked below all others."""
        return np.zeros(len(self.subjects), np.bool_) if self.above_chance is None else self.above_chance == 0

    def ranked(
        self,
        weights: Mapping[Axis, float] | None = None,
        *,
        where: BoolArray | None = None,
        method: Method = Method.WEIGHTED,
    ) -> pd.DataFrame:
        """Return one row for each subject, best first.

        Only subjects with every weighted axis are ranked, by whatever method; the others have no rank and no score,
        say why in `not_ranked`, and are at the end. Subjects that are not above chance are ranked below those that are.
        Equal merits share a rank and are ordered by name. By the weighted mean these are the numbers of
        `leaderboard.ranking.weighted_ranking.rank`.

        Args:
            weights: by axis, not negative; 1 for an axis that is not named, 0 for one outside of `axes`.
            where: the subjects to rank, shape (n,); all of them when None.
            method: how utilities become an order.

        Returns:
            The columns `RANKING_COLUMNS`. The score is that of the method, larger is better, and has bounds where the
            method is one of each subject alone: every interval at its low or high end, an unmeasured axis as 0 or 1.
            By layers there is no score, and a last column `layer`.

        Raises:
            RequestError: for weights that are negative, not finite, or all zero.
        """
        selected = self if where is None else self.only(where)
        each = selected.relative(weights)
        merit = merits(selected, each, method)
        unknown = np.full(len(merit), np.nan)
        if method is Method.PARETO:
            return _table(selected, each, merit, (unknown, unknown, unknown), {"layer": _integers(-merit)})
        if not method.independent:
            return _table(selected, each, merit, (merit, unknown, unknown), {})
        low = MERITS[method](np.where(np.isnan(selected.low), 0.0, selected.low), each)
        high = MERITS[method](np.where(np.isnan(selected.high), 1.0, selected.high), each)
        return _table(selected, each, merit, (merit, low, high), {})


def merits(subjects: Utilities, weights: FloatArray, method: Method) -> FloatArray:
    """Return the merit of each subject by a method, larger is better, shape (n,).

    Args:
        subjects: the subjects.
        weights: from `Utilities.relative`.
        method: how utilities become an order.

    Returns:
        NaN for a subject that lacks a weighted axis; such a subject does not affect the others.
    """
    complete = subjects.complete(weights)
    merit = np.full(len(complete), np.nan)
    merit[complete] = MERITS[method](subjects.values[complete], weights)  # noqa: PD011 - no frame
    return merit


def utilities(
    frame: pd.DataFrame,
    anchors: Mapping[tuple[str, str], UtilityAnchors] | None = None,
    *,
    required: Pairs | None = None,
    axes: Sequence[Axis] = AXES,
    suite: str = "",
) -> Utilities:
    """Return the utilities of all subjects of a frame, in the order in which they first appear.

    An axis's utility: for each of its headline metrics the mean over the tasks it was measured on, then the mean over
    metrics weighted by `Metric.weight`, contested ones by a third at most (`contested_share`); that of bias, privacy
    and explainability times that of accuracy. Of several measurements on one task one counts
    (`estimate_selection.fullest_places`), unless it has fewer examples than its metric's `minimum_n`: then the axis is
    not known. Its low and high are the same means of the utilities of the interval ends: all metrics at their worst, or
    best, at once; wider than a 95 % interval, never narrower.

    Args:
        frame: estimates with the columns of `leaderboard.store.frames.estimates_frame`; headline metrics are enough.
        anchors: those that tasks override, by (task, metric).
        required: (task, metric) of all that a subject must have on an axis for the axis to be known, so that no
            subject is averaged over fewer tasks than another; rows of other tasks do not count. None requires nothing.
        axes: those that the table asks about.
        suite: name of the table.

    Raises:
        RequestError: for anchors that leave no scale between them.
        ValueError: for measured values that are not finite.
    """
    codes, subjects = pd.factorize(frame["subject"])
    first = np.unique(codes, return_index=True)[1]
    names, models, recipes = (frame[name].to_numpy(dtype=object)[first] for name in ("subject", "model", "recipe"))
    counted, tasks = counted_estimates(frame, codes.astype(np.int64), required)
    few = too_few(counted, tasks, len(subjects))
    enough = counted.only(~few.places)
    raw = np.stack(axis_values(enough, len(subjects), tasks, anchors))
    gaps, measured_reasons = Gaps(enough, tasks, few), recorded_reasons(frame, names)
    if required is None:
        gaps.note_unmeasured(measured_reasons)
    else:
        gaps.require(required, superseded_reasons(frame, names, required) | measured_reasons)
    gaps.note_missing_plugins(frame, names)
    raw[:, gaps.missing] = np.nan
    value, low, high = in_proportion(raw)
    reasons = {(str(names[row]), axis): ", ".join(whys) for (row, axis), whys in gaps.reasons.items()}
    lacking = np.argwhere(np.isnan(value) & ~np.isnan(raw[0]))
    reasons |= {(str(names[row]), AXES[column]): NEEDS_ACCURACY for row, column in lacking}
    chance = chance_levels(enough, len(subjects), tasks, anchors or {})
    words = above_bag_of_words(frame, codes.astype(np.int64), len(subjects))
    return Utilities(names, models, recipes, value, low, high, raw[0], chance, words, reasons, tuple(axes), suite)


def axis_values(
    counted: Counted,
    subjects: int,
    tasks: Sequence[str],
    anchors: Mapping[tuple[str, str], UtilityAnchors] | None = None,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return utilities by subject and axis as `utilities` explains them, before accuracy multiplies any.

    Args:
        counted: the estimates.
        subjects: how many there are.
        tasks: names of the tasks.
        anchors: those that tasks override, by (task, metric).

    Returns:
        Value, low and high, each of shape (subjects, 6); NaN where nothing was measured.

    Raises:
        RequestError: for anchors that leave no scale between them.
        ValueError: for values that are not finite.
    """
    if not np.isfinite(counted.value).all():
        raise ValueError(f"a utility needs finite values, not {counted.value[~np.isfinite(counted.value)][0]}")
    pairs, inverse = np.unique(counted.task * len(METRICS) + counted.metric, return_inverse=True)
    task_anchors = anchors or {}
    measured = [(tasks[pair // len(METRICS)], METRICS.in_order[pair % len(METRICS)]) for pair in pairs]
    ruler = Ruler.of_many([Ruler.of(metric, task_anchors.get((task, metric.name))) for task, metric in measured])[
        inverse
    ]
    pooled = np.array(list(METRICS.pooled_places.values()), dtype=np.int64)
    present, column = np.unique(pooled[counted.metric], return_inverse=True)
    cell, shape = counted.subject * len(present) + column, (subjects, len(present))
    times = np.bincount(cell, minlength=math.prod(shape))
    ends = ruler.interval(counted.value, counted.low, counted.high)
    sums = [np.bincount(cell, each, math.prod(shape)) for each in (ruler.utility(counted.value), *ends)]
    with np.errstate(invalid="ignore"):  # 0/0: not measured
        value, low, high = (over_metrics((each / times).reshape(shape), present) for each in sums)
    return value, low, high


def _table(
    ranked: Utilities,
    weights: FloatArray,
    merit: FloatArray,
    scores: tuple[FloatArray, FloatArray, FloatArray],
    more: Mapping[str, Any],
) -> pd.DataFrame:
    of_axes = {"": ranked.values, "_low": ranked.low, "_high": ranked.high}  # noqa: PD011 - no frame
    place = places(merit, ranked.below)
    order = np.lexsort((_alphabetical(ranked.subjects), place))  # NaN, which has no place, comes last
    raw = ranked.values if ranked.raw is None else ranked.raw  # noqa: PD011 - no frame
    columns = {
        "rank": _integers(place),
        "subject": ranked.subjects,
        "model": ranked.models,
        "recipe": ranked.recipes,
        **dict(zip(("score", "score_low", "score_high"), scores, strict=True)),
        "axes_measured": _measured(ranked, np.array([axis in ranked.axes for axis in AXES])),
    }
    for column, axis in enumerate(AXES):
        columns |= {f"{axis}{end}": numbers[:, column] for end, numbers in of_axes.items()}
    columns |= {f"{axis}_raw": raw[:, AXES.index(axis)] for axis in PROPORTIONAL}
    columns |= {
        "above_chance": _whether(ranked.above_chance, len(merit)),
        "above_bag_of_words": _whether(ranked.above_bag_of_words, len(merit)),
        "not_ranked": _not_ranked(ranked, weights, merit),
        "suite": np.full(len(merit), ranked.suite, dtype=object),
    }
    texts = dict.fromkeys(("subject", "model", "recipe", "axes_measured", "not_ranked", "suite"), "str")
    return pd.DataFrame(columns | dict(more)).astype(texts).iloc[order].reset_index(drop=True)


def _whether(flags: FloatArray | None, subjects: int) -> "pd.Series[bool]":
    """Return 1 and 0 as booleans, missing where they are NaN or all unknown."""
    return pd.Series(np.full(subjects, np.nan) if flags is None else flags).astype("boolean")


def _measured(scored: Utilities, of: BoolArray) -> Names:
    """Return how many of some axes each subject has, as `2/6`."""
    counts = np.array([f"{count}/{of.sum()}" for count in range(len(AXES) + 1)], dtype=object)
    return np.asarray(counts[(~np.isnan(scored.values[:, of])).sum(axis=1)])  # noqa: PD011 - no frame


def _not_ranked(scored: Utilities, weights: FloatArray, merit: FloatArray) -> Names:
    """Return why each subject is not ranked; empty for those that are."""
    used = weights > 0
    kind = "axes" if used.sum() == len(scored.axes) else "weighted axes"
    reasons = np.full(len(scored.subjects), "", dtype=object)
    reasons[np.isnan(merit)] = "no two subjects differ in accuracy, which tells the rates of this method"
    unknown = np.isnan(scored.values) & used
    for row in np.flatnonzero(unknown.any(axis=1)).tolist():
        axes = [AXES[column] for column in np.flatnonzero(unknown[row])]
        whys = [f"{axis}: {scored.reasons.get((str(scored.subjects[row]), axis), 'not measured')}" for axis in axes]
        reasons[row] = f"{used.sum() - len(axes)} of {used.sum()} {kind} ({'; '.join(whys)})"
    return reasons


def over_metrics(means: FloatArray, present: IntArray) -> FloatArray:
    """Return means over the metrics of each axis, shape (n, 6), from means over tasks of the present metrics."""
    metrics = [METRICS.in_order[place] for place in present]
    by_axis = np.empty((len(means), len(AXES)))
    for column, axis in enumerate(AXES):
        of_axis = [place for place, metric in enumerate(metrics) if metric.axis is axis]
        by_axis[:, column] = axis_mean(means[:, of_axis], [metrics[place] for place in of_axis])
    return by_axis


def _integers(numbers: FloatArray) -> "pd.Series[int]":
    """Return integers, missing where the numbers are NaN."""
    return pd.Series(numbers).astype("Int64")


def _alphabetical(names: Names) -> npt.NDArray[np.intp]:
    """Return the alphabetical position of each name."""
    order = np.argsort(names.astype(str), kind="stable")
    place = np.empty(len(names), dtype=np.intp)
    place[order] = np.arange(len(names))
    return place
