"""The Python interface that the command line uses, too. Everything listed here is public and stable."""

from leaderboard.api.leaderboard import Leaderboard
from leaderboard.api.stored_results import StoredResults
from leaderboard.api.stored_searches import StoredSearches
from leaderboard.evaluation.events import (
    AxisNotDerived,
    BatchFinished,
    EvaluationFinished,
    EvaluationsPlanned,
    EvaluationStarted,
    ModelRefused,
)
from leaderboard.store.handle import StoreState
from leaderboard.studies.events import FinalistStarted, SamplerChosen, StudyBegun, TrialFinished

__all__ = [
    "AxisNotDerived",
    "BatchFinished",
    "EvaluationFinished",
    "EvaluationStarted",
    "EvaluationsPlanned",
    "FinalistStarted",
    "Leaderboard",
    "ModelRefused",
    "SamplerChosen",
    "StoreState",
    "StoredResults",
    "StoredSearches",
    "StudyBegun",
    "TrialFinished",
]
