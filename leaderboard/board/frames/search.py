"""Searches as frames for people: every study, and its trials in rows."""

from collections.abc import Iterable

import pandas as pd

from leaderboard.axes.axis import Axis
from leaderboard.reports.search_rows import overview_row, turned
from leaderboard.store.records import TrialRecord, TrialState
from leaderboard.store.studies import StudyOverview
from leaderboard.studies.stored_study import StoredStudy

STUDY_COLUMNS = ("study", "model", "suite", "objectives", "trials", "complete", "failed", "created_at")
TRIAL_COLUMNS = (
    "trial",
    "state",
    "best",
    "finalist",
    "settings",
    "losses",
    *(axis.value for axis in Axis),
    "broken",
    "seconds",
    "subject",
    "reason",
)


def studies_frame(overviews: Iterable[StudyOverview]) -> pd.DataFrame:
    """Return one row for each study, in order."""
    rows = []
    for row in map(overview_row, overviews):
        objectives = f"{', '.join(row['terms'])} ({row['mode']})"
        rows.append(
            {
                "study": row["study"],
                "model": row["model"],
                "suite": row["suite"],
                "objectives": "; ".join([objectives, *row["conditions"]]),
                "trials": sum(row[state.value] for state in TrialState),
                "complete": row[TrialState.COMPLETE.value],
                "failed": row[TrialState.FAILED.value],
                "created_at": row["created_at"],
            }
        )
    return pd.DataFrame(rows, columns=list(STUDY_COLUMNS))


def trials_frame(study: StoredStudy) -> pd.DataFrame:
    """Return one row for each trial, in order: state, settings, losses, and utilities on the search portion."""
    best = {each.number for each in study.front}
    rows = [
        {
            "trial": each.number,
            "state": each.state.value if each.feasible or not each.losses else "infeasible",
            "best": each.number in best,
            "finalist": each.finalist,
            "settings": settings(study, each),
            "losses": " ".join(f"{loss:.3f}" for loss in each.losses),
            **_utilities(study, each),
            "broken": ", ".join(text for text, value in each.violations.items() if value is None or value > 0),
            "seconds": (each.ended_at - each.started_at).total_seconds() if each.ended_at else None,
            "subject": each.subject or "",
            "reason": each.reason,
        }
        for each in study.trials
    ]
    numbers = dict.fromkeys((*(axis.value for axis in Axis), "seconds"), "float64")
    return pd.DataFrame(rows, columns=list(TRIAL_COLUMNS)).astype(numbers)


def settings(study: StoredStudy, trial: TrialRecord) -> str:
    """Return the settings of a trial that are not off, as text."""
    changed = turned(study.definition.point_space, trial)
    return ", ".join(
        f"{name} {format(value, '.3g') if isinstance(value, float) else value}" for name, value in changed.items()
    )


def _utilities(study: StoredStudy, trial: TrialRecord) -> dict[str, float | None]:
    scored = study.searched.get(trial.number)
    utilities = scored.axes if scored else {}
    return {axis.value: utilities[axis].value if axis in utilities else None for axis in Axis}
