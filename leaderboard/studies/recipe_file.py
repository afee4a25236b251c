"""Recipe files of trials, for `leaderboard run --recipe-file`."""

from pathlib import Path

import yaml

from leaderboard.backends.precision import Precision
from leaderboard.escapes import shell
from leaderboard.recipes.choosing import stored_recipe
from leaderboard.store.records import TrialRecord
from leaderboard.studies.stored_study import StoredStudy


def recipe_text(study: StoredStudy, trial: TrialRecord) -> str:
    """Return the recipe of a trial as YAML, without settings at their defaults."""
    recipe = stored_recipe(trial.recipe, where=f"trial {trial.number}")
    settings = {"recipe": str(recipe.recipe), **recipe.model_dump(mode="json", exclude_defaults=True)}
    text: str = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)
    return f"# Trial {trial.number} of study {study.name}\n{text}"


def command(study: StoredStudy, file: Path) -> str:
    """Return the command that measures the recipe on whole tasks."""
    definition = study.definition
    words = ["leaderboard", "run", "--model", definition.model, "--suite", definition.suite_option]
    words += ["--recipe-file", str(file)]
    if definition.seed:
        words += ["--seed", str(definition.seed)]
    if definition.dtype is not Precision.AUTO:
        words += ["--dtype", definition.dtype.value]
    return shell(words)
