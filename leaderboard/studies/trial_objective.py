"""The objective function of a study: a point becomes a subject, which is measured until it is complete or pruned."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from leaderboard.axes.axis import Axis
from leaderboard.clock import now_after
from leaderboard.data.portions import Portion
from leaderboard.errors import LeaderboardError, NotMeasurableError, as_exceptions, reason_of
from leaderboard.evaluation.plan import EvaluationPlan
from leaderboard.ranking.dominance import probability_dominated
from leaderboard.ranking.estimate_selection import EstimateRecord
from leaderboard.ranking.pareto import front
from leaderboard.ranking.uncertain_loss import Uncertain
from leaderboard.ranking.weighted_ranking import axis_utilities
from leaderboard.recipes.recipe import Recipe
from leaderboard.stats.estimate import Status
from leaderboard.store.process_ids import process_id
from leaderboard.store.records import TrialRecord, TrialState
from leaderboard.store.repository import Store
from leaderboard.store.studies import trials, write_trial
from leaderboard.studies.budget import AGAIN
from leaderboard.studies.definition import Definition
from leaderboard.studies.evaluator import SubjectEvaluator, narrows
from leaderboard.studies.goals import anchors_of
from leaderboard.studies.names import SamplerName
from leaderboard.studies.samplers import PROCESS, chosen
from leaderboard.studies.variants import PARENT, enqueue_variants

if TYPE_CHECKING:
    import optuna

log = logging.getLogger(__name__)

SURE = 0.95
"""Probability of being dominated from which on a trial goes no further."""
_UNKNOWN = 1.0
"""The violation reported to the sampler for a constraint that was not measured."""


class _Pruned(Exception):  # noqa: N818 - pruning is no error
    """Raised when a trial is pruned."""


class TrialObjective:
    """Optuna's objective function of a study.

    Every trial is stored: complete, pruned with the reason, or failed with the reason. A failed or pruned trial
    is never on the front.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        definition: Definition,
        evaluator: SubjectEvaluator,
        run_id: int,
        *,
        baseline: str | None,
    ) -> None:
        """Load the baseline and the anchors.

        Args:
            store: Store of the study.
            name: Study name.
            definition: Definition of the study.
            evaluator: Measures subjects.
            run_id: Run that evaluations are recorded under.
            baseline: Identity of the subject of trial 0; None while trial 0 itself is measured.
        """
        self._store = store
        self._name = name
        self._definition = definition
        self._evaluator = evaluator
        self._run_id = run_id
        self._goal = definition.goal(evaluator.suite)
        self._anchors = anchors_of(evaluator.suite.values())
        self._space = definition.point_space
        self._baseline = evaluator.rows(baseline, Portion.SEARCH) if baseline else []
        self._losses: dict[str, tuple[Uncertain, ...]] = {}
        self.latest: TrialRecord | None = None
        """The trial that ended last."""
        self._bounded = {each.term.axis for each in self._goal.conditions}
        self._wanted = self._goal.axes

    @property
    def objectives(self) -> int:
        """Number of losses."""
        return len(self._goal.objectives)

    def chosen_sampler(self, trials: Sequence[TrialRecord], planned: int) -> SamplerName | None:
        """Return the sampler, or None until it can be chosen (see `samplers.chosen`)."""
        return chosen(
            self._definition.sampler,
            trials,
            objectives=self.objectives,
            constraints=len(self._goal.conditions),
            planned=planned,
        )

    def __call__(self, trial: "optuna.Trial") -> Sequence[float]:
        """Measure a point and return the losses for the sampler."""
        trial.set_user_attr(PROCESS, process_id())
        parameters = {name: values.suggested(trial, name) for name, values in self._space.searched.items()}
        record = TrialRecord(
            number=trial.number,
            state=TrialState.RUNNING,
            parent=trial.user_attrs.get(PARENT),
            parameters=parameters,
            started_at=datetime.now(UTC),
        )
        write_trial(self._store, self._name, record)
        try:
            with as_exceptions():
                recipe = self._space.recipe(parameters)
                record = replace(record, recipe=recipe.details, subject=self._identity(recipe))
                return self._run(trial, recipe, record)
        except KeyboardInterrupt:
            self._finish(record, TrialState.FAILED, f"interrupted; {AGAIN} when the search goes on")
            attributes = {} if record.parent is None else {PARENT: record.parent}
            trial.study.enqueue_trial(parameters, user_attrs=attributes)
            raise
        except Exception as error:
            self._finish(record, TrialState.FAILED, reason_of(error))
            trial.set_user_attr("reason", str(error))
            log.debug("trial %s of %s failed", trial.number, self._name, exc_info=True)
            raise

    def _run(self, trial: "optuna.Trial", recipe: Recipe, record: TrialRecord) -> Sequence[float]:
        try:
            rows = self._measure_rungs(recipe)
        except _Pruned as pruned:
            rows = self._rows(record)
            baseline = self._baseline or rows
            # Unmeasured constraints get the violations of trial 0: neither for nor against the point.
            baseline_violations, violations = self._violations(baseline, baseline), self._violations(rows, baseline)
            self._inform_sampler(
                trial,
                rows,
                {text: baseline_violations[text] if value is None else value for text, value in violations.items()},
            )
            trial.set_user_attr("stopped", str(pruned))
            self._finish(record, TrialState.PRUNED, str(pruned))
            return self._goal.guessed(rows, baseline, self._anchors)
        baseline = self._baseline or rows
        losses = tuple(each.value for each in self._goal.losses(rows, self._anchors))
        violations = self._violations(rows, baseline)
        self._inform_sampler(trial, rows, violations)
        self._finish(replace(record, losses=losses, violations=violations), TrialState.COMPLETE)
        if record.parent is None and self._baseline:
            enqueue_variants(trial.study, self._space, record, self._definition)
        return losses

    def _measure_rungs(self, recipe: Recipe) -> list[Mapping[str, Any]]:
        """Measure on more and more examples and return the estimates of the top rung.

        Raises:
            _Pruned: If a condition is surely broken, or the trial is dominated.
            LeaderboardError: If an evaluation failed, or the objective has no value.
        """
        top = self._definition.limit
        rungs = [rung for rung in self._definition.rungs if rung < top and self._baseline]
        for rung in [*rungs, top]:
            plans = self._evaluator.plans(recipe, Portion.SEARCH, rung)
            try:
                rows = self._measure(plans, first=rung == [*rungs, top][0], last=rung == top)
            finally:
                if rung == top:
                    self._evaluator.forget(plans[0])
            if rung < top:
                self._stop_if_dominated(rows, rung)
        return rows

    def _measure(self, plans: Sequence[EvaluationPlan], *, first: bool, last: bool) -> list[Mapping[str, Any]]:
        """Measure one rung: the objective, or at the top everything, the cheapest first."""
        subject = plans[0].subject.identity
        for plan in plans:
            looked_at = plan.task.axis in self._wanted and (narrows(plan) or (first and plan.task.data is not None))
            if not (last or looked_at):
                continue
            outcome = self._evaluator.measure(plan, self._run_id)
            if outcome.status is Status.FAILED:
                raise LeaderboardError(outcome.reason)
            if self._baseline and plan.task.axis in self._bounded:
                rows = self._evaluator.rows(subject, Portion.SEARCH)
                if broken := self._goal.surely_broken(rows, self._baseline, self._anchors):
                    raise _Pruned(f"surely breaks {' and '.join(broken)}")
        return self._evaluator.rows(subject, Portion.SEARCH)

    def _stop_if_dominated(self, rows: Sequence[EstimateRecord], rung: int) -> None:
        """Prune a trial that one rival alone surely dominates: that some of many do is likely by chance."""
        hopeful = self._goal.at_best(rows, self._anchors)
        if not hopeful:
            return
        rng = np.random.default_rng([self._definition.seed, rung])
        for number, rival in self._front():
            probability = probability_dominated(hopeful, [rival], rng)
            if probability > SURE:
                raise _Pruned(f"worse than trial {number}, measured on {rung} examples (probability {probability:.2f})")

    def _front(self) -> list[tuple[int, tuple[Uncertain, ...]]]:
        """Return number and losses of the trials on the front so far, of all processes."""
        feasible = [each for each in trials(self._store, self._name) if each.feasible]
        best = [feasible[index] for index in front([each.losses for each in feasible])] if feasible else []
        return [(each.number, self._losses_of(each.subject)) for each in best if each.subject]

    def _losses_of(self, subject: str) -> tuple[Uncertain, ...]:
        if subject not in self._losses:
            self._losses[subject] = self._goal.losses(self._evaluator.rows(subject, Portion.SEARCH), self._anchors)
        return self._losses[subject]

    def _violations(
        self, rows: Sequence[EstimateRecord], baseline: Sequence[EstimateRecord]
    ) -> dict[str, float | None]:
        return self._goal.violations(rows, baseline, self._anchors)

    def _inform_sampler(
        self, trial: "optuna.Trial", rows: Sequence[EstimateRecord], violations: Mapping[str, float | None]
    ) -> None:
        """Store every constraint and the utility of every axis with Optuna's trial."""
        for text, violation in violations.items():
            trial.set_constraint(text, _UNKNOWN if violation is None else violation)
        utilities = axis_utilities(rows, self._anchors, minimum=False, proportional=self._goal.proportional)
        for axis in Axis:
            if axis in utilities:
                trial.set_user_attr(axis.value, utilities[axis].value)

    def _identity(self, recipe: Recipe) -> str:
        return self._evaluator.plans(recipe, Portion.SEARCH, self._definition.limit)[0].subject.identity

    def _rows(self, record: TrialRecord) -> list[Mapping[str, Any]]:
        return self._evaluator.rows(record.subject, Portion.SEARCH) if record.subject else []

    def _finish(self, record: TrialRecord, state: TrialState, reason: str = "") -> None:
        ended = replace(record, state=state, reason=reason, ended_at=now_after(record.started_at))
        write_trial(self._store, self._name, ended)
        self.latest = ended


def check_baseline(attempted: TrialRecord) -> None:
    """Check that trial 0 has all values that other trials are compared with.

    Raises:
        NotMeasurableError: With the reason why the search cannot start.
    """
    if attempted.state is not TrialState.COMPLETE:
        raise NotMeasurableError(f"trial 0, the model with everything off, {attempted.state}: {attempted.reason}")
    unknown = [text for text, violation in attempted.violations.items() if violation is None]
    if unknown:
        raise NotMeasurableError(
            f"trial 0, the model with everything off, has no value for {' and '.join(unknown)}: "
            "no trial could be compared with it"
        )
