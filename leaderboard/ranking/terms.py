"""Terms: how objectives and constraints name an axis, a metric or a task.

    accuracy                    an axis: its utility, 0 to 1; bias, privacy, explainability in proportion to accuracy
    latency_p95                 a metric, wherever it is reported
    latency.p95, bias.flip_rate the same after its axis; any ending that only one metric of the axis has
    bias.crows_pairs            a task: its headline metric
    accuracy.sst2.macro_f1      a metric of a task

`Term.parse` reads one, `Term.check` says whether the tasks of a study can answer it, `value_of` finds its value among
the estimates of a subject, and `Term.loss_of` turns a value into what is minimised.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Better, Metric
from leaderboard.errors import RequestError, unknown_name
from leaderboard.ranking.accuracy_scaling import NEEDS_ACCURACY
from leaderboard.ranking.estimate_selection import EstimateRecord, fullest, number_or_none
from leaderboard.ranking.missing_axes import withheld
from leaderboard.ranking.uncertain_loss import Uncertain
from leaderboard.ranking.utility_scale import UtilityAnchors
from leaderboard.stats.estimate import Estimate

UTILITY = "utility"
"""Unit of an axis: 0 at the worst anchors, 1 at the best."""


class Reporting(Protocol):
    """Axis and metrics of a task, as a term needs to know them."""

    @property
    def axis(self) -> Axis:
        """Axis that the task belongs to."""

    @property
    def metrics(self) -> Sequence[str]:
        """Names of the metrics that the task reports."""

    @property
    def headlines(self) -> Sequence[str]:
        """Names of the metrics that count in a ranking."""


@dataclass(frozen=True, slots=True)
class Term:
    """An axis, a metric, or a metric of one task.

    Attributes:
        axis: the axis, or that of the metric.
        metric: None for the utility of the axis.
        task: the task whose metric it is; empty for the only one that reports it.
    """

    axis: Axis
    metric: Metric | None = None
    task: str = ""

    @classmethod
    def parse(cls, text: str, tasks: Mapping[str, Reporting] | None = None, *, where: str = "") -> Self:
        """Return the term that a text describes.

        A metric's own name comes before a task of that name, and a task before an ending of metrics.

        Args:
            text: as in the examples above.
            tasks: the tasks that can be named, by name.
            where: flag or file that contains the text, for messages.

        Raises:
            RequestError: for a name that is unknown or that several metrics end in.
        """
        reporting = tasks or {}
        head, dot, rest = text.strip().partition(".")
        if not dot and head in METRICS and head not in Axis:
            return cls(METRICS[head].axis, METRICS[head])
        if head not in Axis:
            _refuse_uninstalled(head, reporting, where=where)
            kind, names = ("axis", []) if dot else ("axis or metric", list(METRICS))
            raise unknown_name(kind, head, {*Axis, *names}, where=where, see="leaderboard metrics")
        axis = Axis(head)
        return cls(axis, *_metric_and_task(axis, rest, reporting, where=where)) if dot else cls(axis)

    @property
    def text(self) -> str:
        """The shortest form that `parse` reads as this term."""
        name = (_short(self.metric),) if self.metric else ()
        return ".".join([self.axis.value, *([self.task] if self.task else []), *name])

    def __str__(self) -> str:
        return self.text

    @property
    def unit(self) -> str:
        """Unit of the term's values."""
        return self.metric.unit if self.metric else UTILITY

    def loss_of(self, value: float) -> float:
        """Return what is minimized: the value, its negative, its distance from a target, or 1 - utility."""
        if self.metric is None:
            return 1 - value
        if self.metric.better is Better.TARGET and self.metric.target is not None:
            return abs(value - self.metric.target)
        return value if self.metric.better is Better.LOWER else -value

    def loss_interval(self, estimate: Estimate) -> Uncertain:
        """Return the loss of a measured estimate with its interval; a target inside the interval has loss 0.

        Raises:
            ValueError: for an estimate that was not measured.
        """
        if estimate.value is None:
            raise ValueError(f"{self}: not measured: {estimate.reason}")
        loss = self.loss_of(estimate.value)
        if estimate.low is None or estimate.high is None:
            return Uncertain.exact(loss)
        ends = self.loss_of(estimate.low), self.loss_of(estimate.high)
        target = self.metric.target if self.metric and self.metric.better is Better.TARGET else None
        if target is not None and estimate.low <= target <= estimate.high:
            return Uncertain(loss, 0.0, max(loss, *ends))
        return Uncertain.between(loss, ends)

    def check(self, tasks: Mapping[str, Reporting], *, where: str = "") -> None:
        """Refuse a term that these tasks do not answer, before anything is measured.

        Args:
            tasks: the tasks that will be run, by name.
            where: flag or file that contains the term, for the message.

        Raises:
            RequestError: when none of them reports it, or several do and the term names none.
        """
        reporting = self.reporting(tasks)
        if not reporting:
            raise RequestError(
                f"{where + ': ' if where else ''}no task reports '{self}'\n"
                f"  Tasks of the {self.axis} axis here: {_listed(tasks, self.axis)}"
            )
        if self.metric and len(reporting) > 1:
            raise self._ambiguous(reporting, where)

    def reporting(self, tasks: Mapping[str, Reporting]) -> list[str]:
        """Return the names of the tasks that report this term."""
        return [name for name, task in tasks.items() if task.axis is self.axis and self._reported(name, task)]

    def _reported(self, name: str, task: Reporting) -> bool:
        if self.metric is None:
            return bool(task.headlines)
        return self.task in ("", name) and self.metric.name in task.metrics

    def _ambiguous(self, tasks: Iterable[str], where: str = "") -> RequestError:
        names = ", ".join(Term(self.axis, self.metric, task).text for task in sorted(tasks))
        return RequestError(
            f"{where + ': ' if where else ''}'{self}' is reported by several tasks\n  Name one of them: {names}"
        )


