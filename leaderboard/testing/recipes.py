"""What every recipe keeps to: subclass `RecipeContract` in a recipe's own tests."""

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from leaderboard.docstrings import summary
from leaderboard.identity import digest
from leaderboard.isolation import safe_environment
from leaderboard.recipes.recipe import Recipe
from leaderboard.recipes.recipe_settings import recipe_settings, recipe_yaml


class RecipeContract:
    """Checks any recipe. A subclass gives the fixtures `recipe` and, where settings are required, `needed`."""

    @pytest.fixture
    def recipe(self) -> type[Recipe]:
        """The recipe."""
        raise NotImplementedError

    @pytest.fixture
    def needed(self) -> Mapping[str, Any]:
        """The settings that have to be given."""
        return {}

    def test_it_says_what_it_does_and_what_its_settings_mean(self, recipe: type[Recipe]) -> None:
        assert summary(recipe)
        assert [setting.name for setting in recipe_settings(recipe) if not setting.meaning] == []

    def test_it_has_the_mitigations_of_its_stages(self, recipe: type[Recipe]) -> None:
        assert recipe.stages
        assert recipe.settings_of(*recipe.stages) <= set(recipe.model_fields), "decorate it with `composed`"

    def test_what_is_shown_of_it_is_a_file_of_its_defaults(
        self, recipe: type[Recipe], needed: Mapping[str, Any]
    ) -> None:
        name = str(recipe.model_fields["recipe"].default)
        shown = yaml.safe_load(recipe_yaml(recipe, name))
        assert recipe.model_validate({**shown, **needed}) == recipe.model_validate(dict(needed))

    def test_its_identity_is_json(self, recipe: type[Recipe], needed: Mapping[str, Any]) -> None:
        assert digest(recipe.model_validate(dict(needed)).details)

    def test_its_settings_are_read_without_torch(self, recipe: type[Recipe]) -> None:
        place = sys.modules[recipe.__module__].__file__ or ""
        depth = recipe.__module__.count(".") + (2 if place.endswith("__init__.py") else 1)
        folder = place.rsplit("/", depth)[0]
        imported = f"import sys; sys.path.insert(0, {folder!r}); import {recipe.__module__}"
        program = f"{imported}; sys.exit('torch' in sys.modules)"
        command = [sys.executable, "-P", "-c", program]
        assert subprocess.run(command, env=safe_environment(), check=False).returncode == 0
