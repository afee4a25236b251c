"""Stored studies: a search as the store has it, which lists, plots, pages and the end of a search look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from leaderboard.axes.metric import Axis
from leaderboard.data.portions import Portion
from leaderboard.errors import NotMeasurableError
from leaderboard.ranking.measured import EstimateRecord
from leaderboard.ranking.normalise import Utility
from leaderboard.ranking.pareto import front, history
from leaderboard.ranking.uncertain import Uncertain
from leaderboard.ranking.weighted import axis_utilities
from leaderboard.store.records import StudyMode, StudyRecord, TrialRecord, TrialState
from leaderboard.store.repository import Store
from leaderboard.store.scores import estimates_of
from leaderboard.store.studies import study, trials
from leaderboard.studies.definition import Definition, suite_tasks
from leaderboard.studies.goals import AnchorsByTask, Goal, anchors_of
from leaderboard.tasks import Catalogue


@dataclass(frozen=True)
class Scored:
    """What is known of a trial's subject on one portion.

    Attributes:
        rows: its estimates, as `ranking.measured` reads them.
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
        """Whether every constraint is known to hold."""
        return all(value is not None and value <= 0 for value in self.violations.values())


@dataclass(frozen=True)
class StoredStudy:
    """One search, read back.

    Attributes:
        record: as it was begun.
        definition: what was asked for.
        goal: what is looked for.
        trials: all of them, by number.
        searched: what each trial's subject scored on the search portion, by number.
        held_out: what the finalists scored on what was held out, by number.
        anchors: those that tasks override.
        cheaper: axes whose tasks are asked with cheaper parameters while a search is on its way, and in full after it.
    """

    record: StudyRecord
    definition: Definition
    goal: Goal
    trials: tuple[TrialRecord, ...]
    searched: Mapping[int, Scored] = field(default_factory=dict)
    held_out: Mapping[int, Scored] = field(default_factory=dict)
    anchors: AnchorsByTask = field(default_factory=dict)
    cheaper: tuple[Axis, ...] = ()

    @property
    def name(self) -> str:
        """Study name."""
        return self.record.name

    @cached_property
    def complete(self) -> tuple[TrialRecord, ...]:
        """The trials that were measured in full."""
        return tuple(each for each in self.trials if each.state is TrialState.COMPLETE)

    @cached_property
    def baseline(self) -> TrialRecord | None:
        """Trial 0: the first complete one with every lever off."""
        return baseline_of(self.trials, self.definition)

    @cached_property
    def feasible(self) -> tuple[TrialRecord, ...]:
        """The complete trials that keep to every constraint."""
        return tuple(each for each in self.complete if each.feasible)

    @cached_property
    def front(self) -> tuple[TrialRecord, ...]:
        """The feasible trials that no other dominates on the search portion; the best, where there is one objective."""
        if not self.feasible:
            return ()
        best = [self.feasible[index] for index in front([each.losses for each in self.feasible])]
        return tuple(sorted(best, key=lambda each: each.losses))

    @property
    def by_loss(self) -> list[TrialRecord]:
        """The feasible trials, the one with the least loss first; of a front by the sum of losses."""
        return sorted(self.feasible, key=lambda each: (sum(each.losses), each.number))

    @property
    def leading(self) -> TrialRecord | None:
        """The feasible trial that looked best on the search portion."""
        return next(iter(self.by_loss), None)

    @property
    def best(self) -> TrialRecord | None:
        """The leading trial, unless it breaks a constraint on what was held out and another finalist breaks none there.

        Then it is the first of those: looking at so few after the search flatters the best of them a little.
        """
        leading = self.leading
        if leading is None or leading.number not in self.held_out or self.held_out[leading.number].feasible:
            return leading
        others = (each for each in self.by_loss if each != self.baseline and each.number in self.held_out)
        return next((each for each in others if self.held_out[each.number].feasible), leading)

    @property
    def nearest_miss(self) -> TrialRecord | None:
        """Where no trial is feasible, the complete one that breaks its constraints least, all violations added."""
        if self.feasible:
            return None
        known = [each for each in self.complete if None not in each.violations.values()]
        return min(
            known, key=lambda each: sum(max(0.0, value or 0.0) for value in each.violations.values()), default=None
        )

    def hypervolumes(self) -> list[tuple[int, float]]:
        """The hypervolume of the feasible trials after each of them, by number; of a Pareto search alone."""
        if self.record.mode is not StudyMode.PARETO:
            return []
        volumes = history([each.losses for each in self.feasible], self.goal.reference)
        return [(each.number, float(volume)) for each, volume in zip(self.feasible, volumes, strict=True)]


def baseline_of(tried: Sequence[TrialRecord], definition: Definition) -> TrialRecord | None:
    """The first complete trial with every lever off; None where there is none yet."""
    off = definition.point_space.off
    complete = (each for each in tried if each.state is TrialState.COMPLETE)
    return next((each for each in complete if dict(each.parameters) == off), None)


def stored_study(store: Store, catalogue: Catalogue, name: str) -> StoredStudy:
    """The study of that name, with all that its trials scored.

    Raises:
        RequestError: when there is none, or its suite is not known any more.
    """
    record = study(store, name)
    definition = Definition.model_validate(dict(record.definition))
    tasks = suite_tasks(catalogue, definition.suite)
    goal, anchors = definition.goal(tasks), anchors_of(tasks.values())
    found = StoredStudy(record, definition, goal, tuple(trials(store, name)))
    known = [each for each in found.trials if each.subject and each.state is not TrialState.FAILED]
    searched = _scored(store, found, known, Portion.SEARCH, anchors)
    finalists = [each for each in known if each.finalist]
    held_out = _scored(store, found, finalists, Portion.HELD_OUT, anchors)
    cheaper = {task.axis for task in tasks.values() if task.search_parameters}
    return replace(
        found,
        searched=searched,
        held_out=held_out,
        anchors=anchors,
        cheaper=tuple(axis for axis in Axis if axis in cheaper),
    )


def _scored(
    store: Store, asked: StoredStudy, wanted: Sequence[TrialRecord], portion: Portion, anchors: AnchorsByTask
) -> dict[int, Scored]:
    subjects = {each.number: each.subject for each in wanted if each.subject}
    rows = estimates_of(store, set(subjects.values()), portion)
    compared = rows.get(asked.baseline.subject or "", []) if asked.baseline else []
    return {number: score(asked.goal, rows[subject], compared, anchors) for number, subject in subjects.items()}


def score(
    goal: Goal, rows: Sequence[EstimateRecord], baseline: Sequence[EstimateRecord], anchors: AnchorsByTask
) -> Scored:
    """What estimates are worth for a goal.

    Args:
        goal: what is looked for.
        rows: estimates of a subject on one portion.
        baseline: those of trial 0 on the same.
        anchors: those that tasks override.
    """
    losses: tuple[Uncertain, ...] | None
    try:
        losses = goal.losses(rows, anchors)
    except NotMeasurableError:
        losses = None
    known = (rows, baseline, anchors)
    axes = axis_utilities(rows, anchors, minimum=False, proportional=goal.proportional)
    return Scored(rows, axes, losses, goal.violations(*known), goal.chance(*known))
