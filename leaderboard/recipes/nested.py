"""Recipes within recipes: the recipe of a teacher, or of each member of an ensemble."""

from typing import Any

from leaderboard.recipes.recipe import Recipe, recipes


def nested(settings: Any) -> Any:
    """A recipe from its settings, `recipe` naming it; a name alone is that recipe as it comes.

    Raises:
        ValueError: for no recipe; pydantic tells it with the place.
    """
    if isinstance(settings, Recipe):
        return settings
    given = {"recipe": settings} if isinstance(settings, str) else settings
    if not isinstance(given, dict) or given.get("recipe") not in recipes:
        raise ValueError(f"has to name a recipe; known: {', '.join(recipes)}")
    return recipes.get(given["recipe"]).model_validate(given)
