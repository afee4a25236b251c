"""Nested recipes: the recipe of a teacher, or of the members of an ensemble."""

from typing import Any

from leaderboard.recipes.recipe import Recipe
from leaderboard.recipes.registry import recipes


def parse_nested_recipe(settings: Any) -> Any:
    """Create a recipe from its settings or its name alone, with the name under the key `recipe`.

    Raises:
        ValueError: for an unknown recipe; pydantic adds the location.
    """
    if isinstance(settings, Recipe):
        return settings
    named_settings = {"recipe": settings} if isinstance(settings, str) else settings
    if not isinstance(named_settings, dict) or named_settings.get("recipe") not in recipes:
        raise ValueError(f"has to name a recipe; known: {', '.join(recipes)}")
    return recipes.get(named_settings["recipe"]).model_validate(named_settings)
