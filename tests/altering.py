"""Models whose weights mitigations changed."""

from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.recipes.zero_shot import ZeroShot


def alter(model: LoadedModel, **settings: object) -> LoadedModel:
    """The model as a recipe with these settings alters it: `alter(model, prune=0.5)`."""
    return ZeroShot(**settings).altered(model)
