"""`leaderboard recipes`: ways to prepare a model, with their settings."""

from typing import Annotated

import typer

from leaderboard.cli.options import OutputFormat
from leaderboard.reports.formats import Format
from leaderboard.terminal import echo

recipes = typer.Typer(name="recipes", no_args_is_help=True, help="List and show recipes.")


@recipes.command("list")
def list_recipes(*, output: OutputFormat = Format.TABLE) -> None:
    """List every recipe."""
    from leaderboard.docstrings import summary
    from leaderboard.recipes.recipe_settings import recipe_settings
    from leaderboard.recipes.registry import recipes as registry

    kinds = {name: registry.get(name) for name in registry}
    rows = [
        {"recipe": name, "description": summary(kind), "settings": [setting.name for setting in recipe_settings(kind)]}
        for name, kind in kinds.items()
    ]
    if output is Format.TABLE:
        from leaderboard.reports.listings import print_recipes

        print_recipes(rows)
        return
    import pandas as pd

    from leaderboard.reports.formats import emit

    emit(pd.DataFrame(rows), output)


@recipes.command("show")
def show_recipe(name: Annotated[str, typer.Argument(help="Name of a recipe.", metavar="NAME")]) -> None:
    """Print a recipe with all its settings, as a file for --recipe-file.

    leaderboard recipes show finetune > my-recipe.yaml
    """
    from leaderboard.recipes.recipe_settings import recipe_yaml
    from leaderboard.recipes.registry import recipes as registry

    echo(recipe_yaml(registry.get(name), name), nl=False)
