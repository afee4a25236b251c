"""Objectives as figures show them: utilities and metrics in their own direction, not as losses."""

from dataclasses import dataclass

from leaderboard.axes.metric import Better
from leaderboard.ranking.terms import Term
from leaderboard.ranking.uncertain_loss import Uncertain
from leaderboard.reports.figures.style import BREAK, escaped, wrapped
from leaderboard.store.records import StudyMode, TrialRecord
from leaderboard.studies.effects import turned_on
from leaderboard.studies.goals import Goal
from leaderboard.studies.stored_study import StoredStudy, TrialScores


@dataclass(frozen=True, slots=True)
class Objective:
    """One loss of a study, shown as `offset + sign × loss`.

    Attributes:
        name: name of the objective.
        sign: 1 where lower is better, -1 where higher is.
        offset: 1 for a utility.
    """

    name: str
    sign: int = 1
    offset: float = 0.0

    @property
    def label(self) -> str:
        """Title of the objective's axis, not escaped."""
        return f"{self.name}, {'higher' if self.sign < 0 else 'lower'} is better"

    def value(self, loss: float) -> float:
        """Return the shown value of a loss."""
        return self.offset + self.sign * loss

    def ends(self, loss: Uncertain) -> tuple[float, float]:
        """Return the lower and the upper end of a loss's 95 % interval."""
        first, second = self.value(loss.low), self.value(loss.high)
        return min(first, second), max(first, second)


def objectives(goal: Goal) -> list[Objective]:
    """Return how each loss of a goal is shown."""
    if goal.mode is StudyMode.WEIGHTED:
        return [Objective(goal.objectives[0])]
    if goal.mode is StudyMode.PARETO:
        return [utility_of(term) for term in goal.terms]
    return [_in_its_unit(goal.terms[0])]


def utility_of(term: Term) -> Objective:
    """Return the utility of a term, whose loss is 1 - utility."""
    return Objective(f"utility of {term}", sign=-1, offset=1.0)


def losses_of(study: StoredStudy, trial: TrialRecord, *, held_out: bool = False) -> tuple[Uncertain, ...]:
    """Return the losses of a trial with their intervals; none if they are unknown."""
    scored: TrialScores | None = (study.held_out if held_out else study.searched).get(trial.number)
    if scored is not None and scored.losses is not None:
        return scored.losses
    return () if held_out else tuple(map(Uncertain.exact, trial.losses))


def trial_text(study: StoredStudy, trial: TrialRecord, *more: str) -> str:
    """Return the hover text of a trial: its number, its settings, and more; escaped."""
    settings = ", ".join(turned_on(study, trial)) or "everything off"
    broken = [text for text, value in trial.violations.items() if value is None or value > 0]
    parts = [
        f"trial {trial.number}",
        wrapped(settings),
        *(wrapped(f"breaks {text}") for text in broken),
        *map(escaped, more),
        *([wrapped(f"{trial.state}: {trial.reason}")] if trial.reason else []),
    ]
    return BREAK.join(parts)


def nothing_complete(study: StoredStudy) -> str:
    """Return why there is nothing to draw when no trial is complete."""
    return f"{len(study.trials)} trials were begun, and none is complete." if study.trials else "No trial was begun."


def trial_range(study: StoredStudy) -> list[float]:
    """Return the ends of an axis of trial numbers, with room for the markers."""
    last = study.trials[-1].number
    margin = max(1.0, 0.03 * last)
    return [-margin, last + margin]


def _in_its_unit(term: Term) -> Objective:
    if term.metric is None:
        return utility_of(term)
    unit = f" ({term.unit})"
    if term.metric.better is Better.TARGET and term.metric.target is not None:
        return Objective(f"distance of {term} from {term.metric.target:g}{unit}")
    return Objective(f"{term}{unit}", sign=1 if term.metric.better is Better.LOWER else -1)
