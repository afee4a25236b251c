"""Recipe files: what a trial did to the model, as `leaderboard run --recipe-file` reads it."""

import shlex
from pathlib import Path

import yaml

from leaderboard.models.precision import Precision
from leaderboard.recipes.choosing import parse
from leaderboard.store.records import TrialRecord
from leaderboard.studies.stored import StoredStudy


def recipe_text(found: StoredStudy, trial: TrialRecord) -> str:
    """The recipe of a trial, without what is left at its default, as YAML."""
    settings = {name: value for name, value in trial.recipe.items() if name != "version"}
    recipe = parse(settings, where=f"trial {trial.number}")
    said = {"recipe": settings["recipe"], **recipe.model_dump(mode="json", exclude_defaults=True)}
    text: str = yaml.safe_dump(said, sort_keys=False, allow_unicode=True)
    return f"# Trial {trial.number} of study {found.name}\n{text}"


def command(found: StoredStudy, file: Path) -> str:
    """The command that measures it on whole tasks."""
    asked = found.definition
    words = ["leaderboard", "run", "--model", asked.model, "--suite", asked.suite, "--recipe-file", str(file)]
    if asked.seed:
        words += ["--seed", str(asked.seed)]
    if asked.dtype is not Precision.AUTO:
        words += ["--dtype", asked.dtype.value]
    return shlex.join(words)
