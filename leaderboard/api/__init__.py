"""The Python interface that the command line uses, too. Everything listed here is public and stable."""

from leaderboard.api.cache import cache_contents, prune_cache
from leaderboard.api.leaderboard import Leaderboard
from leaderboard.api.listings import (
    RecipeDescription,
    describe_mitigation,
    list_metrics,
    list_mitigations,
    list_recipes,
    recipe_file,
)
from leaderboard.api.stored_results import StoredResults
from leaderboard.api.stored_searches import StoredSearches
from leaderboard.evaluation.events import (
    AxisNotDerived,
    BatchFinished,
    DataInspected,
    EvaluationFinished,
    EvaluationsPlanned,
    EvaluationStarted,
    MeasuredInFull,
    ModelRefused,
)
from leaderboard.evaluation.harness_tasks import HarnessOptions
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.store.handle import StoreState
from leaderboard.studies.events import FinalistStarted, SamplerChosen, StudyBegun, TrialFinished

__all__ = [
    "AxisNotDerived",
    "BatchFinished",
    "DataInspected",
    "EvaluationFinished",
    "EvaluationStarted",
    "EvaluationsPlanned",
    "FinalistStarted",
    "HarnessOptions",
    "Leaderboard",
    "MeasuredInFull",
    "ModelRefused",
    "RecipeDescription",
    "RecipeRequest",
    "SamplerChosen",
    "StoreState",
    "StoredResults",
    "StoredSearches",
    "StudyBegun",
    "TrialFinished",
    "cache_contents",
    "describe_mitigation",
    "list_metrics",
    "list_mitigations",
    "list_recipes",
    "prune_cache",
    "recipe_file",
]
