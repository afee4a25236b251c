"""Searches for people: every study, what came of one, and its trials in rows."""

from collections.abc import Iterable

import pandas as pd

from leaderboard.axes.metric import Axis
from leaderboard.reports.search_rows import overview_row, turned
from leaderboard.store.records import TrialRecord, TrialState
from leaderboard.store.studies import StudyOverview
from leaderboard.studies.stored import StoredStudy

STUDY_COLUMNS = ("study", "model", "suite", "looks_for", "trials", "complete", "failed", "created_at")
TRIAL_COLUMNS = (
    "trial",
    "state",
    "best",
    "finalist",
    "turned",
    "losses",
    *(axis.value for axis in Axis),
    "broken",
    "seconds",
    "subject",
    "reason",
)


def studies_frame(found: Iterable[StudyOverview]) -> pd.DataFrame:
    """One row a study, in the order given."""
    rows = []
    for row in map(overview_row, found):
        asked = f"{', '.join(row['terms'])} ({row['mode']})"
        rows.append(
            {
                "study": row["study"],
                "model": row["model"],
                "suite": row["suite"],
                "looks_for": "; ".join([asked, *row["conditions"]]),
                "trials": sum(row[state.value] for state in TrialState),
                "complete": row[TrialState.COMPLETE.value],
                "failed": row[TrialState.FAILED.value],
                "created_at": row["created_at"],
            }
        )
    return pd.DataFrame(rows, columns=list(STUDY_COLUMNS))


def trials_frame(found: StoredStudy) -> pd.DataFrame:
    """One row a trial, in order: what became of it, what is turned in it, and its utilities on the search portion."""
    best = {each.number for each in found.front}
    rows = [
        {
            "trial": each.number,
            "state": each.state.value if each.feasible or not each.losses else "infeasible",
            "best": each.number in best,
            "finalist": each.finalist,
            "turned": settings(found, each),
            "losses": " ".join(f"{loss:.3f}" for loss in each.losses),
            **_utilities(found, each),
            "broken": ", ".join(text for text, value in each.violations.items() if value is None or value > 0),
            "seconds": (each.ended_at - each.started_at).total_seconds() if each.ended_at else None,
            "subject": each.subject or "",
            "reason": each.reason,
        }
        for each in found.trials
    ]
    numbers = dict.fromkeys((*(axis.value for axis in Axis), "seconds"), "float64")
    return pd.DataFrame(rows, columns=list(TRIAL_COLUMNS)).astype(numbers)


def settings(found: StoredStudy, trial: TrialRecord) -> str:
    """What is turned in a trial, in words; empty where everything is off."""
    known = turned(found.definition.point_space, trial)
    return ", ".join(
        f"{name} {format(value, '.3g') if isinstance(value, float) else value}" for name, value in known.items()
    )


def _utilities(found: StoredStudy, trial: TrialRecord) -> dict[str, float | None]:
    scored = found.searched.get(trial.number)
    known = scored.axes if scored else {}
    return {axis.value: known[axis].value if axis in known else None for axis in Axis}
