"""Bootstrap draws of utilities over examples, shared by all subjects that answered the same ones.

What all find hard cancels in a comparison, so subjects of one set of examples are resampled together. A number that
cannot be computed from resampled examples (`Protocol.resampled`), or that was timed, is drawn from its interval.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Observation
from leaderboard.errors import LeaderboardError
from leaderboard.ranking.accuracy_scaling import in_proportion
from leaderboard.ranking.counted_estimates import Pairs
from leaderboard.ranking.dominance import draw_points
from leaderboard.ranking.estimate_selection import fullest
from leaderboard.ranking.missing_axes import withheld
from leaderboard.ranking.uncertain_loss import Uncertain
from leaderboard.ranking.utilities import over_metrics
from leaderboard.ranking.utility_scale import Ruler, UtilityAnchors
from leaderboard.ranking.weights import AXES
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.stats.resampled import Resampled
from leaderboard.store.errors import DamagedStoreError
from leaderboard.store.results import EvaluationResult, SubjectResults
from leaderboard.store.stored_protocols import stored_protocol

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ExampleDraws:
    """Utilities of n subjects in many bootstrap draws.

    Attributes:
        values: shape (draws, n, 6); NaN where nothing was measured.
        resampled: how many of each subject's numbers come from resampled examples, shape (n,).
        numbers: how many it has.
    """

    values: FloatArray
    resampled: tuple[int, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Number:
    """One estimate of one subject that counts."""

    subject: int
    evaluation: EvaluationResult
    metric: Metric
    estimate: Estimate


def example_draws(
    results: Sequence[SubjectResults],
    rng: np.random.Generator,
    *,
    anchors: Mapping[tuple[str, str], UtilityAnchors] | None = None,
    required: Pairs | None = None,
    draws: int,
) -> ExampleDraws:
    """Draw the utilities of subjects on resampled examples, in proportion to accuracy as in the ranking.

    Args:
        results: of the subjects.
        rng: of the draws.
        anchors: those that tasks override, by (task, metric).
        required: (task, metric) that are ranked by; all of them where None.
        draws: how many.
    """
    counted = [number for place, subject in enumerate(results) for number in _counted(place, subject, required)]
    present = np.unique([METRICS.pooled_places[each.metric.name] for each in counted]).astype(np.int64)
    if not len(present):
        nothing = np.full((draws, len(results), len(AXES)), np.nan)
        return ExampleDraws(nothing, (0,) * len(results), (0,) * len(results))
    column = {int(place): at for at, place in enumerate(present)}
    sums = np.zeros((draws, len(results), len(present)))
    times = np.zeros((len(results), len(present)))
    paired = np.zeros(len(results), dtype=np.int64)
    for task in dict.fromkeys(each.evaluation.task.name for each in counted):
        counts: dict[tuple[str, ...], FloatArray] = {}  # of one task at a time: they are large
        resampled: dict[str, Mapping[tuple[str, str], Resampled]] = {}
        for each in (number for number in counted if number.evaluation.task.name == task):
            evaluation = each.evaluation
            if evaluation.evaluation not in resampled:
                resampled[evaluation.evaluation] = _resampled(evaluation)
            number = resampled[evaluation.evaluation].get((each.metric.name, ""))
            if number is not None and len(set(number.clusters or number.ids)) > 1:
                values = _redrawn(number, counts, rng, draws)
                values = np.where(np.isnan(values), each.estimate.value or 0.0, values)
                paired[each.subject] += 1
            else:
                values = draw_points([[_uncertain(each.estimate)]], rng, draws)[0, :, 0]
            at = column[METRICS.pooled_places[each.metric.name]]
            ruler = Ruler.of(each.metric, (anchors or {}).get((task, each.metric.name)))
            sums[:, each.subject, at] += ruler.utility(values)
            times[each.subject, at] += 1
    with np.errstate(invalid="ignore"):  # 0/0: not measured
        means = (sums / times).reshape(-1, len(present))
    values = in_proportion(over_metrics(means, present).reshape(draws, len(results), len(AXES)))
    each_has = tuple(sum(number.subject == place for number in counted) for place in range(len(results)))
    return ExampleDraws(values, tuple(paired.tolist()), each_has)


def _counted(place: int, subject: SubjectResults, required: Pairs | None) -> list[_Number]:
    """Return the estimates that the subject's utilities are computed from."""
    rows = [
        {
            "task": evaluation.task.name,
            "task_version": evaluation.task.version,
            "metric": record.metric.name,
            "status": record.estimate.status.value,
            "n": record.estimate.n,
            "evaluated_at": evaluation.started_at,
            "number": _Number(place, evaluation, record.metric, record.estimate),
        }
        for evaluation in subject.evaluations
        for record in evaluation.estimates
        if record.metric.headline and record.metric.name in METRICS
        if not record.part and record.estimate.status is Status.MEASURED
        if required is None or (evaluation.task.name, record.metric.name) in required
    ]
    numbers: list[_Number] = [row["number"] for row in fullest(rows)]
    return [each for each in numbers if not withheld(each.metric, each.estimate.n)]


def _resampled(evaluation: EvaluationResult) -> Mapping[tuple[str, str], Resampled]:
    """Return what can be computed from resampled examples: nothing for timings or for another protocol version."""
    task = evaluation.task
    try:
        protocol = stored_protocol(task)
        if protocol.depends_on_environment:
            return {}
        observations = [Observation(each.example_id, each.data) for each in evaluation.observe()]
        return protocol.resampled(observations) if observations else {}
    except DamagedStoreError:
        raise
    except LeaderboardError as error:  # no such protocol here, or observations of another
        reason = str(error).partition("\n")[0]
        log.warning("%s: its examples cannot be drawn again (%s); drawn from intervals", task.name, reason)
        return {}


def _redrawn(
    number: Resampled, counts: dict[tuple[str, ...], FloatArray], rng: np.random.Generator, draws: int
) -> FloatArray:
    """Return the number on resampled examples, the same for all subjects with these examples."""
    units = number.clusters or number.ids
    distinct = sorted(set(units))
    key = tuple(distinct)
    if key not in counts:
        counts[key] = rng.multinomial(len(distinct), np.full(len(distinct), 1 / len(distinct)), draws).astype(
            np.float64
        )
    place = {unit: at for at, unit in enumerate(distinct)}
    return number.value(counts[key][:, [place[unit] for unit in units]])


def _uncertain(estimate: Estimate) -> Uncertain:
    value = estimate.value or 0.0  # measured, so it has one
    if estimate.low is None or estimate.high is None:
        return Uncertain.exact(value)
    return Uncertain.between(value, (estimate.low, estimate.high))
