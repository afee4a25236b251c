"""`leaderboard import`: results that somebody else measured."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from leaderboard.cli.options import StoreUrl


def import_results(
    file: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Result documents.", show_default=False)],
    *,
    store: StoreUrl = None,
) -> None:
    """Put result documents into the store. What is there already stays as it is; importing again changes nothing.

    leaderboard import results/published/*.json
    """
    from leaderboard.documents.importing import Fate, import_document
    from leaderboard.documents.reading import read_document
    from leaderboard.settings import store_url
    from leaderboard.store.database import open_store

    documents = {path: read_document(path) for path in file}  # all, before anything is kept
    database = open_store(store or store_url())
    for path, document in documents.items():
        for sentence in document.left_out:
            typer.echo(sentence, err=True)
        fates: Counter[Fate] = Counter()
        for each in import_document(database, document):
            fates[each.fate] += 1
            if each.note:
                typer.echo(f"{path}: {each.subject} on {each.task}: {each.fate}: {each.note}", err=True)
        counts = ", ".join(f"{fates[fate]} {fate}" for fate in Fate if fates[fate] or fate is Fate.NEW)
        typer.echo(f"{path}: {counts} (of {fates.total()} evaluations)")
