"""Goals of searches: losses to minimise and constraints that must hold."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from leaderboard.axes.axis import Axis
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.ranking.accuracy_scaling import PROPORTIONAL, scaled
from leaderboard.ranking.conditions import Condition
from leaderboard.ranking.estimate_selection import EstimateRecord
from leaderboard.ranking.scalarisation import Scalarisation
from leaderboard.ranking.terms import Term, value_of
from leaderboard.ranking.uncertain_loss import Uncertain
from leaderboard.ranking.utility_scale import UtilityAnchors, task_anchors, utility_interval
from leaderboard.ranking.weighted_ranking import axis_utilities
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.records import StudyMode
from leaderboard.tasks import Task

MOST_OBJECTIVES = 3
"""Largest number of objectives: with more, nearly every trial is on the front, which gives a sampler no guidance."""
PERFECT = Uncertain.exact(0.0)
"""The loss of an unmeasured term: the best possible."""

AnchorsByTask = Mapping[tuple[str, str], UtilityAnchors]


@dataclass(frozen=True)
class Goal:
    """Objective and constraints of a search.

    Weighted: one loss, of the losses 1 - utility of all terms. Constrained: one loss, that of the only term in its own
    unit (see `Term.loss_of`). Pareto: the loss 1 - utility of each term. A metric's utility is on its fixed anchors.
    Utilities of bias, privacy and explainability are in proportion to accuracy, as in the ranking: otherwise a search
    finds that a model of noise has no bias (`ranking.accuracy_scaling`). A metric in its own unit is as measured.

    Attributes:
        mode: Weighted, constrained or Pareto.
        terms: Terms of the objective.
        weights: of the terms, where they are weighted.
        scalarisation: of a weighted goal.
        conditions: what must hold.
        proportional: false for studies that began before utilities were in proportion to accuracy: their losses are
            compared with each other.
    """

    mode: StudyMode
    terms: tuple[Term, ...]
    weights: tuple[float, ...] = ()
    scalarisation: Scalarisation = Scalarisation.WEIGHTED_SUM
    conditions: tuple[Condition, ...] = ()
    proportional: bool = True

    @property
    def axes(self) -> frozenset[Axis]:
        """The axes that losses and conditions depend on, accuracy among them where it multiplies another."""
        axes = {term.axis for term in self.terms} | {condition.term.axis for condition in self.conditions}
        return frozenset(axes | ({Axis.ACCURACY} if self._needs_accuracy else set()))

    @property
    def objectives(self) -> tuple[str, ...]:
        """Names of the losses, for people."""
        if self.mode is StudyMode.WEIGHTED:
            shares = ", ".join(f"{term} {weight:g}" for term, weight in zip(self.terms, self.weights, strict=True))
            name = "weighted loss" if self.scalarisation is Scalarisation.WEIGHTED_SUM else "Chebyshev loss"
            return (f"{name} ({shares})",)
        if self.mode is StudyMode.CONSTRAINED:
            return (f"{self.terms[0]}",)
        return tuple(f"1 - utility of {term}" for term in self.terms)

    @property
    def reference(self) -> tuple[float, ...]:
        """The point that hypervolume is measured from: utility 0 on every objective of a Pareto search."""
        return tuple(1.0 for _ in self.terms)

    def losses(self, rows: Sequence[EstimateRecord], anchors: AnchorsByTask) -> tuple[Uncertain, ...]:
        """Return the losses of a subject that was measured on all terms.

        Args:
            rows: its estimates.
            anchors: those that tasks override.

        Raises:
            NotMeasurableError: If a term has no value, with the reason.
        """
        losses = [self._loss(term, self.value(term, rows, anchors), rows, anchors) for term in self.terms]
        return self._together([_required(each, term) for each, term in zip(losses, self.terms, strict=True)])

    def at_best(self, rows: Sequence[EstimateRecord], anchors: AnchorsByTask) -> tuple[Uncertain, ...]:
        """Return optimistic losses: a term that is not measured yet has the best possible loss."""
        losses = [self._loss(term, self.value(term, rows, anchors), rows, anchors) for term in self.terms]
        if self.mode is StudyMode.CONSTRAINED and losses[0] is None:
            return ()
        return self._together([each or PERFECT for each in losses])

    def guessed(
        self, rows: Sequence[EstimateRecord], baseline: Sequence[EstimateRecord], anchors: AnchorsByTask
    ) -> tuple[float, ...]:
        """Return the losses of a pruned trial for the sampler: unmeasured ones are those of trial 0."""
        losses = [self._loss(term, self.value(term, rows, anchors), rows, anchors) for term in self.terms]
        baseline_losses = [
            self._loss(term, self.value(term, baseline, anchors), baseline, anchors) for term in self.terms
        ]
        return tuple(
            each.value
            for each in self._together([a or b or PERFECT for a, b in zip(losses, baseline_losses, strict=True)])
        )

    def violations(
        self, rows: Sequence[EstimateRecord], baseline: Sequence[EstimateRecord], anchors: AnchorsByTask
    ) -> dict[str, float | None]:
        """Return the violation of each condition, by its text; None where it is unknown.

        Args:
            rows: estimates of a subject.
            baseline: those of trial 0.
            anchors: those that tasks override.
        """
        return {
            condition.text: self._violation(condition, self.value(condition.term, rows, anchors), baseline, anchors)
            for condition in self.conditions
        }

    def surely_broken(
        self, rows: Sequence[EstimateRecord], baseline: Sequence[EstimateRecord], anchors: AnchorsByTask
    ) -> list[str]:
        """Return the conditions that are broken even at the favourable ends of the 95 % intervals."""
        broken = []
        for condition in self.conditions:
            above = condition.comparison.from_above
            kinder = _end(self.value(condition.term, rows, anchors), low=above)
            compared = _end(self.value(condition.term, baseline, anchors), low=not above)
            if kinder is None or (condition.needs_baseline and compared is None):
                continue
            if condition.violation(kinder, compared if condition.needs_baseline else None) > 0:
                broken.append(condition.text)
        return broken

    def chance(
        self, rows: Sequence[EstimateRecord], baseline: Sequence[EstimateRecord], anchors: AnchorsByTask
    ) -> float:
        """Return the probability that the least certain condition holds, by the interval of its value.

        The baseline is taken as it was seen: both answered the same examples, so that most of what makes it uncertain
        makes the value so, too, and is in its interval already.

        Returns:
            1 without conditions; 0 where something that must hold is not known.
        """
        return min((self._chance(condition, rows, baseline, anchors) for condition in self.conditions), default=1.0)

    def check(self, tasks: Mapping[str, Task]) -> None:
        """Check that the tasks measure all terms, and that the goal is valid.

        Raises:
            RequestError: naming the flag.
        """
        for term in self.terms:
            term.check(tasks, where=_FLAGS[self.mode])
        for condition in self.conditions:
            condition.term.check(tasks, where=f"--subject-to '{condition}'")
        if self._needs_accuracy and not any(task.axis is Axis.ACCURACY for task in tasks.values()):
            raise RequestError(
                f"{_FLAGS[self.mode]}: {', '.join(PROPORTIONAL)} count in proportion to accuracy, and no task here "
                f"measures it\n  Tasks: {', '.join(tasks)}"
            )
        if self.mode is StudyMode.PARETO and len(self.terms) > MOST_OBJECTIVES:
            raise RequestError(
                f"--pareto: {len(self.terms)} objectives; at most {MOST_OBJECTIVES} are searched at once, since with "
                "more nearly every trial is on the front\n"
                "  Make the others constraints: --subject-to 'bias >= baseline'"
            )
        if self.mode is StudyMode.PARETO and len(self.terms) == 1:
            raise RequestError(
                f"--pareto {self.terms[0]}: a front needs two objectives; use --maximize {self.terms[0]}"
            )
        if len(set(self.terms)) < len(self.terms):
            raise RequestError(f"{_FLAGS[self.mode]}: names something twice: {', '.join(map(str, self.terms))}")

    def value(self, term: Term, rows: Sequence[EstimateRecord], anchors: AnchorsByTask) -> Estimate:
        """Return the value of a term among the estimates of one subject, with however few examples."""
        return value_of(term, rows, anchors, minimum=False, proportional=self.proportional)

    @property
    def _needs_accuracy(self) -> bool:
        """Whether a utility of the losses or conditions is in proportion to accuracy."""
        utilities = [term for term in self.terms if term.metric is None or self.mode is not StudyMode.CONSTRAINED]
        utilities += [condition.term for condition in self.conditions if condition.term.metric is None]
        return self.proportional and any(term.axis in PROPORTIONAL for term in utilities)

    def _loss(
        self, term: Term, estimate: Estimate, rows: Sequence[EstimateRecord], anchors: AnchorsByTask
    ) -> Uncertain | None:
        if estimate.status is not Status.MEASURED or estimate.value is None:
            return None
        if self.mode is StudyMode.CONSTRAINED or term.metric is None:
            return term.loss_interval(estimate)
        own = anchors.get((term.task, term.metric.name))
        utility = utility_interval(term.metric, estimate.value, estimate.low, estimate.high, own)
        if self.proportional and term.axis in PROPORTIONAL:
            accuracy = axis_utilities(rows, anchors, minimum=False).get(Axis.ACCURACY)
            if accuracy is None:
                return None
            utility = scaled(utility, accuracy)
        return Uncertain.between(1 - utility.value, (1 - utility.low, 1 - utility.high))

    def _chance(
        self,
        condition: Condition,
        rows: Sequence[EstimateRecord],
        baseline: Sequence[EstimateRecord],
        anchors: AnchorsByTask,
    ) -> float:
        estimate = self.value(condition.term, rows, anchors)
        compared = self.value(condition.term, baseline, anchors).value if condition.needs_baseline else None
        if estimate.value is None or (condition.needs_baseline and compared is None):
            return 0.0
        low, high = (estimate.value if end is None else end for end in (estimate.low, estimate.high))
        value, bound = Uncertain.between(estimate.value, (low, high)), condition.bound.at(compared)
        return value.chance_at_most(bound) if condition.comparison.from_above else value.chance_at_least(bound)

    def _violation(
        self, condition: Condition, estimate: Estimate, baseline: Sequence[EstimateRecord], anchors: AnchorsByTask
    ) -> float | None:
        if estimate.value is None:
            return None
        compared: float | None = None
        if condition.needs_baseline:
            compared = self.value(condition.term, baseline, anchors).value
            if compared is None:
                return None
        violation = condition.violation(estimate.value, compared)
        return violation if math.isfinite(violation) else None

    def _together(self, losses: Sequence[Uncertain]) -> tuple[Uncertain, ...]:
        if self.mode is not StudyMode.WEIGHTED:
            return tuple(losses)
        table = [[each.value for each in losses], [each.low for each in losses], [each.high for each in losses]]
        value, low, high = self.scalarisation.score(table, self.weights).tolist()
        return (Uncertain.between(value, (low, high)),)


_FLAGS = {
    StudyMode.WEIGHTED: "--weighted",
    StudyMode.CONSTRAINED: "--minimize/--maximize",
    StudyMode.PARETO: "--pareto",
}


def anchors_of(tasks: Iterable[Task]) -> AnchorsByTask:
    """Return the anchors of tasks by (task, metric), where they differ from the catalogue's."""
    return task_anchors({task.name: task.model_dump(mode="json") for task in tasks})


def _end(estimate: Estimate, *, low: bool) -> float | None:
    """Return one end of an interval; the value where there is no interval."""
    end = estimate.low if low else estimate.high
    return estimate.value if end is None else end


def _required(loss: Uncertain | None, term: Term) -> Uncertain:
    if loss is None:
        raise NotMeasurableError(f"the objective {term} was not measured")
    return loss