def value_of(
    term: Term,
    rows: Iterable[EstimateRecord],
    anchors: Mapping[tuple[str, str], UtilityAnchors] | None = None,
    *,
    minimum: bool = True,
    proportional: bool = True,
) -> Estimate:
    """Return the value of a term among the estimates of one subject.

    Args:
        term: an axis, a metric, or a metric of a task.
        rows: estimates of one subject, with the columns of `leaderboard.store.frames.estimates_frame`. Of several
            measurements on one task the one with the most examples counts, of equally many the newest.
        anchors: those that tasks override, by (task, metric); for axes.
        minimum: whether an axis with an estimate of fewer examples than its metric's `minimum_n` is not known.
        proportional: whether bias, privacy and explainability count in proportion to accuracy, as axes.

    Returns:
        In the term's unit; *not measured*, with the reason, where nothing was. An axis's interval is that of the
        board: all its metrics at their worst, or at their best, at once; its n is the least of theirs.

    Raises:
        RequestError: for a metric that several tasks report, when the term names none of them.
    """
    rows = list(rows)
    of_axis = [row for row in rows if row["axis"] == term.axis.value]
    if term.metric is None:
        return _value_of_axis(term.axis, rows, anchors or {}, minimum=minimum, proportional=proportional)
    rows_of_metric = [row for row in of_axis if row["metric"] == term.metric.name and term.task in ("", row["task"])]
    tasks = {row["task"] for row in rows_of_metric}
    if len(tasks) > 1:
        raise term._ambiguous(tasks)  # noqa: SLF001 - the same message as before the study
    measured = fullest(rows_of_metric)
    if not measured:
        return Estimate.not_measured(_reasons(rows_of_metric) or f"no task reported {term}")
    (row,) = measured
    low, high = number_or_none(row["low"]), number_or_none(row["high"])
    interval = None if low is None or high is None else (low, high)
    return Estimate.measured(float(row["value"]), interval, n=int(row["n"]), method=f"as {row['task']}")


def _value_of_axis(
    axis: Axis,
    rows: Sequence[EstimateRecord],
    anchors: Mapping[tuple[str, str], UtilityAnchors],
    *,
    minimum: bool,
    proportional: bool,
) -> Estimate:
    from leaderboard.ranking.weighted_ranking import axis_utilities, counting  # noqa: PLC0415 - slow to import

    of_axis = [row for row in rows if row["axis"] == axis.value]
    utility = axis_utilities(rows, anchors, minimum=minimum, proportional=proportional).get(axis)
    counted = counting(of_axis)
    if utility is None:
        few = [
            f"{row['task']}: {shortage}"
            for row in counted
            if (shortage := withheld(METRICS[row["metric"]], int(row["n"])))
        ]
        reason = "; ".join(few) if minimum and few else "" if counted else _reasons(of_axis)
        default_reason = f"the {axis} axis {NEEDS_ACCURACY}" if counted else f"no task of the {axis} axis was run"
        return Estimate.not_measured(reason or default_reason)
    n = min(int(row["n"]) for row in counted)
    return Estimate.measured(utility.value, (utility.low, utility.high), n=n, method="utilities of the interval ends")


