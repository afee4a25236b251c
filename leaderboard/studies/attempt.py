"""Attempt: one trial. A point becomes a subject, which is measured for as long as it may still be worth it."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from leaderboard.axes.metric import Axis
from leaderboard.clock import now_after
from leaderboard.data.portions import Portion
from leaderboard.errors import LeaderboardError, NotMeasurableError
from leaderboard.evaluation.plan import EvaluationPlan
from leaderboard.ranking.dominance import probability_dominated
from leaderboard.ranking.measured import EstimateRecord
from leaderboard.ranking.pareto import front
from leaderboard.ranking.uncertain import Uncertain
from leaderboard.ranking.weighted import axis_utilities
from leaderboard.recipes.recipe import Recipe
from leaderboard.stats.estimate import Status
from leaderboard.store.processes import this_process
from leaderboard.store.records import TrialRecord, TrialState
from leaderboard.store.repository import Store
from leaderboard.store.studies import trials, write_trial
from leaderboard.studies.bench import Bench, narrows
from leaderboard.studies.budget import AGAIN
from leaderboard.studies.definition import Definition
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
"""The violation that a sampler is told of a constraint that was not measured."""


class _Stopped(Exception):  # noqa: N818 - no error: it was worth no more
    """A trial that goes no further."""


class Attempt:
    """Tries one point after the other, as Optuna's objective function.

    Whatever becomes of a trial is kept in the store: complete, pruned with what ruled it out, or failed with its
    reason. A failed or pruned one is never on the front.
    """

    def __init__(
        self, store: Store, name: str, definition: Definition, bench: Bench, run_id: int, *, baseline: str | None
    ) -> None:
        """Get ready.

        Args:
            store: that keeps the study.
            name: of the study.
            definition: what was asked for.
            bench: measures.
            run_id: that evaluations are noted under.
            baseline: identity of the subject of trial 0; None while that one is measured itself.
        """
        self._store = store
        self._name = name
        self._definition = definition
        self._bench = bench
        self._run_id = run_id
        self._goal = definition.goal(bench.suite)
        self._anchors = anchors_of(bench.suite.values())
        self._space = definition.point_space
        self._baseline = bench.rows(baseline, Portion.SEARCH) if baseline else []
        self._known: dict[str, tuple[Uncertain, ...]] = {}
        self.latest: TrialRecord | None = None
        """The trial that ended last."""
        self._bounded = {each.term.axis for each in self._goal.conditions}
        self._wanted = {term.axis for term in self._goal.terms} | self._bounded

    @property
    def objectives(self) -> int:
        """How many losses it gives."""
        return len(self._goal.objectives)

    def chosen_sampler(self, trials: Sequence[TrialRecord], planned: int) -> SamplerName | None:
        """Who proposes points, once that can be told (see `samplers.chosen`)."""
        return chosen(
            self._definition.sampler,
            trials,
            objectives=self.objectives,
            constraints=len(self._goal.conditions),
            planned=planned,
        )

    def __call__(self, trial: "optuna.Trial") -> Sequence[float]:
        """Try a point; gives the losses that the sampler is to learn from."""
        trial.set_user_attr(PROCESS, this_process())
        parameters = {name: found.suggested(trial, name) for name, found in self._space.searched.items()}
        record = TrialRecord(
            number=trial.number,
            state=TrialState.RUNNING,
            parent=trial.user_attrs.get(PARENT),
            parameters=parameters,
            started_at=datetime.now(UTC),
        )
        write_trial(self._store, self._name, record)
        try:
            recipe = self._space.recipe(parameters)
            record = replace(record, recipe=recipe.details, subject=self._identity(recipe))
            return self._try(trial, recipe, record)
        except KeyboardInterrupt:
            self._end(record, TrialState.FAILED, f"interrupted; {AGAIN} when the search goes on")
            kept = {} if record.parent is None else {PARENT: record.parent}
            trial.study.enqueue_trial(parameters, user_attrs=kept)
            raise
        except Exception as error:
            told = isinstance(error, LeaderboardError)
            self._end(record, TrialState.FAILED, str(error) if told else f"{type(error).__name__}: {error}")
            trial.set_user_attr("reason", str(error))
            log.debug("trial %s of %s failed", trial.number, self._name, exc_info=True)
            raise

    def _try(self, trial: "optuna.Trial", recipe: Recipe, record: TrialRecord) -> Sequence[float]:
        try:
            rows = self._climb(recipe)
        except _Stopped as stopped:
            rows = self._rows(record)
            baseline = self._baseline or rows
            # What was not looked at is told as trial 0 has it: neither for nor against the point.
            usual, found = self._violations(baseline, baseline), self._violations(rows, baseline)
            self._tell(trial, rows, {text: usual[text] if value is None else value for text, value in found.items()})
            trial.set_user_attr("stopped", str(stopped))
            self._end(record, TrialState.PRUNED, str(stopped))
            return self._goal.guessed(rows, baseline, self._anchors)
        baseline = self._baseline or rows
        losses = tuple(each.value for each in self._goal.losses(rows, self._anchors))
        violations = self._violations(rows, baseline)
        self._tell(trial, rows, violations)
        self._end(replace(record, losses=losses, violations=violations), TrialState.COMPLETE)
        if record.parent is None and self._baseline:
            enqueue_variants(trial.study, self._space, record, self._definition)
        return losses

    def _climb(self, recipe: Recipe) -> list[Mapping[str, Any]]:
        """Measure on more and more examples; gives the estimates of a subject that reached the top.

        Raises:
            _Stopped: where it is not worth going on.
            LeaderboardError: when an evaluation failed, or what counts has no value.
        """
        top = self._definition.limit
        rungs = [rung for rung in self._definition.rungs if rung < top and self._baseline]
        for rung in [*rungs, top]:
            plans = self._bench.plans(recipe, Portion.SEARCH, rung)
            try:
                rows = self._measure(plans, first=rung == [*rungs, top][0], last=rung == top)
            finally:
                if rung == top:
                    self._bench.forget(plans[0])
            if rung < top:
                self._stop_if_dominated(rows, rung)
        return rows

    def _measure(self, plans: Sequence[EvaluationPlan], *, first: bool, last: bool) -> list[Mapping[str, Any]]:
        """One rung: what counts, or at the top everything, the cheapest first."""
        subject = plans[0].subject.identity
        for plan in plans:
            looked_at = plan.task.axis in self._wanted and (narrows(plan) or (first and plan.task.data is not None))
            if not (last or looked_at):
                continue
            outcome = self._bench.measure(plan, self._run_id)
            if outcome.status is Status.FAILED:
                raise LeaderboardError(outcome.reason)
            if self._baseline and plan.task.axis in self._bounded:
                rows = self._bench.rows(subject, Portion.SEARCH)
                if broken := self._goal.surely_broken(rows, self._baseline, self._anchors):
                    raise _Stopped(f"surely breaks {' and '.join(broken)}")
        return self._bench.rows(subject, Portion.SEARCH)

    def _stop_if_dominated(self, rows: Sequence[EstimateRecord], rung: int) -> None:
        """Stop where one rival alone surely dominates: that some of many do is likely by luck."""
        hopeful = self._goal.at_best(rows, self._anchors)
        if not hopeful:
            return
        rng = np.random.default_rng([self._definition.seed, rung])
        for number, rival in self._front():
            probability = probability_dominated(hopeful, [rival], rng)
            if probability > SURE:
                raise _Stopped(f"worse than trial {number}, seen on {rung} examples (probability {probability:.2f})")

    def _front(self) -> list[tuple[int, tuple[Uncertain, ...]]]:
        """Number and losses of the best complete and feasible trials so far, of all processes."""
        found = [each for each in trials(self._store, self._name) if each.feasible]
        best = [found[index] for index in front([each.losses for each in found])] if found else []
        return [(each.number, self._losses_of(each.subject)) for each in best if each.subject]

    def _losses_of(self, subject: str) -> tuple[Uncertain, ...]:
        if subject not in self._known:
            self._known[subject] = self._goal.losses(self._bench.rows(subject, Portion.SEARCH), self._anchors)
        return self._known[subject]

    def _violations(
        self, rows: Sequence[EstimateRecord], baseline: Sequence[EstimateRecord]
    ) -> dict[str, float | None]:
        return self._goal.violations(rows, baseline, self._anchors)

    def _tell(
        self, trial: "optuna.Trial", rows: Sequence[EstimateRecord], violations: Mapping[str, float | None]
    ) -> None:
        """What Optuna keeps beside the losses: every constraint, always, and the utility of every axis."""
        for text, violation in violations.items():
            trial.set_constraint(text, _UNKNOWN if violation is None else violation)
        utilities = axis_utilities(rows, self._anchors)
        for axis in Axis:
            if axis in utilities:
                trial.set_user_attr(axis.value, utilities[axis].value)

    def _identity(self, recipe: Recipe) -> str:
        return self._bench.plans(recipe, Portion.SEARCH, self._definition.limit)[0].subject.identity

    def _rows(self, record: TrialRecord) -> list[Mapping[str, Any]]:
        return self._bench.rows(record.subject, Portion.SEARCH) if record.subject else []

    def _end(self, record: TrialRecord, state: TrialState, reason: str = "") -> None:
        ended = replace(record, state=state, reason=reason, ended_at=now_after(record.started_at))
        write_trial(self._store, self._name, ended)
        self.latest = ended


def check_baseline(attempted: TrialRecord) -> None:
    """See that trial 0 says all that others are compared with.

    Raises:
        NotMeasurableError: with the reason why the search cannot begin.
    """
    if attempted.state is not TrialState.COMPLETE:
        raise NotMeasurableError(f"trial 0, the model with everything off, {attempted.state}: {attempted.reason}")
    unknown = [text for text, violation in attempted.violations.items() if violation is None]
    if unknown:
        raise NotMeasurableError(
            f"trial 0, the model with everything off, has no value for {' and '.join(unknown)}: "
            "no trial could be said to keep to it"
        )
