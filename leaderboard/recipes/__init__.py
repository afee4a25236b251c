"""Recipes: ways to prepare a model for a task, and the classes that plug-ins extend."""

from typing import TYPE_CHECKING

from leaderboard.lazy_names import lazy_import

if TYPE_CHECKING:
    from leaderboard.recipes.choosing import RecipeRequest
    from leaderboard.recipes.composition import composed
    from leaderboard.recipes.learning_recipe import LearningRecipe
    from leaderboard.recipes.prompted_recipe import PromptedRecipe
    from leaderboard.recipes.recipe import AFTER_TRAINING, UNCHANGED, Recipe
    from leaderboard.recipes.trained_recipe import SequentialRecipe, TrainedRecipe

__all__ = [
    "AFTER_TRAINING",
    "UNCHANGED",
    "LearningRecipe",
    "PromptedRecipe",
    "Recipe",
    "RecipeRequest",
    "SequentialRecipe",
    "TrainedRecipe",
    "composed",
]

__getattr__ = lazy_import(
    "leaderboard.recipes",
    {
        "AFTER_TRAINING": "recipe",
        "LearningRecipe": "learning_recipe",
        "PromptedRecipe": "prompted_recipe",
        "Recipe": "recipe",
        "RecipeRequest": "choosing",
        "SequentialRecipe": "trained_recipe",
        "TrainedRecipe": "trained_recipe",
        "UNCHANGED": "recipe",
        "composed": "composition",
    },
)
