"""Listings of what is declared: metrics, recipes and mitigations, those of plug-ins included. They need no store."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leaderboard.api.arguments import as_axes

if TYPE_CHECKING:
    from leaderboard.axes.metric import Metric


@dataclass(frozen=True, slots=True)
class RecipeDescription:
    """Description of a recipe.

    Attributes:
        name: name, as `--recipe` takes it.
        description: what it does, in one sentence.
        settings: names of its settings, those of mitigations last.
    """

    name: str
    description: str
    settings: tuple[str, ...]


def list_metrics(axes: str | Iterable[str] = ()) -> "tuple[Metric, ...]":
    """Return the metrics of all axes, or of some, in the order of axes.

    Raises:
        RequestError: for an unknown axis.
    """
    from leaderboard.axes.catalogue import METRICS

    chosen = as_axes(axes)
    return tuple(metric for metric in METRICS.values() if not chosen or metric.axis in chosen)


def list_recipes() -> tuple[RecipeDescription, ...]:
    """Return every recipe, in the order of their names."""
    from leaderboard.docstrings import summary
    from leaderboard.recipes.recipe_settings import recipe_settings
    from leaderboard.recipes.registry import recipes

    kinds = {name: recipes.get(name) for name in recipes}
    return tuple(
        RecipeDescription(name, summary(kind), tuple(setting.name for setting in recipe_settings(kind)))
        for name, kind in kinds.items()
    )


def recipe_file(name: str) -> str:
    """Return a recipe file (YAML) with every setting at its default, with its meaning.

    Raises:
        RequestError: for an unknown recipe.
    """
    from leaderboard.recipes.recipe_settings import recipe_yaml
    from leaderboard.recipes.registry import recipes

    return recipe_yaml(recipes.get(name), name)


def list_mitigations() -> list[dict[str, Any]]:
    """Return a row for each mitigation, JSON-like: stages, settings, recipes, axes, what it excludes, and source."""
    from leaderboard.recipes.mitigation_rows import mitigation_rows

    return mitigation_rows()


def describe_mitigation(name: str) -> str:
    """Return the description of a mitigation: its settings with their ranges, and what it excludes.

    Raises:
        RequestError: for an unknown mitigation.
    """
    from leaderboard.recipes.mitigation_rows import mitigation_text

    return mitigation_text(name)
