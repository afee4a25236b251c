"""`leaderboard cache`: list and prune what is cached between runs."""

from typing import Annotated

import typer

from leaderboard.cli.options import OutputFormat
from leaderboard.errors import RequestError
from leaderboard.reports.formats import Format
from leaderboard.terminal import echo

cache = typer.Typer(name="cache", no_args_is_help=True, help="List and prune what is cached between runs.")


@cache.command("list")
def list_cache(*, output: OutputFormat = Format.TABLE) -> None:
    """List the prepared subjects and the other contents of the cache, with their sizes."""
    from leaderboard.api.cache import cache_contents
    from leaderboard.reports.cache_listing import COLUMNS, cache_rows, print_cache, readable_cache

    contents = cache_contents()
    if output is Format.TABLE:
        print_cache(contents)
        return
    import pandas as pd

    from leaderboard.reports.formats import emit

    emit(pd.DataFrame(cache_rows(contents), columns=list(COLUMNS), dtype=object), output, readable=readable_cache)


@cache.command("prune")
def prune_cache(
    *,
    older_than: Annotated[
        str | None, typer.Option("--older-than", metavar="AGE", help="Remove entries unused for AGE: 12h, 30d, 2w.")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="SIZE", help="Remove the least recently used entries until at most SIZE is left: 5GB."
        ),
    ] = None,
    subject: Annotated[
        list[str] | None,
        typer.Option("--subject", metavar="KEY", help="Remove the subject whose key begins with KEY. Repeatable."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Remove everything: subjects, data, packages, weights.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be removed.")] = False,
) -> None:
    """Remove entries from the cache: those that the options select, else the excess over the cache's limit.

    leaderboard cache prune --older-than 30d --dry-run

    What was not used for longest goes first, whatever its kind; what is in use is kept. Results are not affected:
    removed entries are made or fetched again when they are needed.
    """
    from leaderboard.amounts import parse_age, parse_size
    from leaderboard.api.cache import prune_cache
    from leaderboard.reports.cache_listing import pruned_text
    from leaderboard.settings import cache_folder

    if everything and (older_than or to or subject):
        raise RequestError("--all cannot be combined with --older-than, --to or --subject")
    age = parse_age(older_than, where="--older-than") if older_than is not None else None
    size = parse_size(to, where="--to") if to is not None else None
    if not cache_folder().is_dir():
        echo(f"{cache_folder()}: the cache does not exist yet")
        return
    pruned = prune_cache(older_than=age, max_bytes=size, subjects=subject or (), everything=everything, dry_run=dry_run)
    echo(pruned_text(pruned, dry_run=dry_run))
