"""`leaderboard cache`: what is kept between runs, and how to make room."""

from typing import Annotated

import typer

from leaderboard.cli.options import OutputFormat
from leaderboard.errors import RequestError
from leaderboard.reports.formats import Format

cache = typer.Typer(name="cache", no_args_is_help=True, help="See what is kept between runs, and make room.")


@cache.command("list")
def list_cache(*, output: OutputFormat = Format.TABLE) -> None:
    """List the prepared subjects, and what else the cache holds, with their sizes."""
    from leaderboard.reports.cached import COLUMNS, cache_rows, print_cache, readable_cache
    from leaderboard.settings import cache_folder, cache_limit

    rows = cache_rows(cache_folder())
    if output is Format.TABLE:
        print_cache(rows, cache_folder(), cache_limit())
        return
    import pandas as pd

    from leaderboard.reports.formats import emit

    emit(pd.DataFrame(rows, columns=list(COLUMNS), dtype=object), output, readable=readable_cache)


@cache.command("prune")
def prune_cache(
    *,
    older_than: Annotated[
        str | None, typer.Option("--older-than", metavar="AGE", help="What was not used for so long: 12h, 30d, 2w.")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="SIZE", help="The least recently used, until no more than this is left: 5GB."),
    ] = None,
    subject: Annotated[
        list[str] | None,
        typer.Option("--subject", metavar="KEY", help="This one, by the start of its key. Repeatable."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every prepared subject, and every unfinished one.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove prepared subjects from the cache: what the options name, else what exceeds the cache's limit.

    leaderboard cache prune --older-than 30d --dry-run

    What is being made or used now stays. Results stay too: a subject that is needed again is made again.
    """
    from leaderboard.amounts import parse_age, parse_size
    from leaderboard.recipes.pruning import Wish, prune
    from leaderboard.recipes.shelf import Shelf
    from leaderboard.reports.cached import pruned_text
    from leaderboard.settings import cache_folder, cache_limit

    if everything and (older_than or to or subject):
        raise RequestError("--all removes all of them; it goes with none of --older-than, --to and --subject")
    named = everything or older_than or to or subject
    wish = Wish(
        older_than=parse_age(older_than, where="--older-than") if older_than is not None else None,
        keys=subject or (),
        everything=everything,
        to=parse_size(to, where="--to") if to is not None else None if named else cache_limit(),
    )
    if not cache_folder().is_dir():
        typer.echo(f"{cache_folder()}: there is no cache yet")
        return
    typer.echo(pruned_text(prune(Shelf.of_cache(), wish, dry_run=dry_run), dry_run=dry_run))
