"""Every recipe keeps to the contract."""

import pytest

from leaderboard.recipes.registry import recipes
from leaderboard.testing.recipes import RecipeContract

NEEDED = {
    "distill": {"teacher": "bert-base-cased"},
    "ensemble": {"member": {"recipe": "probe"}},
    "multitask": {"tasks": ["sst2"]},
    "reptile": {"tasks": ["sst2"]},
}


@pytest.mark.parametrize("name", list(recipes))
class TestEveryRecipe(RecipeContract):
    @pytest.fixture
    def recipe(self, name):
        return recipes.get(name)

    @pytest.fixture
    def needed(self, name):
        return NEEDED.get(name, {})

    @pytest.mark.slow
    def test_its_settings_are_read_without_torch(self, recipe):
        super().test_its_settings_are_read_without_torch(recipe)
