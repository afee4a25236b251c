"""Goals: what a search looks for, as losses that are minimised and constraints that must hold."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from leaderboard.axes.metric import Axis
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.ranking.capability import PROPORTIONAL, scaled
from leaderboard.ranking.conditions import Condition
from leaderboard.ranking.measured import EstimateRecord
from leaderboard.ranking.normalise import Anchors, task_anchors, utility_interval
from leaderboard.ranking.scalarise import Scalarisation
from leaderboard.ranking.terms import Term, value_of
from leaderboard.ranking.uncertain import Uncertain
from leaderboard.ranking.weighted import axis_utilities
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.records import StudyMode
from leaderboard.tasks import Task

MOST_OBJECTIVES = 3
"""That are searched at once: with more, nearly every trial is on the front, and a sampler has nothing to go by."""
PERFECT = Uncertain.exact(0.0)
"""The loss of what nobody measured yet: nothing could be better."""

AnchorsByTask = Mapping[tuple[str, str], Anchors]


@dataclass(frozen=True)
class Goal:
    """What is looked for.

    Weighted: one loss, of the losses 1 - utility of all terms. Constrained: one loss, that of the only term in its own
    unit (see `Term.loss_of`). Pareto: the loss 1 - utility of each term. A metric's utility is on its fixed anchors.
    Utilities of bias, privacy and explainability are in proportion to accuracy, as in the ranking: otherwise a search
    finds that a model of noise has no bias (`leaderboard.ranking.capability`). A metric in its own unit is as measured.

    Attributes:
        mode: which of the three.
        terms: what counts.
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
        found = {term.axis for term in self.terms} | {condition.term.axis for condition in self.conditions}
        return frozenset(found | ({Axis.ACCURACY} if self._needs_accuracy else set()))

    @property
    def objectives(self) -> tuple[str, ...]:
        """What each loss is of, for people."""
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
        """The losses of a subject that was measured on all that counts.

        Args:
            rows: its estimates.
            anchors: those that tasks override.

        Raises:
            NotMeasurableError: when something that counts has no value, with the reason.
        """
        found = [self._loss(term, self.value(term, rows, anchors), rows, anchors) for term in self.terms]
        return self._together([_required(each, term) for each, term in zip(found, self.terms, strict=True)])

    def at_best(self, rows: Sequence[EstimateRecord], anchors: AnchorsByTask) -> tuple[Uncertain, ...]:
        """The losses as far as they are known; what was not measured yet counts as perfect."""
        found = [self._loss(term, self.value(term, rows, anchors), rows, anchors) for term in self.terms]
        if self.mode is StudyMode.CONSTRAINED and found[0] is None:
            return ()
        return self._together([each or PERFECT for each in found])

    def guessed(
        self, rows: Sequence[EstimateRecord], baseline: Sequence[EstimateRecord], anchors: AnchorsByTask
    ) -> tuple[float, ...]:
        """The losses as far as they are known, those of trial 0 where they are not: for a sampler to go by."""
        known = [self._loss(term, self.value(term, rows, anchors), rows, anchors) for term in self.terms]
        usual = [self._loss(term, self.value(term, baseline, anchors), baseline, anchors) for term in self.terms]
        return tuple(
            each.value for each in self._together([a or b or PERFECT for a, b in zip(known, usual, strict=True)])
        )

    def violations(
        self, rows: Sequence[EstimateRecord], baseline: Sequence[EstimateRecord], anchors: AnchorsByTask
    ) -> dict[str, float | None]:
        """By how much each condition is broken, by its text; None where that is not known.

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
        """The conditions that are broken even at the kinder ends of the 95 % intervals of value and baseline."""
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
        """How probably the condition that is least sure to hold does, by the interval of its value.

        The baseline is taken as it was seen: both answered the same examples, so that most of what makes it uncertain
        makes the value so, too, and is in its interval already.

        Returns:
            1 without conditions; 0 where something that must hold is not known.
        """
        return min((self._chance(condition, rows, baseline, anchors) for condition in self.conditions), default=1.0)

    def check(self, tasks: Mapping[str, Task]) -> None:
        """Refuse a goal that the tasks do not answer, or that is none.

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
        """The value of a term among the estimates of one subject; of however few examples, since intervals tell."""
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
        found = self.value(condition.term, rows, anchors)
        compared = self.value(condition.term, baseline, anchors).value if condition.needs_baseline else None
        if found.value is None or (condition.needs_baseline and compared is None):
            return 0.0
        low, high = (found.value if end is None else end for end in (found.low, found.high))
        value, bound = Uncertain.between(found.value, (low, high)), condition.bound.at(compared)
        return value.chance_at_most(bound) if condition.comparison.from_above else value.chance_at_least(bound)

    def _violation(
        self, condition: Condition, found: Estimate, baseline: Sequence[EstimateRecord], anchors: AnchorsByTask
    ) -> float | None:
        if found.value is None:
            return None
        compared: float | None = None
        if condition.needs_baseline:
            compared = self.value(condition.term, baseline, anchors).value
            if compared is None:
                return None
        violation = condition.violation(found.value, compared)
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
    """The anchors of tasks by (task, metric), where they differ from the catalogue's."""
    return task_anchors({task.name: task.model_dump(mode="json") for task in tasks})


def _end(estimate: Estimate, *, low: bool) -> float | None:
    """One end of an interval; of a value without one the value."""
    end = estimate.low if low else estimate.high
    return estimate.value if end is None else end


def _required(loss: Uncertain | None, term: Term) -> Uncertain:
    if loss is None:
        raise NotMeasurableError(f"{term} is what is looked for, and was not measured")
    return loss
