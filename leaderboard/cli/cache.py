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
    from leaderboard.reports.cache_listing import COLUMNS, cache_rows, print_cache, readable_cache
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
    """Remove prepared subjects from the cache: those that the options select, else the excess over the cache's limit.

    leaderboard cache prune --older-than 30d --dry-run

    Subjects in use are kept. Results are not affected: removed entries are made or fetched again when they are needed.
    """
    from leaderboard.amounts import parse_age, parse_size
    from leaderboard.cache.eviction import EvictionCriteria, prune
    from leaderboard.cache.subject_folders import SubjectCache
    from leaderboard.reports.cache_listing import pruned_text
    from leaderboard.settings import cache_folder, cache_limit

    if everything and (older_than or to or subject):
        raise RequestError("--all cannot be combined with --older-than, --to or --subject")
    with_criteria = everything or older_than or to or subject
    criteria = EvictionCriteria(
        older_than=parse_age(older_than, where="--older-than") if older_than is not None else None,
        keys=subject or (),
        everything=everything,
        max_bytes=parse_size(to, where="--to") if to is not None else None if with_criteria else cache_limit(),
    )
    if not cache_folder().is_dir():
        echo(f"{cache_folder()}: the cache does not exist yet")
        return
    echo(pruned_text(prune(SubjectCache.of_cache(), criteria, dry_run=dry_run), dry_run=dry_run))