def _metric_and_task(axis: Axis, rest: str, tasks: Mapping[str, Reporting], *, where: str) -> tuple[Metric, str]:
    """Return the metric after `axis.`, and the task if the text names one."""
    of_axis = [metric for metric in METRICS.values() if metric.axis is axis]
    metric_of_axis = _metric_called(rest, of_axis)
    if metric_of_axis:
        return metric_of_axis, ""
    task, _, metric = (rest, "", "") if rest in tasks else rest.rpartition(".")
    if task:
        return _of_task(axis, task, metric, tasks, where=where), task
    ending = _ending(rest, of_axis, where=where)
    if ending:
        return ending, ""
    _refuse_uninstalled(rest, tasks, where=where)
    names = {_short(each) for each in of_axis} | {name for name, each in tasks.items() if each.axis is axis}
    raise unknown_name(f"metric or task of the {axis} axis", rest, names, where=where, see="leaderboard metrics")


def _of_task(axis: Axis, name: str, metric: str, tasks: Mapping[str, Reporting], *, where: str) -> Metric:
    """Return the metric of a task that the term names, or the task's headline metric."""
    of_axis = {each: task for each, task in tasks.items() if task.axis is axis}
    if name in tasks and name not in of_axis:
        right = f"{tasks[name].axis}.{name}" + (f".{metric}" if metric else "")
        raise RequestError(
            f"{where + ': ' if where else ''}task '{name}' belongs to the {tasks[name].axis} axis, not to {axis}\n"
            f"  Did you mean '{right}'?"
        )
    if name not in of_axis:
        raise unknown_name(f"task of the {axis} axis", name, of_axis, where=where, see="leaderboard tasks list")
    reported = [METRICS[each] for each in of_axis[name].metrics if each in METRICS]
    if metric:
        match = _metric_called(metric, reported) or _ending(metric, reported, where=where)
        if not match:
            _refuse_uninstalled(metric, {name: of_axis[name]}, where=where)
        if not match:
            raise unknown_name(f"metric of task {name}", metric, map(_short, reported), where=where)
        return match
    headlines = [METRICS[each] for each in of_axis[name].headlines]
    if len(headlines) != 1:
        names = ", ".join(f"{axis}.{name}.{_short(each)}" for each in reported)
        raise RequestError(
            f"{where + ': ' if where else ''}task '{name}' has {len(headlines) or 'no'} headline metric"
            f"{'s' if len(headlines) > 1 else ''}\n  Name one of its metrics: {names}"
        )
    return headlines[0]


def _refuse_uninstalled(name: str, tasks: Mapping[str, Reporting], *, where: str) -> None:
    """Refuse the name of a metric or an axis that tasks were measured on and that no installed package declares.

    Raises:
        RequestError: which says that a plug-in is missing.
    """
    metrics = {metric for task in tasks.values() for metric in task.metrics if metric not in METRICS}
    axes = {task.axis for task in tasks.values() if task.axis not in Axis}
    if name in metrics | axes:
        raise RequestError(
            f"{where + ': ' if where else ''}{'metric' if name in metrics else 'axis'} '{name}' was measured with a "
            "plug-in that is not installed here\n  Install the plug-in, or do without it: its stored values are in "
            "`leaderboard results`"
        )


def _metric_called(name: str, metrics: Sequence[Metric]) -> Metric | None:
    """Return the metric of that name, in full or without its axis."""
    in_full = {metric.name: metric for metric in metrics}
    return in_full.get(name) or {_short(metric): metric for metric in metrics}.get(name)


def _ending(name: str, metrics: Sequence[Metric], *, where: str) -> Metric | None:
    """Return the only metric that ends in that word."""
    matches = [metric for metric in metrics if metric.name.endswith(f"_{name}")]
    if len(matches) > 1:
        raise RequestError(
            f"{where + ': ' if where else ''}several metrics of the {matches[0].axis} axis end in '{name}'\n"
            f"  Write one of them: {', '.join(Term(metric.axis, metric).text for metric in matches)}"
        )
    return matches[0] if matches else None


def _short(metric: Metric) -> str:
    return metric.name.removeprefix(f"{metric.axis}_")


def _listed(tasks: Mapping[str, Reporting], axis: Axis) -> str:
    return "; ".join(f"{n} ({', '.join(t.metrics)})" for n, t in tasks.items() if t.axis is axis) or "none"


def _reasons(rows: Iterable[EstimateRecord]) -> str:
    return "; ".join(dict.fromkeys(row["reason"] for row in rows if row["reason"]))
