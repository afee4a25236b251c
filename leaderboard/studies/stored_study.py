"""Studies read from the store, with the scores of their trials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from leaderboard.axes.axis import Axis
from leaderboard.data.portions import Portion
from leaderboard.errors import NotMeasurableError
from leaderboard.ranking.estimate_selection import EstimateRecord
from leaderboard.ranking.pareto import front, history
from leaderboard.ranking.uncertain_loss import Uncertain
from leaderboard.ranking.utility_scale import Utility
from leaderboard.ranking.weighted_ranking import axis_utilities
from leaderboard.store.records import StudyMode, StudyRecord, TrialRecord, TrialState
from leaderboard.store.repository import Store
from leaderboard.store.studies import current_trials, study
from leaderboard.store.subject_estimates import estimates_by_subject
from leaderboard.studies.definition import Definition, checked_trials, stored_definition
from leaderboard.studies.goals import AnchorsByTask, Goal, anchors_of
from leaderboard.tasks import Catalogue


@dataclass(frozen=True)
class TrialScores:
    """Scores of a trial's subject on one portion.

    Attributes:
        rows: its estimates, as `ranking.estimate_selection` reads them.
        axes: utility of each axis that was measured.
        losses: of the objectives with their intervals; None where one of them was not measured.
        violations: of the constraints, against trial 0 on the same portion; None for what was not measured.
        chance: how probably the constraint that is least sure to hold does (see `Goal.chance`).
    """

    rows: Sequence[EstimateRecord]
    axes: Mapping[Axis, Utility]
    losses: tuple[Uncertain, ...] | None
    violations: Mapping[str, float | None]
    chance: float

    @property
    def feasible(self) -> bool:
        """Whether every constraint is measured and holds."""
        return all(value is not None and value <= 0 for value in self.violations.values())


@dataclass(frozen=True)
class StoredStudy:
    """A study of the store.

    Attributes:
        record: Its row.
        definition: Its definition.
        goal: Its objective and constraints.
        trials: All trials, ordered by number.
        searched: Scores of each trial's subject on the search portion, by number.
        held_out: Scores of the finalists on held-out data, by number.
        anchors: those that tasks override.
        cheaper: Axes whose tasks have cheaper parameters during the search.
    """

    record: StudyRecord
    definition: Definition
    goal: Goal
    trials: tuple[TrialRecord, ...]
    searched: Mapping[int, TrialScores] = field(default_factory=dict)
    held_out: Mapping[int, TrialScores] = field(default_factory=dict)
    anchors: AnchorsByTask = field(default_factory=dict)
    cheaper: tuple[Axis, ...] = ()

    @property
    def name(self) -> str:
        """Study name."""
        return self.record.name

    @cached_property
    def complete(self) -> tuple[TrialRecord, ...]:
        """Trials that were measured in full."""
        return tuple(each for each in self.trials if each.state is TrialState.COMPLETE)

    @cached_property
    def baseline(self) -> TrialRecord | None:
        """Trial 0: the first complete one with every lever off."""
        return baseline_of(self.trials, self.definition)

    @cached_property
    def feasible(self) -> tuple[TrialRecord, ...]:
        """Complete trials that satisfy every constraint."""
        return tuple(each for each in self.complete if each.feasible)

    @cached_property
    def front(self) -> tuple[TrialRecord, ...]:
        """Feasible trials that no other dominates on the search portion; the best, where there is one objective."""
        if not self.feasible:
            return ()
        best = [self.feasible[index] for index in front([each.losses for each in self.feasible])]
        return tuple(sorted(best, key=lambda each: each.losses))

    @property
    def by_loss(self) -> list[TrialRecord]:
        """Feasible trials ordered by loss; of a front by the sum of losses."""
        return sorted(self.feasible, key=lambda each: (sum(each.losses), each.number))

    @property
    def leading(self) -> TrialRecord | None:
        """The best feasible trial on the search portion."""
        return next(iter(self.by_loss), None)

    @property
    def best(self) -> TrialRecord | None:
        """The leading trial, unless it breaks a constraint on held-out data and another finalist breaks none there.

        Then it is the first of those; selection among so few adds little optimism.
        """
        leading = self.leading
        if leading is None or leading.number not in self.held_out or self.held_out[leading.number].feasible:
            return leading
        others = (each for each in self.by_loss if each != self.baseline and each.number in self.held_out)
        return next((each for each in others if self.held_out[each.number].feasible), leading)

    @property
    def nearest_miss(self) -> TrialRecord | None:
        """The complete trial with the least sum of violations, where no trial is feasible."""
        if self.feasible:
            return None
        measured = [each for each in self.complete if None not in each.violations.values()]
        return min(
            measured, key=lambda each: sum(max(0.0, value or 0.0) for value in each.violations.values()), default=None
        )

    def hypervolumes(self) -> list[tuple[int, float]]:
        """Return the hypervolume after each feasible trial, by number; only of a Pareto search."""
        if self.record.mode is not StudyMode.PARETO:
            return []
        volumes = history([each.losses for each in self.feasible], self.goal.reference)
        return [(each.number, float(volume)) for each, volume in zip(self.feasible, volumes, strict=True)]


def baseline_of(tried: Sequence[TrialRecord], definition: Definition) -> TrialRecord | None:
    """Return the first complete trial with every lever off, or None."""
    off = definition.point_space.off
    complete = (each for each in tried if each.state is TrialState.COMPLETE)
    return next((each for each in complete if dict(each.parameters) == off), None)


def stored_study(store: Store, catalogue: Catalogue, name: str) -> StoredStudy:
    """Read the study of that name, with the scores of its trials.

    Raises:
        RequestError: If it does not exist, or its suite does not exist any more.
    """
    record = study(store, name)
    definition = stored_definition(record)
    tasks = definition.tasks(catalogue)
    goal, anchors = definition.goal(tasks), anchors_of(tasks.values())
    stored = StoredStudy(record, definition, goal, checked_trials(current_trials(store, name), len(goal.objectives)))
    scored = [each for each in stored.trials if each.subject and each.state is not TrialState.FAILED]
    searched = _scored(store, stored, scored, Portion.SEARCH, anchors)
    finalists = [each for each in scored if each.finalist]
    held_out = _scored(store, stored, finalists, Portion.HELD_OUT, anchors)
    cheaper = {task.axis for task in tasks.values() if task.search_parameters}
    return replace(
        stored,
        searched=searched,
        held_out=held_out,
        anchors=anchors,
        cheaper=tuple(axis for axis in Axis if axis in cheaper),
    )


def _scored(
    store: Store, stored: StoredStudy, trials_scored: Sequence[TrialRecord], portion: Portion, anchors: AnchorsByTask
) -> dict[int, TrialScores]:
    subjects = {each.number: each.subject for each in trials_scored if each.subject}
    rows = estimates_by_subject(store, set(subjects.values()), portion)
    compared = rows.get(stored.baseline.subject or "", []) if stored.baseline else []
    return {number: score(stored.goal, rows[subject], compared, anchors) for number, subject in subjects.items()}


def score(
    goal: Goal, rows: Sequence[EstimateRecord], baseline: Sequence[EstimateRecord], anchors: AnchorsByTask
) -> TrialScores:
    """Score the estimates of a subject by a goal.

    Args:
        goal: Objective and constraints.
        rows: estimates of a subject on one portion.
        baseline: those of trial 0 on the same.
        anchors: those that tasks override.
    """
    losses: tuple[Uncertain, ...] | None
    try:
        losses = goal.losses(rows, anchors)
    except NotMeasurableError:
        losses = None
    arguments = (rows, baseline, anchors)
    axes = axis_utilities(rows, anchors, minimum=False, proportional=goal.proportional)
    return TrialScores(rows, axes, losses, goal.violations(*arguments), goal.chance(*arguments))
