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
    from leaderboard.api import listings

    rows = [
        {"recipe": each.name, "description": each.description, "settings": list(each.settings)}
        for each in listings.list_recipes()
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
    from leaderboard.api.listings import recipe_file

    echo(recipe_file(name), nl=False)
