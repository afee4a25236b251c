"""`leaderboard recipes`: what can be done to a model before it is measured, and what may be set about it."""

from typing import Annotated

import typer

from leaderboard.cli.options import OutputFormat
from leaderboard.reports.formats import Format

recipes = typer.Typer(name="recipes", no_args_is_help=True, help="List and show recipes.")


@recipes.command("list")
def list_recipes(*, output: OutputFormat = Format.TABLE) -> None:
    """List every recipe."""
    from leaderboard.recipes.describing import settings, summary
    from leaderboard.recipes.recipe import recipes as known

    kinds = {name: known.get(name) for name in known}
    rows = [
        {"recipe": name, "description": summary(kind), "settings": [setting.name for setting in settings(kind)]}
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
def show_recipe(name: Annotated[str, typer.Argument(help="A recipe.", metavar="NAME")]) -> None:
    """Print a recipe with all its settings, as a file that --recipe-file takes.

    leaderboard recipes show finetune > my-recipe.yaml
    """
    from leaderboard.recipes.describing import as_yaml
    from leaderboard.recipes.recipe import recipes as known

    typer.echo(as_yaml(known.get(name), name), nl=False)
